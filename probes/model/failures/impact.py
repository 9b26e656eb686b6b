"""What a failure does to the document's high-availability claims: losses, detours, predicted round trips."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from ipaddress import IPv4Address
from itertools import pairwise
from typing import NamedTuple

import msgspec

from probes.model.conformance.verdict import Violation
from probes.model.errors import EmptySelectionError
from probes.model.failures.peering_losses import Losses, Pair
from probes.model.failures.scenarios import Failure, single_failures, with_detour, without
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.example_addresses import address_in
from probes.model.intent.observability import is_fully_observed, require_fully_observed
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import ICMP, Packet
from probes.model.network.trace import RoundTrip, Stage
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderClassPair
from probes.model.spec import RangeMs, Spec
from probes.model.spec.topology import transit_rtt
from probes.model.state import State


class Working(NamedTuple):
    """How many pairs of two VPCs' subnets surely reach each other, the first of them, and how many may."""

    total: int
    shown: tuple[Endpoint, Endpoint] | None
    possible: int


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """How hosts of one VPC reach those of another, and how many pairs of their subnets do.

    `regions` are those on the way and `rtt` what the spec's ranges predict; without any pair that works they
    are empty and None. `possible` pairs work or may work: what the source could not see decides about the others.
    """

    regions: tuple[str, ...]
    rtt: RangeMs | None
    working: int
    possible: int
    total: int

    @property
    def is_certain(self) -> bool:
        """Whether nothing that was not seen could make more pairs work."""
        return self.possible == self.working


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """One failure: the paths between VPCs (and within one) that it worsens or may worsen, before and after.

    Of those in `unknown` what was not seen decides whether the failure takes anything away.
    """

    failure: str
    worsened: dict[Pair, tuple[Path, Path]]
    unknown: dict[Pair, tuple[Path, Path]] = {}


class Resilience:
    """Every single failure of one network, judged over routing and network ACLs between the documented subnets."""

    def __init__(self, spec: Spec, state: State) -> None:
        self.spec = spec
        self.state = state

    @cached_property
    def before(self) -> dict[Pair, Path]:
        """The paths of the network as it is."""
        return self.paths(self.state)

    def impacts(self) -> Iterator[Impact]:
        """The impact of every single failure, in turn."""
        for failure in single_failures(self.state):
            yield self.impact(failure)

    def impact(self, failure: Failure) -> Impact:
        """What one failure loses or lengthens; a failed Region's own hosts are not counted."""
        after = self.paths(without(self.state, failure))
        gone = set(self.spec.vpcs_in(failure.id)) if failure.kind == "region" else set()
        paths = {pair: (path, after[pair]) for pair, path in self.before.items() if gone.isdisjoint(pair)}
        worsened = {
            pair: (one, other)
            for pair, (one, other) in paths.items()
            if (one.regions, one.working) != (other.regions, other.working)
        }
        unknown = {
            pair: (one, other)
            for pair, (one, other) in paths.items()
            if pair not in worsened and one.possible != other.possible
        }
        return Impact(failure=str(failure), worsened=worsened, unknown=unknown)

    def detour(self, failed: Pair, via: str) -> tuple[Path, Path]:
        """The path between two Regions before their peering fails, and after the two-route runbook (C03).

        The path is that of the first VPCs of the two.
        """
        regions = self.spec.region(failed[0]), self.spec.region(failed[1])
        broken = without(self.state, self.peering_failure(regions))
        detoured = with_detour(self.spec, broken, failed, via)
        pair = self.spec.vpcs_in(regions[0])[0], self.spec.vpcs_in(regions[1])[0]
        return self.paths(self.state, (pair,))[pair], self.paths(detoured, (pair,))[pair]

    def peering_failure(self, pair: Pair) -> Failure:
        """The failure of the peering of two Regions by their AWS names."""
        for side in self.state.tgw_attachments:
            if (side.region, side.peer_region) == pair and side.resource_type == "peering":
                return Failure(kind="peering", id=side.id)
        return Failure(kind="peering", id=f"between {pair[0]} and {pair[1]}")

    def paths(self, state: State, wanted: Iterable[Pair] | None = None) -> dict[Pair, Path]:
        """The path for these ordered pairs of VPCs, or for all; within a VPC it is the Region itself."""
        reachability = self._intact if state is self.state else self._reachability(state)
        working = self._working_intact if state is self.state else self._working(reachability)
        pairs = working if wanted is None else wanted
        return {pair: self._path(reachability, pair, working[pair]) for pair in pairs}

    @cached_property
    def _hosts(self) -> dict[str, tuple[Endpoint, ...]]:
        return Roles(self.spec, Network(self.state)).hosts

    @cached_property
    def _intact(self) -> Reachability:
        return self._reachability(self.state)

    @cached_property
    def _working_intact(self) -> dict[Pair, Working]:
        return self._working(self._intact)

    def _reachability(self, state: State) -> Reachability:
        network = Network(state)
        known = network.subnets
        ends = [end for each in self._hosts.values() for end in each if (end.region, end.subnet_id) in known]
        return Reachability(network, ends)

    def _working(self, reachability: Reachability) -> dict[Pair, Working]:
        sure = self._answering(reachability)
        possible = sure if self._is_fully_observed else self._answering(reachability.possible)
        return {
            ends: Working(len(pairs), pairs[0] if pairs else None, len(possible[ends]))
            for ends, pairs in sure.items()
        }

    @cached_property
    def _is_fully_observed(self) -> bool:
        """Of the network as it is; a failure only takes away, so it makes nothing uncertain."""
        return is_fully_observed(self._intact)

    def _answering(self, reachability: Reachability) -> dict[Pair, list[tuple[Endpoint, Endpoint]]]:
        """The pairs of hosts that answer each other, by their VPCs."""
        own, hosts = _addresses(reachability), self._hosts
        answered = {end: _answered(reachability, mask) for end, mask in own.items()}
        known = {region: [(end, own[end]) for end in ends if end in own] for region, ends in hosts.items()}
        return {
            (here, there): [
                (source, target)
                for source, _ in known[here]
                for target, wanted in known[there]
                if answered[source] & wanted == wanted and source != target
            ]
            for here in hosts
            for there in hosts
        }

    def _path(self, reachability: Reachability, pair: Pair, working: Working) -> Path:
        total = self._total(pair)
        if working.shown is None:
            return Path(regions=(), rtt=None, working=0, possible=working.possible, total=total)
        regions = _regions(_probe(reachability, *working.shown))
        return Path(
            regions=regions,
            rtt=self._rtt(regions),
            working=working.total,
            possible=working.possible,
            total=total,
        )

    def _total(self, pair: Pair) -> int:
        sources, targets = (self._hosts[region] for region in pair)
        return len(sources) * len(targets) - len({*sources} & {*targets})

    @cached_property
    def _losses(self) -> Losses:
        require_fully_observed(self._intact)
        working = {pair: found.total for pair, found in self._working_intact.items()}
        return Losses(self._intact, self._hosts, working)

    def _worsened(self, failure: Failure) -> Iterator[tuple[Pair, int, int]]:
        lost = self._losses.of(failure)
        if lost is not None:
            yield from ((pair, self._losses.working[pair], 0) for pair in lost)
            return
        for pair, (before, after) in self.impact(failure).worsened.items():
            yield pair, before.working, after.working

    def _rtt(self, regions: tuple[str, ...]) -> RangeMs | None:
        return transit_rtt(self.spec, tuple(pairwise(regions)))

    def local_traffic(self) -> tuple[Violation, ...]:
        """Peerings whose failure hurts traffic within a VPC."""
        return tuple(
            Violation(
                resource=str(failure),
                expected="traffic within each VPC is unaffected",
                observed=f"within {here} {before - after} pairs of subnets are lost",
                hint="route a VPC's own CIDR locally, never through a peering",
            )
            for failure in self._peerings
            for (here, there), before, after in self._worsened(failure)
            if here == there
        )

    def rerouting(self) -> tuple[Violation, ...]:
        """Peerings after whose failure some Regions no longer reach each other (HA-06)."""
        return tuple(
            Violation(
                resource=self._rerouted(failure, here, there),
                expected=f"traffic between {here} and {there} is rerouted by itself",
                observed=f"{before - after} of {self._total((here, there))} pairs of subnets are lost",
                hint="TGW peerings have static routes only: apply the two-route runbook",
            )
            for failure in self._peerings
            for (here, there), before, after in self._worsened(failure)
            if here < there and after < before
        )

    def _rerouted(self, failure: Failure, here: str, there: str) -> str:
        """The failure of what joins two Regions, or what else it takes away: another fault, with its own waiver."""
        own = {side.region for side in self.state.tgw_attachments if side.id == failure.id}
        return (
            str(failure)
            if own == {self.spec.region_of(here), self.spec.region_of(there)}
            else f"{here} and {there} without {failure}"
        )

    def detour_figures(self) -> tuple[Violation, ...]:
        """Whether the documented detour adds what the document says it adds (HA-07), by the spec's own ranges."""
        documented = self.spec.ha.detour
        if documented is None or documented.added is None:
            raise EmptySelectionError("the spec claims no detour")
        failed, via, claim = documented.failed_peering, documented.via, documented.added
        before, after = self.detour((failed[0], failed[1]), via)
        resource = f"peering {'-'.join(failed)}"
        expected = f"a detour through {via} adds {claim.min_ms:g} to {claim.max_ms:g} ms"
        found = list[Violation]()
        if after.rtt is None:
            require_fully_observed(self._intact)
            hint = "give both Regions routes through the third one's Transit Gateway"
            lost = "no path, even with the runbook applied"
            found.append(
                Violation(
                    resource=f"{resource} without a detour", expected=expected, observed=lost, hint=hint
                )
            )
        direct = before.rtt or self._rtt(tuple(map(self.spec.region, failed)))
        around = after.rtt or self._rtt(tuple(map(self.spec.region, (failed[0], via, failed[1]))))
        if direct is None or around is None:
            return tuple(found)
        low, high = around.min_ms - direct.max_ms, around.max_ms - direct.min_ms
        if not (claim.min_ms <= low and high <= claim.max_ms):
            regions = after.regions or (failed[0], via, failed[1])
            found.append(
                Violation(
                    resource=resource,
                    expected=expected,
                    observed=f"+{low:g} to +{high:g} ms by way of {', '.join(regions)}",
                    hint="correct the document's figure; the peerings' own ranges decide it",
                )
            )
        return tuple(found)

    def region_losses(self) -> tuple[Violation, ...]:
        """Regions whose failure hurts traffic between the others (HA-04)."""
        return tuple(
            Violation(
                resource=f"region {region}",
                expected="the other Regions reach each other as before",
                observed=f"{here} to {there}: {after} of {before} pairs of subnets work",
                hint="give the other Regions a path that does not cross the failed one",
            )
            for region in self.state.regions
            for (here, there), before, after in self._worsened(
                Failure(kind="region", id=region, region=region)
            )
        )

    @cached_property
    def _peerings(self) -> list[Failure]:
        return [failure for failure in single_failures(self.state) if failure.kind == "peering"]


_ANYWHERE = IPv4Address(0)
_ECHO = Packet(source=_ANYWHERE, destination=_ANYWHERE, protocol=ICMP, icmp_type=8)


def _addresses(reachability: Reachability) -> dict[Endpoint, int]:
    return {end: reachability.compiled.addresses_of(end) for end in reachability.endpoints}


def _answered(reachability: Reachability, senders: int) -> int:
    """The address classes that answer pings of all senders."""
    classes = reachability.compiled.header_classes
    pair = HeaderClassPair(classes.of(_ECHO), classes.of(_ECHO.reply()), ())
    found = reachability.compiled.address_classes.all
    for sender in bits(senders):
        found &= reachability.answered(pair, sender)
    return found


def _probe(reachability: Reachability, source: Endpoint, target: Endpoint) -> RoundTrip:
    compiled = reachability.compiled
    here, there = (address_in(compiled, end, bits(compiled.addresses_of(end))[0]) for end in (source, target))
    packet = Packet(source=here, destination=there, protocol=ICMP, icmp_type=8)
    return round_trip(reachability.network, packet, source, target)


def _regions(trip: RoundTrip) -> tuple[str, ...]:
    hops = [hop.region for hop in trip.forward.hops if hop.stage is Stage.TGW_ROUTE]
    return tuple(hops) or (trip.forward.source.region,)
