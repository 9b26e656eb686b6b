"""What the filters on the way say about one packet: stateful security groups, stateless network ACLs."""

from ipaddress import IPv4Address, IPv4Network, IPv6Network

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import Packet, nacl_entry_covers, sg_rule_covers
from probes.model.network.sg_references import RuleDirection, place_of, reference_honoured
from probes.model.state import GroupRef, NetworkAcl, PrefixListRef, SecurityGroup, SgRule


def acl_decision(acl: NetworkAcl, packet: Packet, *, egress: bool) -> tuple[bool, str]:
    """Whether the ACL lets the packet through, and the entry that decided, in words.

    Outbound entries match the destination address, inbound ones the source address; the lowest number decides
    (https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html).
    """
    address = packet.destination if egress else packet.source
    for entry in sorted(acl.entries, key=lambda entry: entry.number):
        if entry.egress != egress or isinstance(entry.cidr, IPv6Network):
            continue
        if address in entry.cidr and nacl_entry_covers(entry, packet):
            return entry.action == "allow", f"entry {entry.number} {entry.action} {entry.cidr}"
    return False, "entry * deny (no numbered entry matches)"


class GroupJudge:
    """The security groups of one end, asked about one packet."""

    def __init__(
        self, network: Network, here: Endpoint, there: Endpoint | None, direction: RuleDirection
    ) -> None:
        self.network = network
        self.here = here
        self.there = there
        self.direction = direction

    def decision(self, packet: Packet) -> tuple[bool, str]:
        """Whether any rule allows the packet, and which, in words.

        The rules of all groups count as one set, and rules only allow
        (https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html).
        Raises UnobservableError when only a rule that the source could not read might.
        """
        unseen = ""
        for group_id in self.here.group_ids or ():
            group = self.network.security_groups.get((self.here.region, group_id))
            if group is None:
                unseen = unseen or self._gap_reason(group_id)
                continue
            for rule in group.ingress if self.direction == "ingress" else group.egress:
                matched = sg_rule_covers(rule, packet) and self._peer_matches(rule, packet)
                if matched:
                    return True, f"{group.label} allows {describe_rule(rule)}"
                unseen = unseen or (f"{group.label}: a rule's peer is not known" if matched is None else "")
            unseen = unseen or self._gap_reason(group_id, group)
        if unseen:
            raise UnobservableError(unseen)
        return False, f"no {self.direction} rule allows {packet} at {self.here.label}"

    def _gap_reason(self, group_id: str, group: SecurityGroup | None = None) -> str:
        gap = self.network.gap("security_groups", self.here.region, group_id, (self.direction,))
        rules = () if group is None else group.ingress if self.direction == "ingress" else group.egress
        explained = any(rule.peer is None for rule in rules)
        return f"{group_id}: {gap.reason}" if gap is not None and not explained else ""

    def _peer_matches(self, rule: SgRule, packet: Packet) -> bool | None:
        address = packet.source if self.direction == "ingress" else packet.destination
        match rule.peer:
            case IPv4Network():
                return address in rule.peer
            case GroupRef():
                return self._is_member(rule.peer.group_id, address)
            case PrefixListRef():
                cidrs = self.network.prefix_list_cidrs(self.here.region, rule.peer.prefix_list_id)
                return None if cidrs is None else any(address in cidr for cidr in cidrs)
            case IPv6Network():
                return False
        return None

    def _is_member(self, group_id: str, address: IPv4Address) -> bool:
        here, there = place_of(self.network, self.here), self.there
        if there is not None:
            place = place_of(self.network, there)
            member = there.holds(address) and group_id in (there.group_ids or ())
            return member and reference_honoured(self.network, self.direction, here, place)
        return any(
            any(address in network for network in member.networks)
            and reference_honoured(self.network, self.direction, here, place_of(self.network, member))
            for member in self.network.interfaces_of_group.get((self.here.region, group_id), ())
        )


def describe_rule(rule: SgRule) -> str:
    """A security-group rule in words."""
    protocol = "all traffic" if rule.protocol == "-1" else rule.protocol
    ports = ""
    if rule.from_port is not None:
        ports = (
            f" {rule.from_port}"
            if rule.to_port in (None, rule.from_port)
            else f" {rule.from_port}-{rule.to_port}"
        )
    match rule.peer:
        case GroupRef():
            peer = rule.peer.group_id
        case PrefixListRef():
            peer = rule.peer.prefix_list_id
        case None:
            peer = "an unknown peer"
        case _:
            peer = str(rule.peer)
    return f"{protocol}{ports} {peer}"
