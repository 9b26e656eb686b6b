"""The answer about a flow from or to outsiders is that of all its packets, followed one by one by the oracle."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.build import build_state
from probes.model.errors import EmptySelectionError, UnobservableError
from probes.model.forwarding.oracle import forward, round_trip
from probes.model.intent import outside_flows
from probes.model.intent.address_samples import AddressSamples
from probes.model.intent.flow_headers import divided_samples, of_flow
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint, internet
from probes.model.network.entry_points import tenants
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.spec import FlowSpec, Spec
from probes.sources.documents.spec import load_spec
from suites.selftest.benchmarks.large_network import Size, large_network
from suites.selftest.intent.drawn_changes import changed
from suites.selftest.intent.internet_samples import internet_samples
from suites.selftest.spec.edit import ROOT

NETWORKS = ("segments", "hub", "web-shop", "minimal", "gpu-cluster-corrected")
SPECS = {name: load_spec(ROOT / f"fixtures/specs/{name}.yaml") for name in NETWORKS}
STATES = {name: build_state(spec) for name, spec in SPECS.items()}
KINDS: tuple[dict[str, Any], ...] = ({"tcp": (443,)}, {"tcp": (22, "80-600")}, {"icmp": True}, {"udp": (53,)})
OUTSIDERS = ("internet", "internet", "203.0.113.0/24", "172.16.0.0/14")

Sent = tuple[Packet, Endpoint, Endpoint | None]


def packets(roles: Roles, flow: FlowSpec) -> Iterator[Sent]:
    """Every packet that something in the state may tell from the others."""
    addresses = AddressSamples(roles.network.state)
    source, destination = flow.source, flow.destination
    assert isinstance(source, str) and isinstance(destination, str)  # noqa: PT018  # as this test draws them
    outward = outside_flows.is_outside(roles.spec, destination)
    name, inside = (destination, source) if outward else (source, destination)
    beyond = list(
        internet_samples(roles.network.state) if name == "internet" else addresses.within([IPv4Network(name)])
    )
    for sample in divided_samples(roles.reachability, of_flow(flow)):
        for end in (end for ends in roles.ends_of(inside).values() for end in ends):
            for own in addresses.within(end.networks):
                for other in beyond:
                    if outward:
                        yield sample.packet(own, other), end, None
                    else:
                        for sender in senders(roles, name, end):
                            yield sample.packet(other, own), sender, end


def senders(roles: Roles, name: str, end: Endpoint) -> tuple[Endpoint, ...]:
    if name == "internet":
        return (internet(end.region, end.vpc_id),)
    return tenants(roles.network, (IPv4Network(name),), roles.spec.aws_regions)


def one_by_one(roles: Roles, flow: FlowSpec) -> str:
    """Whether some packet is treated otherwise than documented; unknown when only that of some is not known."""
    unknown, asked = False, False
    for sent in packets(roles, flow):
        asked = True
        try:
            if flow.expect == "denied":
                trace = forward(roles.network, *sent)
                unknown |= trace.delivered and bool(trace.inspection.possible)
                wrong = trace.delivered and not trace.inspection.possible
            else:
                wrong = not round_trip(roles.network, *sent).works
        except UnobservableError:
            unknown = True
            continue
        if wrong:
            return "wrong"
    return "unknown" if unknown else "right" if asked else "nobody"


def answer(roles: Roles, flow: FlowSpec) -> str:
    try:
        return "wrong" if outside_flows.outside_flow(roles, flow) else "right"
    except EmptySelectionError:
        return "nobody"
    except UnobservableError:
        return "unknown"


def drawn_flow(spec: Spec, random: Random) -> FlowSpec:
    ends = [random.choice((*spec.roles, *spec.vpcs)), random.choice(OUTSIDERS)]
    random.shuffle(ends)
    said = {"from": ends[0], "to": ends[1], "expect": random.choice(("delivered", "denied"))}
    return msgspec.convert(said | random.choice(KINDS), FlowSpec)


@given(random=st.randoms(use_true_random=False))
def test_answer_is_that_of_all_packets(random: Random) -> None:
    name = random.choice(NETWORKS)
    spec, state = SPECS[name], changed(STATES[name], random)
    flow = drawn_flow(spec, random)
    roles = Roles(spec, Network(state))
    told, expected = answer(roles, flow), one_by_one(roles, flow)

    # A group that refuses a packet at its end decides, whatever is unknown about the way there.
    assert told == expected or (told, expected, flow.expect) == ("right", "unknown", "denied")


def test_many_hosts_with_many_rules_share_their_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets that are followed grow with subnets and wrong groups, not with hosts times rules."""
    size = large_network(Size(hosts=150, groups=30, rules=600))
    roles, followed = Roles(size.spec, Network(size.state)), list[Packet]()

    def counted(network: Network, packet: Packet, *ends: Endpoint | None) -> object:
        followed.append(packet)
        return forward(network, packet, *ends)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(outside_flows, "forward", counted)
    denied = FlowSpec(source="internet", destination="gpu", all=True, expect="denied")

    assert outside_flows.outside_flow(roles, denied) == ()
    assert len(followed) < 150
