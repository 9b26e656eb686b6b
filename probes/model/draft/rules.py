"""Security-group rules as a draft writes them."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Any

from probes.model.draft.vpcs import DraftedVpcs
from probes.model.spec import ENDPOINTS, INTERNET
from probes.model.spec.ports import MAX_PORT
from probes.model.state import GroupRef, PrefixListRef, SgRule
from probes.model.state.base import ANYWHERE

Line = dict[str, Any]


class UnsayableError(Exception):
    """A rule for which the spec has no words; the message says which part."""


def lines_of(
    rules: Iterable[SgRule], key: str, home: str, roles: dict[str, str], vpcs: DraftedVpcs
) -> tuple[Line, ...]:
    """The rules of a group in one VPC, those of a peer in one line; `roles` are by the ID of their group.

    `key` is `from` or `to`. Raises UnsayableError.
    """
    merged: dict[str, Line] = {}
    for rule in rules:
        peer = _peer(rule, key, home, roles, vpcs)
        line = merged.setdefault(str(peer), dict(peer))
        _add_traffic(line, rule)
    return tuple(merged[peer] for peer in sorted(merged))


def _peer(rule: SgRule, key: str, home: str, roles: dict[str, str], vpcs: DraftedVpcs) -> Line:
    match rule.peer:
        case GroupRef(group_id=group_id) if group_id in roles:
            return {key: roles[group_id]}
        case GroupRef(group_id=group_id):
            raise UnsayableError(f"{group_id} is no role")
        case PrefixListRef(prefix_list_id=list_id):
            return {key: ENDPOINTS, "services": [_service(list_id, home, vpcs)]}
        case IPv4Network() as cidr if cidr == ANYWHERE:
            return {key: INTERNET}
        case IPv4Network() as cidr:
            return {key: str(cidr)}
    raise UnsayableError(f"the peer {rule.peer}")


def _service(list_id: str, home: str, vpcs: DraftedVpcs) -> str:
    """The service of AWS's own prefix list, where the VPC has a gateway endpoint for it: other lists hold hosts."""
    for found in vpcs.network.state.prefix_lists:
        service = found.list_name.rsplit(".", 1)[-1]
        if found.id == list_id and found.owner_id == "AWS" and home in vpcs.services.get(service, ()):
            return service
    raise UnsayableError(f"the prefix list {list_id}")


def _add_traffic(line: Line, rule: SgRule) -> None:
    if rule.protocol == "-1":
        line["all"] = True
    elif rule.protocol == "icmp" and rule.from_port is None:
        line["icmp"] = True
    elif rule.protocol in ("tcp", "udp"):
        known, ports = line.get(rule.protocol), _ports(rule)
        line[rule.protocol] = [] if not ports or known == [] else [*(known or ()), *ports]
    else:
        raise UnsayableError(
            "one type of icmp" if rule.protocol == "icmp" else f"the protocol {rule.protocol}"
        )


def _ports(rule: SgRule) -> list[int | str]:
    """The ports of a rule; empty means all."""
    low, high = rule.from_port, rule.from_port if rule.to_port is None else rule.to_port
    if low is None or (low, high) == (0, MAX_PORT):
        return []
    if low == 0:
        raise UnsayableError("port 0")
    return [low if low == high else f"{low}-{high}"]
