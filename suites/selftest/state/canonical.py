"""The network in a state, free of what only says how it was observed: IDs, tags, descriptions, owners."""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any

import msgspec

from probes.model.state import (
    Accelerator,
    Metric,
    NaclEntry,
    NetworkAcl,
    PrefixList,
    Resource,
    SgRule,
    State,
    TgwRoute,
    Vpc,
    VpcRoute,
    VpcRouteTable,
)
from probes.model.state.normal import (
    ICMP,
    destination_key,
    port_range,
    sorted_entries,
    sorted_routes,
    sorted_rules,
)
from suites.selftest.state.canonical_names import Names

META = frozenset({"source", "regions", "gaps", "not_modelled", "addresses"})
WITHOUT: dict[str, object] = {
    "tags": {},
    "description": "",
    "derived": False,
    "owner_id": "",
}
"""
Fields that describe the observation or the paperwork, and what they are set to.
"""


def network_of(state: State) -> State:
    """The state with IDs replaced by structural names: one network is one value whatever source it is from.

    Gaps stay, without their reasons: what was not seen is not the same as what is not there.
    """
    names = Names(state)
    fields: dict[str, Any] = {
        kind: tuple(sorted((_canonical(resource, names) for resource in getattr(state, kind)), key=_place))
        for kind in kinds()
    }
    gaps = {
        msgspec.structs.replace(
            gap, reason="", resource=names.of(gap.region, gap.resource) if gap.resource else ""
        )
        for gap in state.gaps
    }
    return State(regions=tuple(sorted(state.regions)), gaps=tuple(sorted(gaps)), **fields)


def kinds() -> tuple[str, ...]:
    """The names of a state's collections of resources."""
    return tuple(kind for kind in State.__struct_fields__ if kind not in META)


def _canonical(resource: Resource, names: Names) -> Resource:
    region = resource.region
    renamed = _rebuilt(resource, region, names)
    identity = names.of(region, resource.id)
    if isinstance(renamed, Metric):
        identity = f"{renamed.namespace}/{renamed.metric}/{sorted(renamed.dimensions.items())}"
    changed: Resource = msgspec.structs.replace(renamed, id=identity)
    return changed


def _rebuilt(value: Any, region: str, names: Names) -> Any:  # noqa: ANN401  # walks every type of the model
    fields = {}
    for name in value.__struct_fields__:
        old = getattr(value, name)
        fields[name] = WITHOUT[name] if name in WITHOUT else _renamed(old, region, names)
    return _normal(type(value)(**fields))


def _renamed(value: Any, region: str, names: Names) -> Any:  # noqa: ANN401  # as above, a return per type
    if isinstance(value, msgspec.Struct):
        return _rebuilt(value, region, names)
    if isinstance(value, tuple):
        return _sorted(_renamed(each, region, names) for each in value)
    if isinstance(value, dict):
        return {key: _renamed(each, region, names) for key, each in value.items()}
    if type(value) is str:
        return names.of(region, value)
    return value


def _sorted(values: Iterable[Any]) -> tuple[Any, ...]:
    """In the order of the new names; addresses and CIDRs keep theirs, which says which one is primary."""
    listed = tuple(values)
    if not listed or isinstance(listed[0], (IPv4Address, IPv4Network, IPv6Network)):
        return listed
    order = _ORDERS.get(type(listed[0]))
    return order(listed) if order else tuple(sorted(listed, key=repr))


def _normal(value: Any) -> Any:  # noqa: ANN401  # any struct of the model
    """The one way of writing what AWS and Terraform write in several."""
    changes = _NORMAL.get(type(value))
    return msgspec.structs.replace(value, **changes(value)) if changes else value


def _place(resource: Resource) -> tuple[str, str]:
    return resource.region, resource.id


def _sorted_tgw_routes(routes: Iterable[TgwRoute]) -> tuple[TgwRoute, ...]:
    return tuple(sorted(routes, key=lambda route: (destination_key(route.destination), route.type)))


_ORDERS: dict[type, Callable[[Iterable[Any]], tuple[Any, ...]]] = {
    SgRule: sorted_rules,
    NaclEntry: sorted_entries,
    VpcRoute: sorted_routes,
    TgwRoute: _sorted_tgw_routes,
}


def _rule_ports(rule: SgRule) -> dict[str, object]:
    low, high = port_range(rule.protocol, rule.from_port, rule.to_port)
    return {"from_port": low, "to_port": high}


def _entry_ports(entry: NaclEntry) -> dict[str, object]:
    if entry.protocol in ICMP:
        kind, code = port_range(entry.protocol, entry.icmp_type, entry.icmp_code)
        return {"from_port": None, "to_port": None, "icmp_type": kind, "icmp_code": code}
    low, high = port_range(entry.protocol, entry.from_port, entry.to_port)
    return {"from_port": low, "to_port": high, "icmp_type": None, "icmp_code": None}


def _implied_subnets(item: VpcRouteTable | NetworkAcl) -> dict[str, object]:
    """A main table or default ACL has the subnets that nothing else has, whether a source lists them or not."""
    implied = item.main if isinstance(item, VpcRouteTable) else item.default
    return {"subnet_ids": ()} if implied else {}


_NORMAL: dict[type, Callable[[Any], dict[str, object]]] = {
    SgRule: _rule_ports,
    NaclEntry: _entry_ports,
    VpcRouteTable: _implied_subnets,
    NetworkAcl: _implied_subnets,
    Vpc: lambda vpc: {"cidrs": (*vpc.cidrs[:1], *sorted(vpc.cidrs[1:]))},
    PrefixList: lambda listed: {"cidrs": tuple(sorted(listed.cidrs, key=destination_key))},
    Accelerator: lambda accelerator: {"ips": tuple(sorted(accelerator.ips))},
}
