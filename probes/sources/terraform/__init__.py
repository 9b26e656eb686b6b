"""
The network that a Terraform (or OpenTofu) plan or state describes, from `terraform show -json`.

What a file can and cannot tell:

- In a plan a resource that does not exist yet is named by its Terraform address, and resources are joined
  through the references of the configuration. A known ID always wins. An attribute that refers to what the
  file does not show (a local value, one of several resources picked by a computed key) is a gap, no guess.
- A planned resource is taken as it will be once applied: available, active, deployed.
- Kinds of which the file holds no resource are known to be empty: the file is judged as the whole network.
  What other Terraform configurations or people made is not in it.
- What AWS makes together with a VPC or Transit Gateway (main route table, default ACL, default group, default
  Transit Gateway table) is taken as AWS creates it unless an `aws_default_*` resource manages it.
- Metrics, health, delivery and running tasks are in no Terraform file: they are gaps. So are the interfaces
  of endpoints and file systems, as fields of those, and the instances that Auto Scaling groups start.
- Attributes that the user marked as sensitive are treated as unknown, so that no message prints them.
- Resource types that the model does not know are listed in `State.not_modelled`.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from probes.model.state import State
from probes.sources.terraform.document import read_document
from probes.sources.terraform.identity import Identities
from probes.sources.terraform.reading import Reading
from probes.sources.terraform.regions import locate
from probes.sources.terraform.translation import translate
from probes.sources.terraform.world import World

__all__ = ["load_terraform"]


def load_terraform(path: Path) -> State:
    """
    The observed network of one plan or state file, gzip or not.

    Raises InputError, naming the file and the Terraform address or JSON path, when it cannot be one.
    """
    with _collector_paused():
        return _load(path)


def _load(path: Path) -> State:
    world = World(path, read_document(path))
    identities = Identities()
    locate(world, identities)
    state = translate(Reading(world, identities))
    world.untie()
    return state


@contextmanager
def _collector_paused() -> Iterator[None]:
    """
    Decoding makes many objects and no garbage: collecting in between costs more than decoding does.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
