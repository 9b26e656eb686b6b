"""
Losses that are counted together are decided by one resource, whichever of their packets is traced.
"""

import os
from collections import defaultdict
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings

from probes.model.endpoints import Endpoint
from probes.model.errors import UnobservableError
from probes.model.forwarding import round_trip
from probes.model.intent_deciders import Decider, Deciders
from probes.model.intent_findings import Group, Loss, host_of, losses
from probes.model.intent_headers import Sample, everything, samples
from probes.model.network import Network
from probes.model.reachability import Reachability
from probes.model.reachability_space import bits
from probes.model.state import State
from suites.selftest.drawn_networks import endpoints_of, states

NETWORKS = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 100
MOST_TRACED = 6


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(states(merging=True))
def test_one_resource_decides_all_losses_of_one_decider(state: State) -> None:
    network = Network(state)
    reachability = Reachability(network, endpoints_of(state))
    traced: dict[Decider, list[Loss]] = defaultdict(list)
    for decider, loss in lost_pairs(reachability):
        if len(traced[decider]) < MOST_TRACED:
            traced[decider].append(loss)

    for decider, found in traced.items():
        assert len({resource(network, loss) for loss in found} - {"unknown"}) <= 1, decider


@settings(max_examples=NETWORKS // 2, deadline=None, suppress_health_check=list(HealthCheck))
@given(states())
def test_every_lost_pair_is_counted_once(state: State) -> None:
    reachability = Reachability(Network(state), endpoints_of(state))
    wanted = list(samples(reachability, everything()))
    ends = reachability.endpoints
    counted = sum(count for _, count in losses(reachability, [Group(ends, ends)], wanted))

    assert counted == sum(
        loses(reachability, wanted, source, destination)
        for source in range(len(ends))
        for destination in range(len(ends))
        if source != destination
    )


def lost_pairs(reachability: Reachability) -> Iterator[tuple[Decider, Loss]]:
    deciders, atoms = Deciders(reachability), reachability.setup.space.atoms
    inside = sum(end.atoms for end in reachability.setup.ends)
    for sample in samples(reachability, everything()):
        there = reachability.forward[sample.forward].inside
        back = reachability.reply[sample.reply].inside
        for end in reachability.setup.ends:
            for atom in end.bits:
                lost = inside & ~end.atoms & ~(there[atom] & back[atom])
                for decider, part in deciders.of(sample, end, atom, lost):
                    for target in bits(part):
                        packet = sample.packet(host_of(atoms[atom]), host_of(atoms[target]))
                        receiver: Endpoint = reachability.endpoints[atoms[target].endpoint]
                        yield decider, Loss(packet, end.endpoint, receiver)


def resource(network: Network, loss: Loss) -> str:
    try:
        hop = round_trip(network, loss.packet, loss.source, loss.destination).dropped_by
    except UnobservableError:
        return "unknown"
    assert hop is not None
    return f"{hop.stage} {hop.resource_id}"


def loses(reachability: Reachability, wanted: list[Sample], source: int, destination: int) -> bool:
    own = reachability.setup.space.of_endpoint
    return any(
        own[destination] & ~(there[atom] & back[atom])
        for sample in wanted
        for there in (reachability.forward[sample.forward].inside,)
        for back in (reachability.reply[sample.reply].inside,)
        for atom in bits(own[source])
    )
