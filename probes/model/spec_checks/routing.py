"""Findings about routes, detours and failover."""

import re
from collections import Counter
from collections.abc import Iterator

from probes.model.spec import RangeMs, Spec
from probes.model.spec.arithmetic import detour_added, region_by_alias
from probes.model.spec_checks.finding import Finding


def rerouting(spec: Spec) -> Iterator[Finding]:
    """C03: routes to a peering are static, so nothing reroutes around a failed one by itself."""
    if not re.search(r"automatic|bgp|dynamic", spec.ha.rerouting, re.IGNORECASE):
        return
    changes = [
        f"{alias}: {route.destination} via {spec.ha.detour_via}"
        for alias, other in _both_ways(spec.ha.failed_peering)
        for route in region_by_alias(spec, alias).tgw_routes
        if route.via == other
    ]
    yield Finding(
        id="C03",
        severity="S1",
        requirements=("HA-06", "RTB-10"),
        where="ha.rerouting",
        expected="a runbook: Transit Gateway peerings know static routes only, and no BGP",
        observed=f"{spec.ha.rerouting!r}, while every prefix has one static route to one attachment",
        hint=f"document these route changes: {'; '.join(changes) or 'none possible with the listed routes'}",
    )


def _both_ways(pair: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    return pair, (pair[1], pair[0])


def added_latency(spec: Spec) -> Iterator[Finding]:
    """C04: the latencies of detour and failover must follow from the peerings' own round trips."""
    ha = spec.ha
    pair, failover = ha.failed_peering, (ha.failover.failed_region, ha.failover.to_region)
    hop = spec.peering_between(*failover).rtt
    detour = detour_added(spec, pair, ha.detour_via)
    way = f"{pair[0]}-{ha.detour_via}-{pair[1]} instead of {pair[0]}-{pair[1]}"
    yield from _added("HA-07", "ha.detour_added", ha.detour_added, detour, way)
    yield from _added(
        "LAT-02", "ha.failover_added", ha.failover_added, hop, f"one round trip {'-'.join(failover)}"
    )
    fastest = RangeMs(min_ms=ha.tgw_added_ms, max_ms=ha.tgw_added_ms)
    hops = RangeMs(
        min_ms=min(peering.rtt.min_ms for peering in spec.peerings),
        max_ms=max(peering.rtt.max_ms for peering in spec.peerings),
    )
    yield from _added("LAT-03", "ha.tgw_added_ms", fastest, hops, "one round trip, by pair of regions")


def _added(requirement: str, where: str, claimed: RangeMs, computed: RangeMs, way: str) -> Iterator[Finding]:
    if claimed.min_ms <= computed.min_ms and computed.max_ms <= claimed.max_ms:
        return
    yield Finding(
        id="C04",
        severity="S1",
        requirements=(requirement,),
        where=where,
        expected=f"{_span(computed)}: {way}",
        observed=f"{_span(claimed)} claimed",
        hint="state what follows from the peerings' round trips, or correct those",
    )


def _span(span: RangeMs) -> str:
    same = span.min_ms == span.max_ms
    return f"{span.min_ms:+g} ms" if same else f"{span.min_ms:+g} to {span.max_ms:+g} ms"


def autonomous_systems(spec: Spec) -> Iterator[Finding]:
    """C05: AWS advises unique ASNs for peered Transit Gateways."""
    counts = Counter(region.tgw_asn for region in spec.regions.values())
    shared = {asn: count for asn, count in counts.items() if count > 1}
    if shared:
        yield Finding(
            id="C05",
            severity="S3",
            requirements=("TGW-02",),
            where="regions.*.tgw_asn",
            expected="a different ASN for every Transit Gateway",
            observed=", ".join(f"{asn} in {count} regions" for asn, count in shared.items()),
            hint="harmless with static routes; number them apart before anything dynamic is attached",
        )


def failover_path(spec: Spec) -> Iterator[Finding]:
    """C28: after failing over, no step can lie in the failed region, nor cross a peering back to it."""
    failover = spec.ha.failover
    dead = [step for step in failover.steps if failover.failed_region in re.split(r"[/-]", step)]
    if dead:
        yield Finding(
            id="C28",
            severity="S2",
            requirements=("GA-04", "HA-04"),
            where="ha.failover.steps",
            expected=f"a path through {failover.to_region} alone once {failover.failed_region} has failed",
            observed=f"steps that need {failover.failed_region}: {', '.join(dict.fromkeys(dead))}",
            hint=f"the NLB of {failover.to_region} answers the tenant through the accelerator by itself",
        )
