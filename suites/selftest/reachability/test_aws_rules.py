"""Both evaluators against what AWS's documentation says: the witness for the lookups that they share."""

from collections.abc import Iterator

import pytest

from fixtures.aws_rules import Case, Rule, load_rules, network_of
from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.network.endpoints import Endpoint, internet
from probes.model.network.index import Network
from probes.model.network.packets import PROTOCOL_NUMBERS, Packet, opening
from probes.model.questions.endpoint_selection import (
    endpoint_named,
    host_address,
    is_nobodys,
    is_outside,
)
from probes.model.reachability.analysis import Reachability
from suites.selftest.reachability.outward import carries_out


def cases() -> Iterator[object]:
    for name, rule in load_rules():
        for number, case in enumerate(rule.cases, start=1):
            yield pytest.param(rule, case, id=f"{name}-{number}")


@pytest.mark.parametrize("rule, case", list(cases()))
def test_packet_fares_as_aws_documents(rule: Rule, case: Case) -> None:
    network = Network(network_of(rule, case))
    source, destination = ends(network, case)
    packet = packet_of(case, source, destination)

    assert by_oracle(network, packet, source, destination, case) == (case.expect, case.by), rule.url
    if not is_nobodys(network, case.destination):
        assert by_engine(network, packet, source, destination) == case.expect, rule.url


def ends(network: Network, case: Case) -> tuple[Endpoint, Endpoint | None]:
    """Who sends, and who is asked for; None for an address that nobody in the network has."""
    unheld = is_outside(network, case.destination) or is_nobodys(network, case.destination)
    destination = None if unheld else endpoint_named(network, case.destination)
    if case.source == "internet" and destination is not None:
        return internet(destination.region, destination.vpc_id), destination
    return endpoint_named(network, case.source), destination


def packet_of(case: Case, source: Endpoint, destination: Endpoint | None) -> Packet:
    protocol = PROTOCOL_NUMBERS.get(case.protocol) or int(case.protocol)
    addresses = host_address(source, case.source), host_address(destination, case.destination)
    return opening(*addresses, protocol, source_port=49152, port=case.port)


def by_oracle(
    network: Network, packet: Packet, source: Endpoint, destination: Endpoint | None, case: Case
) -> tuple[str, str]:
    """What the oracle says, and for a lost packet which resource decides, where the case says so."""
    try:
        trip = round_trip(network, packet, source, destination)
    except UnobservableError:
        return "unknown", ""
    decisive = trip.dropped_by.resource_id if trip.dropped_by and case.by else ""
    return "works" if trip.works else "lost", decisive


def by_engine(network: Network, packet: Packet, source: Endpoint, destination: Endpoint | None) -> str:
    outside = (source,) if source.kind == "internet" else ()
    ends = [end for end in dict.fromkeys((source, destination)) if end is not None and end not in outside]
    everyone = everybody(network, ends)
    analysis = Reachability(network, everyone, external_sources=outside, outward=True)
    if destination is None:
        sure, possible = (carries_out(each, packet, source) for each in (analysis, analysis.possible))
    else:
        sure, possible = (each.carries(packet, source, destination) for each in (analysis, analysis.possible))
    return "works" if sure else "unknown" if possible else "lost"


def everybody(network: Network, ends: list[Endpoint]) -> list[Endpoint]:
    """The ends, and every other interface: a rule that names a group means all of its members."""
    others = Reachability(network).endpoints
    return list(dict.fromkeys((*ends, *others)))
