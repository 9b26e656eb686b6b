"""What a lab keeps in files and sends over its socket is read back as it was, and nothing else is taken for it."""

from ipaddress import IPv6Network

import pytest
from hypothesis import given
from msgspec.structs import replace

from fixtures.lab.system import codec
from probes.model.state import State, VpcRoute
from suites.selftest.lab.networks import documented_state
from suites.selftest.reachability.networks import mesh
from suites.selftest.reachability.random_networks import states


@given(states())
def test_state_is_read_back_as_it_was_written(state: State) -> None:
    assert codec.decode(State, codec.encode(state)) == state


def test_documented_state_is_read_back_as_it_was_written() -> None:
    assert codec.decode(State, codec.encode(documented_state())) == documented_state()


@pytest.mark.parametrize("destination", [IPv6Network("::/0"), IPv6Network("2600::/28"), "pl-1", "aws_pl.x"])
def test_destination_keeps_its_type(destination: IPv6Network | str) -> None:
    table, *others = mesh(2).vpc_route_tables
    route = replace(table.routes[0], destination=destination)
    changed = replace(mesh(2), vpc_route_tables=(replace(table, routes=(route,)), *others))

    read = codec.decode(State, codec.encode(changed)).vpc_route_tables[0].routes[0]

    assert (read, type(read)) == (route, VpcRoute)


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"vpcs": 1}', b'{"unheard_of": 1}', b'"text"', b'{"vpcs": [{}]}']
)
def test_other_content_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="this is no State"):
        codec.decode(State, data)
