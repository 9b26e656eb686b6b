"""Network ACLs as sets of address classes, one for each class of headers."""

from ipaddress import IPv6Network

from probes.model.errors import UnobservableError
from probes.model.network.index import Network
from probes.model.reachability.address_classes import AddressClasses, block_of
from probes.model.reachability.header_classes import HeaderClasses, of_nacl_entry
from probes.model.state import NetworkAcl, Subnet

Masks = tuple[int, ...]


class NetworkAcls:
    """What the network ACLs let through, entry by entry in the order of their numbers.

    `optimistic`: an ACL that the source could not read allows everything.
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """

    def __init__(
        self,
        network: Network,
        address_classes: AddressClasses,
        header_classes: HeaderClasses,
        *,
        optimistic: bool,
    ) -> None:
        self.network = network
        self.address_classes = address_classes
        self.header_classes = header_classes
        self.optimistic = optimistic
        self._found: dict[tuple[str, str, bool], Masks] = {}

    def of(self, subnet: Subnet, *, egress: bool) -> Masks:
        """By class of headers, what the subnet's ACL allows: destinations outbound, sources inbound."""
        try:
            acl = self.network.network_acl_of(subnet)
        except UnobservableError:
            return self._unread()
        key = (acl.region, acl.id, egress)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._read(acl, egress=egress)
        return found

    def _unread(self) -> Masks:
        return ((self.address_classes.all if self.optimistic else 0),) * len(self.header_classes)

    def _read(self, acl: NetworkAcl, *, egress: bool) -> Masks:
        if self.network.gap("network_acls", acl.region, acl.id, ("entries",)) is not None:
            return self._unread()
        classes = self.header_classes
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
