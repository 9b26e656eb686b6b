"""Who reaches whom: between each two roles what is delivered and answered, held against the document."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Literal, NamedTuple

import msgspec

from probes.model.conformance.verdict import Verdict
from probes.model.errors import EmptySelectionError
from probes.model.intent.documented_rules import allowed, names
from probes.model.intent.flow_headers import (
    boxes_from_any_port,
    header_set_of,
    of_flow,
    summary,
)
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.reachability.header_classes import HeaderBox
from probes.model.reachability.header_sets import ALL_HEADERS, HeaderSet
from probes.model.reachability.intervals import common, united, without
from probes.model.reachability.packet_set import PacketSet
from probes.model.spec import Direction, FlowSpec, Rule

Scope = Literal["within a VPC", "within a Region", "across Regions"]
SCOPES: dict[str, tuple[Scope, ...]] = {
    "any": ("within a VPC", "within a Region", "across Regions"),
    "same-vpc": ("within a VPC",),
    "other-vpc": ("within a Region", "across Regions"),
    "same-region": ("within a VPC", "within a Region"),
    "cross-region": ("across Regions",),
}
_NONE: HeaderSet = ()
MOST_ENDS = 48
"""More would take seconds, and no page has room for them."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What one role sends another. `more` is delivered and not documented, `less` documented and lost.

    The verdict is `not run` where the document says nothing about the two.
    """

    source: str
    destination: str
    scope: Scope
    delivered: str
    more: str
    less: str
    verdict: Verdict


class _Pair(NamedTuple):
    """One host of each role, standing for all of its VPC with the same security groups."""

    source: Endpoint
    destination: Endpoint


class _Alike(NamedTuple):
    """Two hosts of a role and VPC with the same security groups; the same one where there is no other."""

    first: Endpoint
    last: Endpoint


def delivery_table(roles: Roles) -> tuple[Delivery, ...]:
    """The table, of hosts that stand for all others of their role, VPC and security groups.

    Raises EmptySelectionError when there are none or too many to show, UnobservableError when it cannot be known
    who has a role.
    """
    ends = _representatives(roles)
    count = sum(map(len, ends.values()))
    if not 1 < count <= MOST_ENDS:
        raise EmptySelectionError(f"{count} kinds of hosts; 2 to {MOST_ENDS} can be shown")
    told = dict.fromkeys(name for _, name in ends)
    return tuple(
        _delivery(roles, source, destination, scope, pairs)
        for source in told
        for destination in told
        for scope, pairs in _pairs(roles, ends, source, destination).items()
    )


def _representatives(roles: Roles) -> dict[tuple[str, str], list[_Alike]]:
    """By (VPC, role), or by VPC where the document has no roles, the endpoints by their security groups."""
    known = roles.by_role or {(vpc, vpc): ends for vpc, ends in roles.hosts.items()}
    found: dict[tuple[str, str], dict[tuple[str, ...] | None, _Alike]] = {}
    for place, ends in known.items():
        for end in ends:
            alike = found.setdefault(place, {})
            first = alike.get(end.group_ids, _Alike(end, end)).first
            if end.group_ids not in alike or alike[end.group_ids].last == first:
                alike[end.group_ids] = _Alike(first, end)
    return {place: list(alike.values()) for place, alike in found.items()}


def _pairs(
    roles: Roles, ends: dict[tuple[str, str], list[_Alike]], source: str, destination: str
) -> dict[Scope, list[_Pair]]:
    found: dict[Scope, list[_Pair]] = {}
    for (here, role), sources in ends.items():
        for (there, other), destinations in ends.items():
            if (role, other) != (source, destination):
                continue
            scope = _scope(roles, here, there)
            pairs = (
                (one.first, two.last if one == two else two.first) for one in sources for two in destinations
            )
            found.setdefault(scope, []).extend(_Pair(*pair) for pair in pairs if pair[0] != pair[1])
    return {scope: pairs for scope, pairs in found.items() if pairs}


def _scope(roles: Roles, here: str, there: str) -> Scope:
    if here == there:
        return "within a VPC"
    same = roles.spec.region_of(here) == roles.spec.region_of(there)
    return "within a Region" if same else "across Regions"


def _delivery(roles: Roles, source: str, destination: str, scope: Scope, pairs: list[_Pair]) -> Delivery:
    flows = [flow for flow in roles.spec.flows if _is_about(flow, source, destination, scope)]
    wanted = _headers_of(flow for flow in flows if flow.expect == "delivered")
    denied = _headers_of(flow for flow in flows if flow.expect == "denied")
    delivered, more, less, unknown = _NONE, _NONE, _NONE, False
    for pair in pairs:
        sent = _headers(roles.reachability.allowed(pair.source, pair.destination))
        delivered = united((*delivered, *sent))
        more = united(
            (*more, *without(sent, _documented(roles, source, destination, pair)), *common(sent, denied))
        )
        less = united((*less, *without(wanted, sent)))
        unknown |= bool(roles.reachability.unknown(pair.source, pair.destination))
    tables = _rules(roles, source, "egress"), _rules(roles, destination, "ingress")
    said = bool(flows) or tables != (None, None)
    return Delivery(
        source=source,
        destination=destination,
        scope=scope,
        delivered=_words(delivered),
        more=_words(more),
        less=_words(less),
        verdict=_verdict(said=said, wrong=bool(more or less), unknown=unknown),
    )


def _verdict(*, said: bool, wrong: bool, unknown: bool) -> Verdict:
    if wrong:
        return Verdict.NONCONFORMING
    if unknown:
        return Verdict.UNOBSERVABLE
    return Verdict.CONFORMS if said else Verdict.NOT_RUN


def _is_about(flow: FlowSpec, source: str, destination: str, scope: Scope) -> bool:
    return source in flow.sources and destination in flow.destinations and scope in SCOPES[flow.scope]


def _headers_of(flows: Iterable[FlowSpec]) -> HeaderSet:
    return header_set_of(box for flow in flows for box in of_flow(flow))


def _headers(packets: PacketSet) -> HeaderSet:
    """What headers some packets have, their addresses aside."""
    return header_set_of(_without_addresses(packets))


def _without_addresses(packets: PacketSet) -> Iterator[HeaderBox]:
    for protocol, _, _, *rest in packets.boxes():
        yield (protocol, *rest)  # type: ignore[misc]  # five fields are left


def _words(headers: HeaderSet) -> str:
    return summary(boxes_from_any_port(headers)) if headers else ""


def _documented(roles: Roles, source: str, destination: str, pair: _Pair) -> HeaderSet:
    """What the documented tables of both ends let through; everything where there is none."""
    sent = _let_through(roles, _rules(roles, source, "egress"), destination, pair.destination.networks)
    taken = _let_through(roles, _rules(roles, destination, "ingress"), source, pair.source.networks)
    return common(sent, taken)


def _rules(roles: Roles, role: str, direction: Direction) -> tuple[Rule, ...] | None:
    return roles.spec.roles[role].rules(direction) if role in roles.spec.roles else None


def _let_through(
    roles: Roles, rules: tuple[Rule, ...] | None, other: str, networks: tuple[IPv4Network, ...]
) -> HeaderSet:
    if rules is None:
        return ALL_HEADERS
    return allowed(rule for rule in rules if names(roles.spec, rule, other, networks))
