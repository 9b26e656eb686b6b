"""Findings about routes, detours and failover."""

import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Network

from probes.model.spec import DetourSpec, RangeMs, Spec
from probes.model.spec.arithmetic import detour_added
from probes.model.spec.topology import transit_rtt
from probes.model.spec_checks.finding import Finding


def rerouting(spec: Spec) -> Iterator[Finding]:
    """C03: routes to a peering are static, so nothing reroutes around a failed one by itself.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html
    """
    detour = spec.ha.detour
    if detour is None or detour.rerouting != "automatic":
        return
    changes = [
        f"{here}: {destination} via {detour.via}"
        for here, other in (detour.failed_peering, detour.failed_peering[::-1])
        for destination in _routes_over(spec, here, other)
    ]
    yield Finding(
        id="C03",
        severity="S1",
        where="ha.detour.rerouting",
        expected="a runbook: Transit Gateway peerings know static routes only, and no BGP",
        observed="automatic, while every prefix has one static route to one attachment",
        hint=f"document these route changes: {'; '.join(changes) or 'none possible with the listed routes'}",
    )


def _routes_over(spec: Spec, gateway: str, peer: str) -> list[IPv4Network]:
    return [
        IPv4Network(destination)
        for table in spec.transit_gateways[gateway].route_tables.values()
        for destination, via in table.routes.items()
        if via == peer
    ]


def added_latency(spec: Spec) -> Iterator[Finding]:
    """C04: the latencies of detour and failover must follow from the peerings' own round trips."""
    ha = spec.ha
    if ha.detour and ha.detour.added:
        yield from _detour(spec, ha.detour, ha.detour.added)
    if ha.failover and ha.failover.added:
        ends = (ha.failover.failed_region, ha.failover.to_region)
        hop = transit_rtt(spec, (ends,))
        yield from _added("ha.failover.added", ha.failover.added, hop, f"one round trip {'-'.join(ends)}")
    ranges = [peering.rtt for peering in spec.peerings if peering.rtt]
    if ha.tgw_added_ms is not None and ranges:
        fastest = RangeMs(min_ms=ha.tgw_added_ms, max_ms=ha.tgw_added_ms)
        hops = RangeMs(min_ms=min(r.min_ms for r in ranges), max_ms=max(r.max_ms for r in ranges))
        yield from _added("ha.tgw_added_ms", fastest, hops, "one round trip, by pair of Regions")


def _detour(spec: Spec, detour: DetourSpec, claimed: RangeMs) -> Iterator[Finding]:
    pair = detour.failed_peering
    way = f"{pair[0]}-{detour.via}-{pair[1]} instead of {pair[0]}-{pair[1]}"
    yield from _added("ha.detour.added", claimed, detour_added(spec, pair, detour.via), way)


def _added(where: str, claimed: RangeMs, computed: RangeMs | None, way: str) -> Iterator[Finding]:
    if computed is None or (claimed.min_ms <= computed.min_ms and computed.max_ms <= claimed.max_ms):
        return
    yield Finding(
        id="C04",
        severity="S1",
        where=where,
        expected=f"{_span(computed)}: {way}",
        observed=f"{_span(claimed)} claimed",
        hint="state what follows from the peerings' round trips, or correct those",
    )


def _span(span: RangeMs) -> str:
    same = span.min_ms == span.max_ms
    return f"{span.min_ms:+g} ms" if same else f"{span.min_ms:+g} to {span.max_ms:+g} ms"


def autonomous_systems(spec: Spec) -> Iterator[Finding]:
    """C05: AWS advises unique ASNs for peered Transit Gateways.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-best-design-practices.html
    """
    known = [gateway.asn for gateway in spec.transit_gateways.values() if gateway.asn is not None]
    shared = {asn: count for asn, count in Counter(known).items() if count > 1}
    if shared:
        yield Finding(
            id="C05",
            severity="S3",
            where="transit_gateways.*.asn",
            expected="a different ASN for every Transit Gateway",
            observed=", ".join(f"{asn} on {count} Transit Gateways" for asn, count in shared.items()),
            hint="harmless with static routes; number them apart before anything dynamic is attached",
        )


def failover_path(spec: Spec) -> Iterator[Finding]:
    """C28: after failing over, no step can lie in the failed Region, nor cross a peering back to it."""
    failover = spec.ha.failover
    if failover is None:
        return
    dead = [step for step in failover.steps if failover.failed_region in re.split(r"[/-]", step)]
    if dead:
        yield Finding(
            id="C28",
            severity="S2",
            where="ha.failover.steps",
            expected=f"a path through {failover.to_region} alone once {failover.failed_region} has failed",
            observed=f"steps that need {failover.failed_region}: {', '.join(dict.fromkeys(dead))}",
            hint=f"the NLB of {failover.to_region} answers the tenant through the accelerator by itself",
        )
