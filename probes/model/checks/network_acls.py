"""What the network ACLs of a documented VPC admit, judged entry by entry in rule order."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

from probes.model.checks.cidr_sets import covers
from probes.model.checks.documented import Documented
from probes.model.state import NaclEntry, NetworkAcl, Subnet
from probes.model.state.collection import Collection


def effective_acl(documented: Documented, subnet: Subnet) -> NetworkAcl:
    """The ACL a subnet uses; raises UnobservableError when the source does not know all of it."""
    collection: Collection[NetworkAcl] = documented.collection("network_acls")
    return collection.complete(documented.network.network_acl_of(subnet))


def effective_acls(documented: Documented, subnets: Iterable[Subnet]) -> tuple[NetworkAcl, ...]:
    """The ACLs that at least one of the subnets uses, each once, by ID."""
    acls = {acl.id: acl for subnet in subnets for acl in [effective_acl(documented, subnet)]}
    return tuple(acls[name] for name in sorted(acls))


def denied_within(acl: NetworkAcl, cidr: IPv4Network) -> Iterable[tuple[str, str]]:
    """The directions in which some traffic of the CIDR is denied, each with the entry that denies it."""
    for egress, direction in ((False, "from"), (True, "to")):
        reason = _first_denial([e for e in acl.entries if e.egress is egress], cidr)
        if reason:
            yield direction, reason


def permitted_outside(acl: NetworkAcl, allowed: Sequence[IPv4Network]) -> tuple[str, ...]:
    """The allow entries that admit an address outside the allowed CIDRs, in words.

    An entry fully behind an all-traffic deny of its own CIDR admits nothing and is not listed.
    """
    return tuple(
        entry_words(entry)
        for entry in acl.entries
        if entry.action == "allow" and not _within(entry, allowed) and not _shadowed(entry, acl.entries)
    )


def entry_words(entry: NaclEntry) -> str:
    """An entry as messages show it."""
    side = "outbound" if entry.egress else "inbound"
    traffic = "all traffic" if entry.protocol == "-1" else f"{entry.protocol} {_ports(entry)}"
    return f"{side} rule {entry.number} {entry.action} {traffic} {entry.cidr}"


def _first_denial(entries: Sequence[NaclEntry], cidr: IPv4Network) -> str | None:
    """The first entry that denies a part of the CIDR before all-traffic allows cover the whole of it."""
    allowed: list[IPv4Network] = []
    for entry in sorted(entries, key=lambda e: e.number):
        if not isinstance(entry.cidr, IPv4Network) or not entry.cidr.overlaps(cidr):
            continue
        if entry.action == "deny":
            if not (entry.cidr.subnet_of(cidr) and covers(allowed, entry.cidr)):
                return entry_words(entry)
        elif entry.protocol == "-1":
            allowed.append(entry.cidr)
            if covers(allowed, cidr):
                return None
    return "no entry allows all of it: the implicit deny applies"


def _within(entry: NaclEntry, allowed: Sequence[IPv4Network]) -> bool:
    return isinstance(entry.cidr, IPv4Network) and covers(allowed, entry.cidr)


def _shadowed(entry: NaclEntry, entries: Sequence[NaclEntry]) -> bool:
    return any(
        other.egress is entry.egress
        and other.number < entry.number
        and other.action == "deny"
        and other.protocol == "-1"
        and other.cidr.version == entry.cidr.version
        and other.cidr.supernet_of(entry.cidr)  # type: ignore[arg-type]  # versions are equal
        for other in entries
    )


def _ports(entry: NaclEntry) -> str:
    if entry.protocol == "icmp":
        return f"type {'any' if entry.icmp_type is None else entry.icmp_type}"
    if entry.from_port is None:
        return "all ports"
    return f"{entry.from_port}-{entry.to_port}"
