"""The spec's YAML file."""

from pathlib import Path

from probes.model.spec import Spec
from probes.model.spec.consistency import inconsistencies
from probes.sources.documents.typed_yaml import read_typed
from probes.sources.documents.yaml_tree import input_error

WHAT = "a spec, as fixtures/specs/gpu-cluster.yaml is one"


def load_spec(path: Path, content: bytes | None = None) -> Spec:
    """The intended network of a file, or of the content that was read from it already.

    Raises InputError with one line for every mistake: its file, line, path inside, and what was expected.
    That the document contradicts itself is no mistake of the file: see `probes.model.spec_checks.lint`.
    """
    loaded = read_typed(path, Spec, what=WHAT, content=content)
    problems = [loaded.problem(found.where, found.message) for found in inconsistencies(loaded.value)]
    if problems:
        raise input_error(path, problems)
    return loaded.value
