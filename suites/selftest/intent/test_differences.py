"""What differs between two drawn networks is exactly what the sets of every pair of endpoints say."""

import os
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.model.intent.flow_headers import canonical
from probes.model.network.index import Network
from probes.model.questions.differential_reachability import Change, Comparison, difference
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox
from probes.model.reachability.packet_set import PacketSet
from suites.selftest.reachability.random_networks import random_state

PAIRS = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 40
Headers = tuple[HeaderBox, ...]


@settings(max_examples=PAIRS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_differences_are_those_of_all_pairs(random: Random) -> None:
    before, after = Network(random_state(random)), Network(random_state(random))
    found = difference(before, after)

    assert told(found, "lost") == between_all(before, after)
    assert told(found, "gained") == between_all(after, before)


def told(found: Comparison, change: str) -> dict[tuple[str, str], Headers]:
    changes: list[Change] = [each for each in found.changes if each.change == change]
    return {
        (source, destination): each.headers
        for each in changes
        for source in each.sources
        for destination in each.destinations
    }


def between_all(has: Network, lacks: Network) -> dict[tuple[str, str], Headers]:
    """The headers of what one network allows and the other does not, by the labels of the ends."""
    first, second = Reachability(has), Reachability(lacks)
    others = {(end.kind, end.region, end.networks): end for end in second.endpoints}
    ends = [(end, others.get((end.kind, end.region, end.networks))) for end in first.endpoints]
    found = {}
    for source, sender in ends:
        for destination, receiver in ends:
            if sender is not None and receiver is not None:
                lost = first.allowed(source, destination) - second.allowed(sender, receiver)
                if lost:
                    found[source.label, destination.label] = headers_of(lost)
    return found


def headers_of(packets: PacketSet) -> Headers:
    return canonical((box[0], *box[3:]) for box in packets.boxes())
