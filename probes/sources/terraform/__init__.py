"""The network that a Terraform (or OpenTofu) plan or state describes, from `terraform show -json`.

What a file can and cannot tell:

- In a plan a resource that does not exist yet is named by its Terraform address, and resources are joined
  through the references of the configuration. A known ID always wins. An attribute that refers to what the
  file does not show (a local value, one of several resources picked by a computed key) is a gap, no guess;
  only a local VPC or Transit Gateway that can be but one is deduced. A list that refers to a repeated
  resource is taken for all of its instances: no plan shows a slice or a filter.
- A planned resource is taken as it will be once applied: available, active, deployed.
- Kinds of which no file holds a resource are known to be empty: what is read is judged as the whole network.
  A network of several configurations is a folder with the plan or state of each; they meet by known IDs.
- What AWS makes together with a VPC or Transit Gateway (main route table, default ACL, default group, default
  Transit Gateway table) is taken as AWS creates it unless an `aws_default_*` resource manages it.
- Metrics, health, delivery and running tasks are in no Terraform file: they are gaps. So are the interfaces
  of endpoints and file systems, as fields of those, and the instances that Auto Scaling groups start.
- Attributes that the user marked as sensitive are treated as unknown, so that no message prints them.
- Resource types that the model does not know are listed in `State.not_modelled`.
"""

from pathlib import Path

import msgspec

from probes.files import nesting_bounded
from probes.model.errors import InputError
from probes.model.memory import collector_paused
from probes.model.state import State
from probes.sources.terraform.file.document import read_document
from probes.sources.terraform.file.module_tree import File, ModuleTree
from probes.sources.terraform.file.regions import locate
from probes.sources.terraform.file.resource_ids import ResourceIds
from probes.sources.terraform.file.same_resources import unite
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.schema.resource_types import RESOURCE_TYPES
from probes.sources.terraform.translation import translate

__all__ = ["load_terraform"]

SUFFIXES = (".json", ".json.gz")


def load_terraform(path: Path) -> State:
    """The observed network of one plan or state file, gzip or not, or of all such files below a folder.

    Raises InputError, naming the file and the Terraform address or JSON path, when it cannot be one.
    """
    with collector_paused():
        return _loaded(path)


def _loaded(path: Path) -> State:
    """What is read is let go on return, before the garbage collector wakes up and walks through all of it."""
    files = _files_of(path) if path.is_dir() else [File(path, read_document(path))]
    try:
        with nesting_bounded(path):
            return _load(files)
    except msgspec.MsgspecError as error:
        raise InputError(f"{path}: not `terraform show -json` output: {error}") from error


def _files_of(folder: Path) -> list[File]:
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.name.endswith(SUFFIXES) and path.is_file() and not _is_hidden(path.relative_to(folder))
    )
    if not found:
        raise InputError(f"{folder}: no file in it ends with {' or '.join(SUFFIXES)}")
    return [File(path, read_document(path), f"{path.relative_to(folder)}: ") for path in found]


def _is_hidden(path: Path) -> bool:
    """`.terraform` is full of JSON, and archives made on a Mac have a `._plan.json` beside each `plan.json`."""
    return any(part.startswith(".") for part in path.parts)


def _load(files: list[File]) -> State:
    tree, ids = ModuleTree(files, RESOURCE_TYPES), ResourceIds()
    contradictions = unite(tree)
    locate(tree, ids)
    state = translate(Reader(tree, ids), contradictions)
    tree.break_cycles()
    return state
