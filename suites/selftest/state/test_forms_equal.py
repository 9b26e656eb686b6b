"""One network is one value, in whatever form it is written."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from fixtures.build import build_state, wide_spec
from fixtures.build.describe import raw_responses, write_dump
from fixtures.build.network.site import Options
from fixtures.build.terraform import write_plan, write_tfstate
from probes.model.spec import Spec
from probes.model.state import Resource, State
from probes.sources.describe import responses_to_state
from probes.sources.documents.spec import load_spec
from probes.sources.dump import load_dump
from probes.sources.terraform import load_terraform
from suites.selftest.state.canonical import kinds, network_of
from suites.selftest.state.comparison import differences
from suites.selftest.state.random_networks import networks

SPEC = Path(__file__).resolve().parents[3] / "fixtures" / "specs" / "gpu-cluster.yaml"


def through_terraform(state: State, write: Callable[[State, Path], None]) -> State:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "terraform.json"
        write(state, path)
        return load_terraform(path)


def through_dump(state: State) -> State:
    with tempfile.TemporaryDirectory() as folder:
        write_dump(state, Path(folder))
        return load_dump(Path(folder))


def as_terraform_can_know(state: State) -> State:
    """Without what no Terraform file lists: the interfaces that AWS makes for its services, and tables' keys."""
    replace = msgspec.structs.replace
    return replace(
        state,
        network_interfaces=tuple(each for each in state.network_interfaces if each.instance_id),
        vpc_endpoints=tuple(replace(each, network_interface_ids=()) for each in state.vpc_endpoints),
        fsx_file_systems=tuple(replace(each, network_interface_ids=()) for each in state.fsx_file_systems),
        dynamo_tables=tuple(replace(each, kms_key_id="") for each in state.dynamo_tables),
    )


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(SPEC)


@given(networks())
def test_a_network_through_a_dump_is_the_same_state(network: State) -> None:
    read = through_dump(network)

    assert msgspec.structs.replace(read, source=network.source) == network


@given(networks())
def test_a_network_through_boto3_s_answers_is_the_same_state(network: State) -> None:
    read = responses_to_state(raw_responses(network), source=network.source)

    assert read == network


@pytest.mark.parametrize("write", [write_plan, write_tfstate], ids=["plan", "state"])
@settings(max_examples=60)
@given(network=networks())
def test_a_network_through_terraform_is_the_same_wherever_terraform_knows(
    network: State, write: Callable[[State, Path], None]
) -> None:
    assert differences(network, through_terraform(network, write)) == []


@settings(max_examples=30)
@given(network=networks())
def test_a_plan_and_the_state_after_it_are_the_same_network(network: State) -> None:
    planned = through_terraform(network, write_plan)
    applied = through_terraform(network, write_tfstate)

    assert differences(planned, applied) == []


@pytest.mark.parametrize("write", [write_plan, write_tfstate], ids=["plan", "state"])
def test_the_documented_network_through_terraform_is_the_same(
    spec: Spec, write: Callable[[State, Path], None]
) -> None:
    network = as_terraform_can_know(build_state(spec))

    assert differences(network, through_terraform(network, write)) == []


def test_eight_regions_are_the_same_through_every_form(spec: Spec) -> None:
    network = as_terraform_can_know(build_state(wide_spec(spec, 8), Options(instances=2)))

    assert differences(network, through_dump(network)) == []
    assert differences(network, through_terraform(network, write_plan)) == []
    assert differences(network, through_terraform(network, write_tfstate)) == []


@given(networks())
def test_ids_play_no_part_in_what_a_network_is(network: State) -> None:
    ids = {each.id: f"id-{number}" for number, each in enumerate(all_resources(network))}
    renamed = replaced(network, ids)

    assert renamed != network
    assert network_of(renamed) == network_of(network)


@given(networks())
def test_a_lost_route_is_a_difference(network: State) -> None:
    table = network.vpc_route_tables[0]
    lost, kept = table.routes[0], table.routes[1:]
    others = network.vpc_route_tables[1:]
    poorer = msgspec.structs.replace(
        network, vpc_route_tables=(msgspec.structs.replace(table, routes=kept), *others)
    )

    (difference,) = differences(network, poorer)

    assert "routes: only in the first" in difference
    assert str(lost.destination) in difference


def all_resources(network: State) -> Iterator[Resource]:
    for kind in kinds():
        yield from getattr(network, kind)


def replaced(value: Any, ids: dict[str, str]) -> Any:  # noqa: ANN401  # walks every type of the model
    if isinstance(value, msgspec.Struct):
        fields = {name: replaced(getattr(value, name), ids) for name in value.__struct_fields__}
        return type(value)(**fields)
    if isinstance(value, tuple):
        return tuple(replaced(each, ids) for each in value)
    return ids.get(value, value) if isinstance(value, str) else value
