"""One spelling for what AWS and Terraform spell in several ways, so that equal rules are equal values."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network

from probes.model.state.vpc import NaclEntry, SgRule, VpcRoute

PROTOCOL_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
IANA_NUMBERS = {
    "hopopt": "0",
    "igmp": "2",
    "ipv4": "4",
    "egp": "8",
    "igp": "9",
    "ipv6": "41",
    "rsvp": "46",
    "gre": "47",
    "esp": "50",
    "ah": "51",
    "ipv6-icmp": "58",
    "eigrp": "88",
    "ospf": "89",
    "ospfigp": "89",
    "pim": "103",
    "ipcomp": "108",
    "vrrp": "112",
    "l2tp": "115",
    "sctp": "132",
    "udplite": "136",
}
"""
IANA's names, some of which Terraform takes in place of numbers.
"""
MAX_PROTOCOL = 255
ICMP = frozenset({"icmp", "icmpv6"})
PORT_PROTOCOLS = frozenset({"tcp", "udp"})
SPELT_OUT = PORT_PROTOCOLS | ICMP | {"-1"}
ALL_PORTS = (0, 65535)
AFTER_EVERY_IP_VERSION = 9


def protocol_name(protocol: str) -> str:
    """Give "tcp", "udp", "icmp", "icmpv6" or "-1" for their IANA numbers and AWS's aliases; others become numbers.

    Raises ValueError for what is neither.
    """
    lowered = protocol.lower()
    number = IANA_NUMBERS.get(lowered, lowered)
    name = PROTOCOL_NAMES.get(number, number)
    if name in SPELT_OUT or (name.isascii() and name.isdecimal() and int(name) <= MAX_PROTOCOL):
        return name
    raise ValueError(f"{protocol!r} is no IP protocol: expected -1, a number up to 255 or a name such as tcp")


def port_range(protocol: str, low: int | None, high: int | None) -> tuple[int | None, int | None]:
    """The ports of a rule, (None, None) where the protocol has none or all are meant.

    For ICMP the pair is type and code; -1 means all (EC2 API reference, IpPermission).
    """
    if protocol in ICMP:
        return _unless_all(low), _unless_all(high)
    if protocol not in PORT_PROTOCOLS or -1 in (low, high) or (low, high) == ALL_PORTS:
        return None, None
    return low, high


def sorted_rules(rules: Iterable[SgRule]) -> tuple[SgRule, ...]:
    """Security-group rules in their canonical order: AWS gives them none."""
    return tuple(sorted(rules, key=_rule_key))


def sorted_entries(entries: Iterable[NaclEntry]) -> tuple[NaclEntry, ...]:
    """NACL entries by direction and number, the order in which AWS evaluates them."""
    return tuple(sorted(entries, key=lambda entry: (entry.egress, entry.number)))


def sorted_routes(routes: Iterable[VpcRoute]) -> tuple[VpcRoute, ...]:
    """VPC routes by destination, CIDRs before prefix lists."""
    return tuple(sorted(routes, key=lambda route: destination_key(route.destination)))


def destination_key(destination: IPv4Network | IPv6Network | str) -> tuple[int, int, int, str]:
    """Sorts destinations: IPv4 before IPv6 before prefix lists, then by address and length."""
    if isinstance(destination, str):
        return AFTER_EVERY_IP_VERSION, 0, 0, destination
    return destination.version, int(destination.network_address), destination.prefixlen, ""


def overlaps(cidrs_of: Mapping[str, Iterable[IPv4Network]]) -> Iterator[str]:
    """Of VPC attachments by ID, with their VPCs' blocks: which two contend for a route, in words.

    Of two VPCs with overlapping CIDRs AWS propagates only those of the one that was attached first.
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    enclosing: list[tuple[IPv4Network, str]] = []
    for cidr, name in sorted((cidr, name) for name, cidrs in cidrs_of.items() for cidr in cidrs):
        while enclosing and not cidr.subnet_of(enclosing[-1][0]):
            enclosing.pop()
        if enclosing and enclosing[-1][1] != name:
            rival, other = enclosing[-1]
            yield f"AWS propagates either {rival} of {other} or {cidr} of {name}"
        enclosing.append((cidr, name))


def _unless_all(value: int | None) -> int | None:
    return None if value == -1 else value


def _rule_key(rule: SgRule) -> tuple[str, int, int, str, str]:
    low = -1 if rule.from_port is None else rule.from_port
    high = -1 if rule.to_port is None else rule.to_port
    return rule.protocol, low, high, repr(rule.peer), rule.description
