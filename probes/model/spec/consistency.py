"""What a spec must hold to be usable at all: its parts refer to each other and its numbers mean something.

This judges how the YAML was written, not the network that it describes.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from ipaddress import IPv4Network
from typing import NamedTuple

from probes.model.spec import Peering, RangeMs, Region, SgRuleSpec, Spec
from probes.model.spec.ports import MAX_PORT, port_range

ENDPOINTS = "vpc-endpoints"


class Inconsistency(NamedTuple):
    """A path inside the spec, and what is wrong there."""

    where: str
    message: str


def inconsistencies(spec: Spec) -> tuple[Inconsistency, ...]:
    """Everything that keeps a well-typed spec from being used."""
    return (
        *_regions(spec),
        *_peerings(spec),
        *_aliases_elsewhere(spec),
        *_ranges(spec),
        *_roles(spec),
        *_security_groups(spec),
        *_flows(spec),
        *_quantities(spec),
        *_live(spec),
    )


def _aliases(spec: Spec) -> list[str]:
    return [region.alias for region in spec.regions.values()]


def _known(words: Iterable[str]) -> str:
    return f"expected one of {', '.join(dict.fromkeys(words))}"


def _repeated(where: str, values: Iterable[tuple[str, Hashable]], message: str) -> Iterator[Inconsistency]:
    listed = list(values)
    counts = Counter(value for _, value in listed)
    seen: set[Hashable] = set()
    for suffix, value in listed:
        if counts[value] > 1 and value in seen:
            yield Inconsistency(f"{where}{suffix}", message)
        seen.add(value)


def _regions(spec: Spec) -> Iterator[Inconsistency]:
    if not spec.regions:
        yield Inconsistency("regions", "expected at least one region")
    aliases = [(f".{name}.alias", region.alias) for name, region in spec.regions.items()]
    yield from _repeated("regions", aliases, "another region has this alias")
    for name, region in spec.regions.items():
        if region.alias in spec.regions or not region.alias.isalnum():
            message = "expected a short word of letters and digits that is no region's name"
            yield Inconsistency(f"regions.{name}.alias", message)
        yield from _tgw_routes(f"regions.{name}.tgw_routes", region, _aliases(spec))
        yield from _location(f"regions.{name}.location", region)


def _tgw_routes(where: str, region: Region, aliases: list[str]) -> Iterator[Inconsistency]:
    others = ["vpc", *(alias for alias in aliases if alias != region.alias)]
    for index, route in enumerate(region.tgw_routes):
        if route.via not in others:
            yield Inconsistency(f"{where}[{index}].via", f"{_known(others)}, found {route.via!r}")
    destinations = [(f"[{i}].destination", route.destination) for i, route in enumerate(region.tgw_routes)]
    yield from _repeated(where, destinations, "another route of this table has this destination")


def _location(where: str, region: Region) -> Iterator[Inconsistency]:
    limits = {"latitude_deg": 90, "longitude_deg": 180}
    for field, limit in limits.items():
        if abs(getattr(region.location, field)) > limit:
            yield Inconsistency(f"{where}.{field}", f"expected {-limit} to {limit} degrees")


def _peerings(spec: Spec) -> Iterator[Inconsistency]:
    aliases = _aliases(spec)
    for index, peering in enumerate(spec.peerings):
        where = f"peerings[{index}]"
        yield from _pair(f"{where}.between", peering.between, aliases)
        yield from _floor(where, peering)
    pairs = [(f"[{i}].between", frozenset(peering.between)) for i, peering in enumerate(spec.peerings)]
    yield from _repeated("peerings", pairs, "another peering joins these two regions")


def _pair(where: str, pair: tuple[str, str], aliases: list[str]) -> Iterator[Inconsistency]:
    for index, alias in enumerate(pair):
        yield from _member(f"{where}[{index}]", alias, aliases)
    if pair[0] == pair[1]:
        yield Inconsistency(where, "expected two different regions")


def _member(where: str, word: str, known: list[str]) -> Iterator[Inconsistency]:
    if word not in known:
        yield Inconsistency(where, f"{_known(known)}, found {word!r}")


def _floor(where: str, peering: Peering) -> Iterator[Inconsistency]:
    ceiling = peering.bandwidth_gbit_per_s * 1000
    if not 0 < peering.throughput_floor_mbit_per_s <= ceiling:
        message = f"expected more than 0 and at most the documented {ceiling:g} Mbit/s"
        yield Inconsistency(f"{where}.throughput_floor_mbit_per_s", message)


def _aliases_elsewhere(spec: Spec) -> Iterator[Inconsistency]:
    aliases = _aliases(spec)
    lists = {
        "global_accelerator.endpoint_regions": spec.global_accelerator.endpoint_regions,
        "dynamodb.replica_regions": spec.dynamodb.replica_regions,
        "expansion.new_peerings": spec.expansion.new_peerings,
    }
    for where, words in lists.items():
        for index, word in enumerate(words):
            yield from _member(f"{where}[{index}]", word, aliases)
    yield from _member("ha.detour_via", spec.ha.detour_via, aliases)
    yield from _member("ha.failover.failed_region", spec.ha.failover.failed_region, aliases)
    yield from _member("ha.failover.to_region", spec.ha.failover.to_region, aliases)
    yield from _member("connectivity.ping_from", spec.connectivity.ping_from, aliases)
    yield from _failure_pairs(spec)
    for index, row in enumerate(spec.cost.transfer):
        yield from _documented_pair(spec, f"cost.transfer[{index}].between", row.between)


def _failure_pairs(spec: Spec) -> Iterator[Inconsistency]:
    ha = spec.ha
    yield from _documented_pair(spec, "ha.failed_peering", ha.failed_peering)
    for end in ha.failed_peering:
        yield from _documented_pair(spec, "ha.detour_via", (end, ha.detour_via))
    yield from _documented_pair(spec, "ha.failover", (ha.failover.failed_region, ha.failover.to_region))


def _documented_pair(spec: Spec, where: str, pair: tuple[str, str]) -> Iterator[Inconsistency]:
    if frozenset(pair) not in {frozenset(peering.between) for peering in spec.peerings}:
        yield Inconsistency(where, f"expected two regions that a peering joins, found {' and '.join(pair)}")


def _ranges(spec: Spec) -> Iterator[Inconsistency]:
    ranges: dict[str, RangeMs] = {
        "ha.failover_added": spec.ha.failover_added,
        "ha.detour_added": spec.ha.detour_added,
        "latency.intra_region_request": spec.latency.intra_region_request,
        "latency.cross_region": spec.latency.cross_region,
        "connectivity.expected_avg": spec.connectivity.expected_avg,
        **{f"peerings[{i}].rtt": peering.rtt for i, peering in enumerate(spec.peerings)},
    }
    for where, limits in ranges.items():
        if not 0 <= limits.min_ms <= limits.max_ms:
            message = f"expected 0 <= min_ms <= max_ms, found {limits.min_ms:g} to {limits.max_ms:g}"
            yield Inconsistency(where, message)


def _roles(spec: Spec) -> Iterator[Inconsistency]:
    yield from _glob("vpc_name", spec.vpc_name)
    for name, role in spec.roles.items():
        yield from _ports(f"roles.{name}.ports", role.ports)
        yield from _glob(f"roles.{name}.security_group", role.security_group)
        yield from _glob(f"roles.{name}.host", role.host)


def _glob(where: str, glob: str) -> Iterator[Inconsistency]:
    try:
        glob.format(alias="", region="")
    except (ValueError, LookupError, AttributeError):
        message = f"expected a glob with {{alias}} or {{region}} as placeholders, found {glob!r}"
        yield Inconsistency(where, message)


def _ports(where: str, ports: tuple[int | str, ...]) -> Iterator[Inconsistency]:
    for index, port in enumerate(ports):
        try:
            port_range(port)
        except ValueError:
            message = f"expected a port from 1 to {MAX_PORT} or a range such as 1021-1023, found {port!r}"
            yield Inconsistency(f"{where}[{index}]", message)


def _security_groups(spec: Spec) -> Iterator[Inconsistency]:
    for name, group in spec.security_groups.items():
        where = f"security_groups.{name}"
        yield from _member(where, name, list(spec.roles))
        for side in ("ingress", "egress", "derived_ingress", "derived_egress"):
            rules: tuple[SgRuleSpec, ...] = getattr(group, side)
            for index, rule in enumerate(rules):
                yield from _sg_rule(spec, f"{where}.{side}[{index}]", rule)


def _sg_rule(spec: Spec, where: str, rule: SgRuleSpec) -> Iterator[Inconsistency]:
    yield from _ports(f"{where}.ports", rule.ports)
    if rule.ports and rule.protocol not in ("tcp", "udp"):
        yield Inconsistency(f"{where}.ports", f"the protocol {rule.protocol} has no ports")
    if rule.peer not in (*spec.roles, ENDPOINTS) and not _is_network(rule.peer):
        expected = f"expected a role ({', '.join(spec.roles)}), {ENDPOINTS} or an IPv4 network"
        yield Inconsistency(f"{where}.peer", f"{expected}, found {rule.peer!r}")


def _is_network(text: str) -> bool:
    try:
        IPv4Network(text)
    except ValueError:
        return False
    return True


def _flows(spec: Spec) -> Iterator[Inconsistency]:
    roles = list(spec.roles)
    for index, flow in enumerate(spec.flows):
        where = f"flows[{index}]"
        yield from _member(f"{where}.source", flow.source, roles)
        yield from _member(f"{where}.destination", flow.destination, roles)
        yield from _ports(f"{where}.ports", flow.ports)
    ids = [(f"[{i}].id", flow.id) for i, flow in enumerate(spec.flows)]
    yield from _repeated("flows", ids, "another flow has this id")


def _quantities(spec: Spec) -> Iterator[Inconsistency]:
    live = spec.live
    positive = {
        "fsx.throughput_mb_per_s": spec.fsx.throughput_mb_per_s,
        "fsx.model_size_gb": spec.fsx.model_size_gb,
        "ha.unhealthy_threshold": spec.ha.unhealthy_threshold,
        "ha.health_check_interval_s": spec.ha.health_check_interval_s,
        "cost.hours_per_month": spec.cost.hours_per_month,
        "live.ping_count": live.ping_count,
        "live.ping_interval_s": live.ping_interval_s,
        "live.iperf3_streams": live.iperf3_streams,
        "live.iperf3_duration_s": live.iperf3_duration_s,
        "live.tgw_mtu_bytes": live.tgw_mtu_bytes,
        "lab.rate_divisor": spec.lab.rate_divisor,
        "lab.hosts_per_role": spec.lab.hosts_per_role,
    }
    for where, quantity in positive.items():
        if quantity <= 0:
            yield Inconsistency(where, f"expected more than 0, found {quantity:g}")


def _live(spec: Spec) -> Iterator[Inconsistency]:
    live = spec.live
    if not 0 <= live.loss_limit_ratio <= 1:
        message = f"expected a share from 0 to 1, found {live.loss_limit_ratio:g}"
        yield Inconsistency("live.loss_limit_ratio", message)
    if live.ping_count_max < live.ping_count:
        yield Inconsistency("live.ping_count_max", f"expected at least ping_count, {live.ping_count}")
    if not 1 <= live.iperf3_port <= MAX_PORT:
        message = f"expected a port from 1 to {MAX_PORT}, found {live.iperf3_port}"
        yield Inconsistency("live.iperf3_port", message)
