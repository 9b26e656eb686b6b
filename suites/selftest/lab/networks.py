"""The documented network as plans for the lab's selftests."""

from functools import cache
from pathlib import Path

from fixtures.lab.plan.compiler import compile_lab
from fixtures.lab.plan.model import LabPlan
from probes.model.spec import Spec
from probes.model.state import State
from probes.sources import load_state
from probes.sources.documents.spec import load_spec

_FIXTURES = Path(__file__).parents[3] / "fixtures"


@cache
def documented_spec() -> Spec:
    """The bundled spec."""
    return load_spec(_FIXTURES / "specs/gpu-cluster.yaml")


@cache
def documented_state() -> State:
    """The bundled dump."""
    return load_state(f"dump:{_FIXTURES / 'states/gpu-cluster'}", regions=documented_spec().aws_regions)


@cache
def documented_plan() -> LabPlan:
    """The lab of the bundled dump."""
    return compile_lab(documented_state(), documented_spec())
