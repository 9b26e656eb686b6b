"""Addresses, destinations and packets that hypothesis draws of the judged network: claims asked point by point."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Protocol, TypeVar

import pytest

from probes.model.checks.documented import Documented
from probes.model.conformance.verdict import Violation
from probes.model.errors import EmptySelectionError
from probes.model.intent.drawn_claims import Admission, misplaced_address, wrong_admission, wrong_next_hop
from probes.model.intent.evaluators import require_agreement
from probes.model.intent.verification import Intent
from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import PROTOCOL_NUMBERS, Packet, opening
from probes.model.spec import DIRECTIONS, Spec
from probes.model.spec import Protocol as Kind
from probes.model.spec.claims import TableClaim, tables
from probes.model.spec.ports import MAX_PORT, port_range

rule = pytest.mark.rule
PROTOCOLS: tuple[Kind, ...] = ("tcp", "udp", "icmp")
OUTSIDE = IPv4Network("0.0.0.0/0")
T = TypeVar("T")


class Draw(Protocol):
    """What an example is made of."""

    def one_of(self, values: Sequence[T]) -> T:
        """One of some values."""

    def integer(self, low: int, high: int) -> int:
        """A number between two, both included."""


class Drawn(Protocol):
    """The examples of the session."""

    def smallest(
        self, example: Callable[[Draw], T], judge: Callable[[T], Violation | None]
    ) -> list[Violation]:
        """The violation of the smallest example that has one."""


def address_in(draw: Draw, cidr: IPv4Network) -> IPv4Address:
    """A drawn address of a CIDR."""
    return cidr[draw.integer(0, cidr.num_addresses - 1)]


def ports_of(spec: Spec) -> list[int]:
    """The ports that the spec names, and their neighbours: where rules begin and end."""
    named = {
        port
        for role in spec.roles.values()
        for direction in DIRECTIONS
        for each in role.rules(direction) or ()
        for text in each.ports
        for port in port_range(text)
    }
    around = {port + step for port in named for step in (-1, 0, 1)}
    return sorted({port for port in around if 0 <= port <= MAX_PORT} | {22, 443, MAX_PORT})


@rule("drawn-address")
@pytest.mark.usefixtures("drawn_address_claim")
def test_drawn_address_lies_in_its_documented_subnet_only(
    spec: Spec, documented: Documented, drawn: Drawn
) -> None:
    """An address of a documented VPC lies in exactly its documented subnet, and nowhere else."""
    homes = [name for name, vpc in spec.vpcs.items() if vpc.subnets]

    def example(draw: Draw) -> tuple[str, IPv4Address]:
        vpc = draw.one_of(homes)
        return vpc, address_in(draw, draw.one_of([*spec.vpcs[vpc].all_subnets, *spec.vpcs[vpc].cidrs]))

    violations = drawn.smallest(example, lambda found: misplaced_address(documented, *found))

    assert violations == []


@rule("drawn-destination")
@pytest.mark.usefixtures("drawn_destination_claim")
def test_drawn_destination_has_its_documented_next_hop(
    spec: Spec, documented: Documented, drawn: Drawn
) -> None:
    """A destination has exactly one documented next hop in every Transit Gateway route table, no hole."""
    claims = list(tables(spec))
    ranges = [cidr for vpc in spec.vpcs.values() for cidr in vpc.cidrs]
    ranges += [IPv4Network(to) for claim in claims for to in claim.claimed.routes]

    def example(draw: Draw) -> tuple[TableClaim, IPv4Address]:
        return draw.one_of(claims), address_in(draw, draw.one_of(ranges))

    violations = drawn.smallest(example, lambda found: wrong_next_hop(documented, *found))

    assert violations == []


@rule("drawn-traffic")
@pytest.mark.usefixtures("drawn_traffic_claim")
def test_drawn_traffic_is_allowed_as_documented(spec: Spec, documented: Documented, drawn: Drawn) -> None:
    """Traffic outside a role's rules is refused by its group, and traffic inside is not."""
    tabled = [
        (vpc, role, direction)
        for role, claimed in spec.roles.items()
        for direction in DIRECTIONS
        if claimed.rules(direction) is not None
        for vpc in spec.vpcs_with(role)
    ]
    ranges = [cidr for vpc in spec.vpcs.values() for cidr in (*vpc.all_subnets, *vpc.cidrs)]
    ports = ports_of(spec)

    def example(draw: Draw) -> Admission:
        vpc, role, direction = draw.one_of(tabled)
        address = address_in(draw, draw.one_of([*ranges, OUTSIDE]))
        return Admission(vpc, role, direction, address, draw.one_of(PROTOCOLS), draw.one_of(ports))

    violations = drawn.smallest(example, lambda asked: wrong_admission(documented, asked))

    assert violations == []


@rule("evaluators-agree")
@pytest.mark.usefixtures("drawn_packet_claim")
def test_evaluators_agree_on_a_drawn_packet(intent: Intent, spec: Spec, drawn: Drawn) -> None:
    """The sets of packets and one packet followed hop by hop agree on this network; else it is a bug of ours."""
    ends = intent.roles.reachability.endpoints
    hosts = [end for end in ends if end.kind == "interface"] or list(ends)
    if not hosts:
        raise EmptySelectionError("found no host, and no subnet for one, to draw a packet between")
    ports = ports_of(spec)

    def example(draw: Draw) -> tuple[Packet, Endpoint, Endpoint]:
        source, destination = draw.one_of(hosts), draw.one_of(hosts)
        packet = opening(
            address_in(draw, draw.one_of(source.networks)),
            address_in(draw, draw.one_of(destination.networks)),
            PROTOCOL_NUMBERS[draw.one_of(PROTOCOLS)],
            source_port=draw.integer(1024, MAX_PORT),
            port=draw.one_of(ports),
        )
        return packet, source, destination

    def judge(found: tuple[Packet, Endpoint, Endpoint]) -> Violation | None:
        require_agreement(intent.roles, *found)
        return None

    assert drawn.smallest(example, judge) == []
