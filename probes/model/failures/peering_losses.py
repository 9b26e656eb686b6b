"""What a failed peering or Region loses, told from the paths that packets take while nothing has failed."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TypeAlias

from probes.model.failures.scenarios import Failure
from probes.model.intent.peering_paths import PeeringPaths
from probes.model.network.endpoints import Endpoint
from probes.model.network.firewalls import has_firewalls
from probes.model.reachability.analysis import Reachability

Pair: TypeAlias = tuple[str, str]


class Losses:
    """Static routes to a failed peering are blackholes (AWS), so it loses exactly the packets that crossed it.

    `working` says how many pairs of hosts reach each other between two VPCs, by their names in the spec.
    """

    def __init__(
        self, reachability: Reachability, hosts: dict[str, tuple[Endpoint, ...]], working: dict[Pair, int]
    ) -> None:
        self.reachability = reachability
        self.hosts = hosts
        self.working = working

    def of(self, failure: Failure) -> list[Pair] | None:
        """The pairs of VPCs elsewhere that lose all their working traffic; None when some may lose a part.

        None too where firewalls lead packets back into a Transit Gateway, of which the paths know nothing.
        """
        if has_firewalls(self.reachability.network):
            return None
        gone, failed = self._failed(failure)
        crossing = {pair for peering in failed for pair in self._crossing.get(peering, ())}
        lost = sorted(pair for pair in crossing if pair in self.working and gone.isdisjoint(pair))
        if any(len(self._paths.get(way, ())) > 1 for pair in lost for way in (pair, pair[::-1])):
            return None
        return [pair for pair in lost if self.working[pair]]

    def _failed(self, failure: Failure) -> tuple[set[str], Iterable[str]]:
        if failure.kind == "peering":
            return set(), [failure.id]
        gone = {vpc for vpc, ends in self.hosts.items() if any(end.region == failure.id for end in ends)}
        return gone, self._peerings_of[failure.id]

    @cached_property
    def _peerings_of(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for side in self.reachability.network.state.tgw_attachments:
            if side.resource_type == "peering":
                found[side.region].add(side.id)
                found[side.peer_region or ""].add(side.id)
        return found

    @cached_property
    def _paths(self) -> dict[Pair, set[tuple[str, ...]]]:
        return PeeringPaths(self.reachability.compiled).between(self.hosts)

    @cached_property
    def _crossing(self) -> dict[str, set[Pair]]:
        """The pairs of VPCs whose packets or replies cross a peering."""
        found: dict[str, set[Pair]] = defaultdict(set)
        for (here, there), paths in self._paths.items():
            for path in paths:
                for peering in path:
                    found[peering] |= {(here, there), (there, here)}
        return found
