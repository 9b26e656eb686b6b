"""Security groups and network ACLs as sets of addresses, one for each class of headers."""

from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.sg_references import RuleDirection, reference_honoured
from probes.model.network.vpc_index import ResourceKey
from probes.model.reachability.address_classes import AddressClasses, block_of
from probes.model.reachability.header_classes import HeaderClasses, HeaderMatch, of_nacl_entry, of_sg_rule
from probes.model.state import GroupRef, NetworkAcl, PrefixListRef, SgRule

Masks = tuple[int, ...]


EVERY_CLASS = -1


class Component(NamedTuple):
    """One rule: these classes of headers, with these addresses as the other end."""

    classes: int
    peers: int


class Filters:
    """What the filters of one network let through.

    `optimistic` says how a rule that the source could not read is taken: as allowing everything or nothing.
    """

    def __init__(
        self,
        network: Network,
        address_classes: AddressClasses,
        acl_classes: HeaderClasses,
        *,
        optimistic: bool,
    ) -> None:
        self.network = network
        self.address_classes = address_classes
        self.acl_classes = acl_classes
        self.optimistic = optimistic
        self._acls: dict[tuple[str, str, bool], Masks] = {}
        self._groups: dict[tuple[str, str, tuple[str, ...], RuleDirection], tuple[Component, ...]] = {}
        self._members: dict[tuple[ResourceKey, str, RuleDirection], int] = {}

    def acl(self, acl: NetworkAcl, *, egress: bool) -> Masks:
        """For each class of headers the addresses that the ACL allows: destinations outbound, sources inbound."""
        key = (acl.region, acl.id, egress)
        found = self._acls.get(key)
        if found is None:
            found = self._acls[key] = self._read_acl(acl, egress=egress)
        return found

    def unread(self) -> Masks:
        """What counts as allowed by an ACL that the source could not read."""
        return ((self.address_classes.all if self.optimistic else 0),) * len(self.acl_classes)

    def _read_acl(self, acl: NetworkAcl, *, egress: bool) -> Masks:
        if self.network.gap("network_acls", acl.region, acl.id, ("entries",)) is not None:
            return self.unread()
        classes = self.acl_classes
        allowed, undecided = [0] * len(classes), [self.address_classes.all] * len(classes)
        for entry in sorted(acl.entries, key=lambda entry: entry.number):
            if entry.egress != egress or isinstance(entry.cidr, IPv6Network):
                continue
            mask = self.address_classes.mask(block_of(entry.cidr))
            covered = classes.masks[of_nacl_entry(entry)]
            for index in range(len(classes)):
                if covered >> index & 1:
                    if entry.action == "allow":
                        allowed[index] |= mask & undecided[index]
                    undecided[index] &= ~mask
        return tuple(allowed)

    def groups(
        self, here: Endpoint, direction: RuleDirection, masks: dict[HeaderMatch, int]
    ) -> tuple[Component, ...]:
        """The rules of an endpoint's security groups in one direction; one that covers all without any group."""
        everything = Component(EVERY_CLASS, self.address_classes.all)
        if not here.group_ids:
            return (everything,)
        key = (here.region, here.vpc_id, here.group_ids, direction)
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = tuple(self._read_groups(here, direction, masks))
        return found

    def _read_groups(
        self, here: Endpoint, direction: RuleDirection, masks: dict[HeaderMatch, int]
    ) -> list[Component]:
        found: list[Component] = []
        for group_id in here.group_ids or ():
            group = self.network.security_groups.get((here.region, group_id))
            gap = self.network.gap("security_groups", here.region, group_id, (direction,))
            rules = () if group is None else group.ingress if direction == "ingress" else group.egress
            if gap is not None and self.optimistic and all(rule.peer is not None for rule in rules):
                found.append(Component(EVERY_CLASS, self.address_classes.all))
            for rule in rules:
                peers = self._peers((here.region, here.vpc_id), direction, rule)
                if peers:
                    found.append(Component(masks[of_sg_rule(rule)], peers))
        return found

    def _peers(self, here: ResourceKey, direction: RuleDirection, rule: SgRule) -> int:
        unread = self.address_classes.all if self.optimistic else 0
        match rule.peer:
            case IPv4Network():
                return self.address_classes.mask(block_of(rule.peer))
            case GroupRef():
                return self._group_members(here, rule.peer.group_id, direction)
            case PrefixListRef():
                cidrs = self.network.prefix_list_cidrs(here[0], rule.peer.prefix_list_id)
                if cidrs is None:
                    return unread
                peers = 0
                for cidr in cidrs:
                    peers |= self.address_classes.mask(block_of(cidr))
                return peers
            case IPv6Network():
                return 0
        return unread

    def _group_members(self, here: ResourceKey, group_id: str, direction: RuleDirection) -> int:
        key = (here, group_id, direction)
        found = self._members.get(key)
        if found is None:
            found = self._members[key] = self._find_members(here, group_id, direction)
        return found

    def _find_members(self, here: ResourceKey, group_id: str, direction: RuleDirection) -> int:
        members = 0
        for index in self._endpoints_of.get((here[0], group_id), ()):
            endpoint = self.address_classes.endpoints[index]
            if self._honoured(direction, here, (endpoint.region, endpoint.vpc_id)):
                members |= self.address_classes.of_endpoint[index]
        return members

    def _honoured(self, direction: RuleDirection, here: ResourceKey, there: ResourceKey) -> bool:
        try:
            return here == there or reference_honoured(self.network, direction, here, there)
        except UnobservableError:
            return self.optimistic

    @property
    def _endpoints_of(self) -> dict[tuple[str, str], list[int]]:
        if not hasattr(self, "_by_group"):
            self._by_group: dict[tuple[str, str], list[int]] = {}
            for index, endpoint in enumerate(self.address_classes.endpoints):
                for group_id in endpoint.group_ids or ():
                    self._by_group.setdefault((endpoint.region, group_id), []).append(index)
        return self._by_group
