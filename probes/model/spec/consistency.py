"""What a spec must hold to be usable at all: its parts refer to each other and its numbers mean something.

This judges how the YAML was written, not the network that it describes.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from difflib import get_close_matches
from ipaddress import IPv4Network
from typing import NamedTuple

from probes.model.spec import (
    DIRECTIONS,
    ENDPOINTS,
    INTERNET,
    TENANTS,
    Peering,
    Ports,
    RangeMs,
    RegionSpec,
    Spec,
    TgwTableSpec,
    Traffic,
)
from probes.model.spec.measuring import RequestSpec
from probes.model.spec.ports import MAX_PORT, port_range
from probes.model.spec.topology import BLACKHOLE, TRANSIT_GATEWAY, peers_of

TARGETS = (TRANSIT_GATEWAY, "internet-gateway", "nat-gateway", "firewall")


_MOST_REQUESTS = 1000


class Inconsistency(NamedTuple):
    """A path inside the spec, and what is wrong there."""

    where: str
    message: str


def inconsistencies(spec: Spec) -> tuple[Inconsistency, ...]:
    """Everything that keeps a well-typed spec from being used: names first, since the rest relies on them."""
    names = (*_regions(spec), *_vpcs(spec), *_gateway_names(spec), *_peerings(spec))
    if names:
        return names
    return (
        *_tables(spec),
        *_roles(spec),
        *_flows(spec),
        *_services(spec),
        *_figures(spec),
        *_ranges(spec),
        *_quantities(spec),
        *_live(spec),
    )


def _member(where: str, word: str, known: Iterable[str]) -> Iterator[Inconsistency]:
    words = list(dict.fromkeys(known))
    if word not in words:
        close = get_close_matches(word, words, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        expected = f"expected one of {', '.join(words)}" if words else "the spec names none"
        yield Inconsistency(where, f"{expected}, found {word!r}{hint}")


def _members(where: str, words: Iterable[str], known: Iterable[str]) -> Iterator[Inconsistency]:
    choice = list(known)
    for index, word in enumerate(words):
        yield from _member(f"{where}[{index}]", word, choice)


def _repeated(where: str, values: Iterable[tuple[str, Hashable]], message: str) -> Iterator[Inconsistency]:
    listed = list(values)
    counts = Counter(value for _, value in listed)
    seen: set[Hashable] = set()
    for suffix, value in listed:
        if counts[value] > 1 and value in seen:
            yield Inconsistency(f"{where}{suffix}", message)
        seen.add(value)


def _regions(spec: Spec) -> Iterator[Inconsistency]:
    for alias, region in spec.regions.items():
        if not alias.replace("-", "").isalnum():
            yield Inconsistency(f"regions.{alias}", "expected an alias of letters, digits and dashes")
        if isinstance(region, RegionSpec) and region.location:
            place = region.location
            for field, limit in (("latitude_deg", 90), ("longitude_deg", 180)):
                if abs(getattr(place, field)) > limit:
                    where = f"regions.{alias}.location.{field}"
                    yield Inconsistency(where, f"expected {-limit} to {limit} degrees")
    names = [
        (f".{alias}", region if isinstance(region, str) else region.name)
        for alias, region in spec.regions.items()
    ]
    yield from _repeated("regions", names, "another alias has this Region")


def _vpcs(spec: Spec) -> Iterator[Inconsistency]:
    if not spec.vpcs:
        yield Inconsistency("vpcs", "expected at least one VPC")
    for name, vpc in spec.vpcs.items():
        if spec.regions:
            yield from _member(f"vpcs.{name}.region", vpc.region, spec.regions)
        if not vpc.cidrs:
            yield Inconsistency(f"vpcs.{name}.cidr", "expected at least one CIDR")
        if vpc.firewall:
            yield from _member(f"vpcs.{name}.firewall", vpc.firewall, vpc.subnets)
        for tier in vpc.routes:
            yield from _member(f"vpcs.{name}.routes.{tier}", tier, vpc.subnets)
        for tier, routes in vpc.routes.items():
            yield from _vpc_routes(spec, f"vpcs.{name}.routes.{tier}", routes)
        yield from _glob(f"vpcs.{name}.find.name", vpc.find.name)
    for tier, claimed in spec.tiers.items():
        known = dict.fromkeys(t for vpc in spec.vpcs.values() for t in vpc.subnets)
        yield from _member(f"tiers.{tier}", tier, known)
        yield from _vpc_routes(spec, f"tiers.{tier}.routes", claimed.routes)


def _vpc_routes(spec: Spec, where: str, routes: dict[str, str]) -> Iterator[Inconsistency]:
    services = [service for endpoint in spec.vpc_endpoints for service in endpoint.services]
    for destination, via in routes.items():
        path = f"{where}.{destination}"
        if via == "endpoint":
            yield from _member(path, destination, services)
        elif destination not in spec.vpcs and not _is_network(destination):
            yield Inconsistency(path, f"expected a CIDR or the name of a VPC, found {destination!r}")
        else:
            named = (f"{TRANSIT_GATEWAY}:{gateway}" for gateway in spec.transit_gateways)
            yield from _member(path, via, (*TARGETS, *named, *spec.vpcs))


def _gateway_names(spec: Spec) -> Iterator[Inconsistency]:
    for name, gateway in spec.transit_gateways.items():
        where = f"transit_gateways.{name}.region" if gateway.region else f"transit_gateways.{name}"
        yield from _member(where, gateway.region or name, spec.region_names)
        yield from _glob(f"transit_gateways.{name}.find.name", gateway.find.name)


def _peerings(spec: Spec) -> Iterator[Inconsistency]:
    for index, peering in enumerate(spec.peerings):
        where = f"peerings[{index}]"
        yield from _pair(f"{where}.between", peering.between, spec.transit_gateways, "Transit Gateways")
        yield from _floor(where, peering)
    pairs = [(f"[{i}].between", frozenset(peering.between)) for i, peering in enumerate(spec.peerings)]
    yield from _repeated("peerings", pairs, "another peering joins these two Transit Gateways")
    for index, joined in enumerate(spec.vpc_peerings):
        where = f"vpc_peerings[{index}]"
        yield from _pair(f"{where}.between", joined.between, spec.vpcs, "VPCs")
        yield from _floor(where, joined)
    pairs = [(f"[{i}].between", frozenset(joined.between)) for i, joined in enumerate(spec.vpc_peerings)]
    yield from _repeated("vpc_peerings", pairs, "another peering joins these two VPCs")


def _pair(where: str, pair: tuple[str, str], known: Iterable[str], what: str) -> Iterator[Inconsistency]:
    yield from _members(where, pair, known)
    if pair[0] == pair[1]:
        yield Inconsistency(where, f"expected two different {what}")


def _floor(where: str, peering: Peering) -> Iterator[Inconsistency]:
    floor, ceiling = peering.throughput_floor_mbit_per_s, peering.bandwidth_gbit_per_s
    if floor is None:
        return
    if floor <= 0 or (ceiling is not None and floor > ceiling * 1000):
        limit = f" and at most the documented {ceiling * 1000:g} Mbit/s" if ceiling is not None else ""
        yield Inconsistency(f"{where}.throughput_floor_mbit_per_s", f"expected more than 0{limit}")


def _tables(spec: Spec) -> Iterator[Inconsistency]:
    for name, gateway in spec.transit_gateways.items():
        region = spec.gateway_region(name)
        others = (*peers_of(spec, name), *gateway.attachments)
        known = (*spec.vpcs_in(region), *others)
        for table_name, table in gateway.route_tables.items():
            yield from _table(f"transit_gateways.{name}.route_tables.{table_name}", table, known)
        associated = [
            (f".{table_name}.associated", attachment)
            for table_name, table in gateway.route_tables.items()
            for attachment in table.associated
        ]
        where = f"transit_gateways.{name}.route_tables"
        yield from _repeated(where, associated, "an attachment is associated with one route table only")


def _table(where: str, table: TgwTableSpec, known: tuple[str, ...]) -> Iterator[Inconsistency]:
    yield from _members(f"{where}.associated", table.associated, known)
    yield from _members(f"{where}.propagated", table.propagated, known)
    for destination, via in table.routes.items():
        path = f"{where}.routes.{destination}"
        if not _is_network(destination):
            yield Inconsistency(path, f"expected an IPv4 network such as 10.66.0.0/16, found {destination!r}")
        yield from _member(path, via, (*known, BLACKHOLE))


def _roles(spec: Spec) -> Iterator[Inconsistency]:
    tiers = dict.fromkeys(tier for vpc in spec.vpcs.values() for tier in vpc.subnets)
    for name, role in spec.roles.items():
        where = f"roles.{name}"
        if name in (*spec.vpcs, INTERNET, TENANTS, ENDPOINTS):
            yield Inconsistency(where, f"{name} means something else already; give the role another name")
        yield from _member(f"{where}.tier", role.tier, tiers)
        yield from _members(f"{where}.vpcs", role.vpcs, spec.vpcs)
        for index, vpc in enumerate(role.vpcs):
            if vpc in spec.vpcs and role.tier not in spec.vpcs[vpc].subnets:
                message = f"the VPC {vpc} has no tier {role.tier}, in which the role lives"
                yield Inconsistency(f"{where}.vpcs[{index}]", message)
        yield from _ports(f"{where}.listens", role.listens)
        yield from _glob(f"{where}.security_group", role.security_group)
        yield from _glob(f"{where}.hosts", role.hosts)
        for direction in DIRECTIONS:
            yield from _rules(spec, name, direction)


def _rules(spec: Spec, role: str, direction: str) -> Iterator[Inconsistency]:
    lines = getattr(spec.roles[role], direction) or ()
    here, other = ("from", "to") if direction == "ingress" else ("to", "from")
    known = (*spec.roles, *spec.vpcs, ENDPOINTS, INTERNET)
    for index, line in enumerate(lines):
        where = f"roles.{role}.{direction}[{index}]"
        mine, wrong = (line.source, line.destination) if here == "from" else (line.destination, line.source)
        if not mine or wrong:
            yield Inconsistency(
                where, f"an {direction} rule names its peer with `{here}`, not with `{other}`"
            )
        elif not _is_network(mine) and not mine.startswith("pl:"):
            yield from _member(f"{where}.{here}", mine, known)
        yield from _traffic(where, line)


def _traffic(where: str, traffic: Traffic) -> Iterator[Inconsistency]:
    if not traffic.kinds():
        yield Inconsistency(where, "expected what is sent: tcp or udp with ports, icmp: true, or all: true")
    yield from _ports(f"{where}.tcp", traffic.tcp or ())
    yield from _ports(f"{where}.udp", traffic.udp or ())


def _flows(spec: Spec) -> Iterator[Inconsistency]:
    tables = [t for gateway in spec.transit_gateways.values() for t in gateway.route_tables]
    known = (*spec.roles, *spec.vpcs, *tables, INTERNET, TENANTS)
    for index, flow in enumerate(spec.flows):
        where = f"flows[{index}]"
        for key, ends in (("from", flow.sources), ("to", flow.destinations)):
            for end in ends:
                if not _is_network(end):
                    yield from _member(f"{where}.{key}", end, known)
            if not ends:
                yield Inconsistency(f"{where}.{key}", "expected at least one end")
        yield from _members(f"{where}.through", flow.through, spec.vpcs)
        yield from _traffic(where, flow)
    names = [(f"[{i}]", flow.name) for i, flow in enumerate(spec.flows)]
    yield from _repeated("flows", names, "another flow has this id, or says the same")


def _services(spec: Spec) -> Iterator[Inconsistency]:
    roles = [
        ("load_balancer.role", spec.load_balancer and spec.load_balancer.role),
        ("load_balancer.forwards_to", spec.load_balancer and spec.load_balancer.forwards_to),
        ("ecs.role", spec.ecs and spec.ecs.role),
        ("fsx.role", spec.fsx and spec.fsx.role),
        ("fsx.clients", spec.fsx and spec.fsx.clients),
        ("capacity.role", spec.capacity and spec.capacity.role),
        ("live.role", spec.live.role),
    ]
    for where, role in roles:
        if role:
            yield from _member(where, role, spec.roles)
    for index, endpoint in enumerate(spec.vpc_endpoints):
        where = f"vpc_endpoints[{index}]"
        yield from _members(f"{where}.vpcs", endpoint.vpcs, spec.vpcs)
        yield from _members(f"{where}.users", endpoint.users, spec.roles)
        if endpoint.role:
            yield from _member(f"{where}.role", endpoint.role, spec.roles)
    for index, latency in enumerate(spec.latency.roles):
        yield from _member(f"latency.roles[{index}].source", latency.source, spec.roles)
        yield from _member(f"latency.roles[{index}].destination", latency.destination, spec.roles)


def _figures(spec: Spec) -> Iterator[Inconsistency]:
    aliases = spec.region_names
    lists: dict[str, Iterable[str]] = {}
    if spec.global_accelerator:
        lists["global_accelerator.endpoint_regions"] = spec.global_accelerator.endpoint_regions
    if spec.dynamodb:
        lists["dynamodb.replica_regions"] = spec.dynamodb.replica_regions
    if spec.expansion:
        lists["expansion.new_peerings"] = spec.expansion.new_peerings
    for where, words in lists.items():
        yield from _members(where, words, aliases)
    yield from _capacity(spec)
    if spec.connectivity:
        yield from _member("connectivity.ping_from", spec.connectivity.ping_from, aliases)
    yield from _failures(spec)
    for index, row in enumerate(spec.cost.transfer):
        yield from _documented_pair(spec, f"cost.transfer[{index}].between", row.between)
    for index, latency in enumerate(spec.latency.between):
        yield from _members(f"latency.between[{index}].between", latency.between, (*aliases, *spec.vpcs))


def _capacity(spec: Spec) -> Iterator[Inconsistency]:
    for field in ("normal", "after_failover") if spec.capacity else ():
        for alias in getattr(spec.capacity, field):
            yield from _member(f"capacity.{field}.{alias}", alias, spec.region_names)


def _failures(spec: Spec) -> Iterator[Inconsistency]:
    failover, detour = spec.ha.failover, spec.ha.detour
    if failover:
        pair = (failover.failed_region, failover.to_region)
        yield from _members("ha.failover", pair, spec.region_names)
        yield from _documented_pair(spec, "ha.failover", pair)
    if detour:
        yield from _documented_pair(spec, "ha.detour.failed_peering", detour.failed_peering)
        for end in detour.failed_peering:
            yield from _documented_pair(spec, "ha.detour.via", (end, detour.via))


def _documented_pair(spec: Spec, where: str, pair: tuple[str, str]) -> Iterator[Inconsistency]:
    if frozenset(pair) not in {frozenset(peering.between) for peering in spec.peerings}:
        yield Inconsistency(where, f"expected two Regions that a peering joins, found {' and '.join(pair)}")


def _ranges(spec: Spec) -> Iterator[Inconsistency]:
    failover, detour = spec.ha.failover, spec.ha.detour
    added: dict[str, RangeMs | None] = {  # another way may be the shorter one
        "ha.failover.added": failover.added if failover else None,
        "ha.detour.added": detour.added if detour else None,
    }
    ranges: dict[str, RangeMs | None] = {
        "latency.intra_region_request": spec.latency.intra_region_request,
        "latency.cross_region": spec.latency.cross_region,
        "connectivity.expected_avg": spec.connectivity.expected_avg if spec.connectivity else None,
        **{f"peerings[{i}].rtt": peering.rtt for i, peering in enumerate(spec.peerings)},
        **{f"vpc_peerings[{i}].rtt": joined.rtt for i, joined in enumerate(spec.vpc_peerings)},
        **{f"latency.between[{i}].rtt": each.rtt for i, each in enumerate(spec.latency.between)},
    }
    for where, limits in added.items():
        if limits is not None and limits.min_ms > limits.max_ms:
            message = f"expected min_ms <= max_ms, found {limits.min_ms:g} to {limits.max_ms:g}"
            yield Inconsistency(where, message)
    for where, limits in ranges.items():
        if limits is not None and not 0 <= limits.min_ms <= limits.max_ms:
            message = f"expected 0 <= min_ms <= max_ms, found {limits.min_ms:g} to {limits.max_ms:g}"
            yield Inconsistency(where, message)


def _glob(where: str, glob: str) -> Iterator[Inconsistency]:
    try:
        glob.format(role="", region="", vpc="")
    except (ValueError, LookupError, AttributeError):
        message = f"expected a glob with {{role}}, {{region}} or {{vpc}} as placeholders, found {glob!r}"
        yield Inconsistency(where, message)


def _ports(where: str, ports: Ports) -> Iterator[Inconsistency]:
    for index, port in enumerate(ports):
        try:
            port_range(port)
        except ValueError:
            message = f"expected a port from 1 to {MAX_PORT} or a range such as 1021-1023, found {port!r}"
            yield Inconsistency(f"{where}[{index}]", message)


def _is_network(text: str) -> bool:
    try:
        IPv4Network(text)
    except ValueError:
        return False
    return True


def _quantities(spec: Spec) -> Iterator[Inconsistency]:
    live = spec.live
    positive: dict[str, float | None] = {
        "fsx.throughput_mb_per_s": spec.fsx.throughput_mb_per_s if spec.fsx else None,
        "fsx.model_size_gb": spec.fsx.model_size_gb if spec.fsx else None,
        "ha.unhealthy_threshold": spec.ha.unhealthy_threshold,
        "ha.health_check_interval_s": spec.ha.health_check_interval_s,
        "cost.hours_per_month": spec.cost.hours_per_month,
        "live.ping_count": live.ping_count,
        "live.ping_interval_s": live.ping_interval_s,
        "live.iperf3_streams": live.iperf3_streams,
        "live.iperf3_duration_s": live.iperf3_duration_s,
        "live.tgw_mtu_bytes": live.tgw_mtu_bytes,
        "live.hosts_per_zone": live.hosts_per_zone,
        "lab.rate_divisor": spec.lab.rate_divisor,
        "lab.hosts_per_role": spec.lab.hosts_per_role,
    }
    for where, quantity in positive.items():
        if quantity is not None and quantity <= 0:
            yield Inconsistency(where, f"expected more than 0, found {quantity:g}")


def _request(spec: Spec, request: RequestSpec) -> Iterator[Inconsistency]:
    for field in ("source", "destination"):
        role = getattr(request, field)
        if role and role not in spec.roles:
            known = ", ".join(spec.roles)
            yield Inconsistency(f"live.request.{field}", f"unknown role {role!r}; known are {known}")
    if not request.url.startswith(("http://", "https://")):
        yield Inconsistency("live.request.url", f"expected http:// or https://, found {request.url!r}")
    if ("{address}" in request.url) != bool(request.destination):
        yield Inconsistency("live.request.url", "expected {address} in it with a destination, and only then")
    if not 1 <= request.count <= _MOST_REQUESTS:
        yield Inconsistency("live.request.count", f"expected 1 to {_MOST_REQUESTS}, found {request.count}")


def _live(spec: Spec) -> Iterator[Inconsistency]:
    live = spec.live
    if live.request is not None:
        yield from _request(spec, live.request)
    if live.transfer_budget_gb < 0:
        yield Inconsistency(
            "live.transfer_budget_gb", f"expected 0 or more, found {live.transfer_budget_gb:g}"
        )
    if not 0 <= live.loss_limit_ratio <= 1:
        message = f"expected a share from 0 to 1, found {live.loss_limit_ratio:g}"
        yield Inconsistency("live.loss_limit_ratio", message)
    if live.ping_count_max < live.ping_count:
        yield Inconsistency("live.ping_count_max", f"expected at least ping_count, {live.ping_count}")
    if not 1 <= live.iperf3_port <= MAX_PORT:
        message = f"expected a port from 1 to {MAX_PORT}, found {live.iperf3_port}"
        yield Inconsistency("live.iperf3_port", message)
