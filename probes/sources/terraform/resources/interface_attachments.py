"""What other resources say about network interfaces: their instance, more security groups, Elastic IP addresses."""

from collections import defaultdict
from ipaddress import IPv4Address
from typing import Any

from msgspec import UNSET

from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured
from probes.sources.terraform.resources.reader import Reading, addresses_of, text_of
from probes.sources.terraform.schema import vpc as network
from probes.sources.terraform.schema.attribute_types import Text

KIND = "network_interfaces"
INTERFACE = "network_interface_id"
Eip = Instance[network.Eip] | Instance[network.EipAssociation]


class InterfaceLinks:
    """Instances by interface, groups by interface, and public addresses by interface or instance.

    Public addresses are kept by private address, "" for the primary one; one is None while nobody knows it.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.users: dict[str, str] = {}
        self.attached: dict[str, list[str]] = defaultdict(list)
        self.groups: dict[str, set[str]] = defaultdict(set)
        self._public: dict[str, dict[str, IPv4Address | None]] = defaultdict(dict)
        self._addresses: dict[str, Text] = {}
        for use in reading.of(network.InterfaceUsed, "aws_network_interface_attachment"):
            self._add_user(use)
        for membership in reading.of(network.InterfaceGroup, "aws_network_interface_sg_attachment"):
            self._add_group(membership)
        for eip in reading.of(network.Eip, "aws_eip"):
            self._addresses[reading.identity(eip)] = eip.attributes.public_ip
            self._add_address(eip, "instance", "network_interface")
        for association in reading.of(network.EipAssociation, "aws_eip_association"):
            self._add_address(association, "instance_id", INTERFACE)

    def _add_user(self, instance: Instance[network.InterfaceUsed]) -> None:
        attributes = instance.attributes
        interface = self._reading.one(instance, attributes.network_interface_id, INTERFACE, KIND)
        if interface:
            user = self._reading.one(
                instance, attributes.instance_id, "instance_id", KIND, interface, "instance_id"
            )
            self.users[interface] = user or ""
            self.attached[user or ""].append(interface)

    def _add_group(self, instance: Instance[network.InterfaceGroup]) -> None:
        attributes = instance.attributes
        interface = self._reading.one(instance, attributes.network_interface_id, INTERFACE, KIND)
        if interface:
            place = (KIND, interface, "group_ids")
            group = self._reading.one(instance, attributes.security_group_id, "security_group_id", *place)
            self.groups[interface] |= {group} if group else set()

    def _add_address(self, instance: Eip, *attributes: str) -> None:
        """An address belongs to what any of the attributes names; most belong to NAT gateways, so to none."""
        for attribute in attributes:
            value = getattr(instance.attributes, attribute)
            if value is UNSET and not configured(instance, attribute):
                continue
            owner = self._reading.one(instance, value, attribute, KIND)
            if owner:
                private = text_of(instance.attributes.private)
                self._public[owner][private] = next(iter(addresses_of(self._text_of(instance))), None)

    def _text_of(self, instance: Eip) -> Text:
        known, attributes = instance.attributes.public_ip, instance.attributes
        if known or not isinstance(attributes, network.EipAssociation):
            return known
        eip = self._reading.one(instance, attributes.allocation_id, "allocation_id", KIND)
        return self._addresses.get(eip or "", UNSET)

    def give(self, instance_id: str, interfaces: tuple[str, ...]) -> None:
        """Note the interfaces that an instance names itself; its public address belongs to the first."""
        self.users |= dict.fromkeys(interfaces, instance_id)
        if instance_id in self._public and interfaces:
            self._public[interfaces[0]] |= self._public[instance_id]

    def public_ips(
        self,
        instance: Instance[Any],
        interface: str,
        *names: str,
        private_ips: tuple[IPv4Address, ...],
        own: tuple[IPv4Address, ...] = (),
    ) -> dict[IPv4Address, IPv4Address]:
        """The public addresses by private one, of an interface that is also known by other names.

        `own` is what the interface has for its primary address, unless an Elastic IP address took its place.
        """
        wanted: dict[str, IPv4Address | None] = {"": own[0]} if own else {}
        for name in (*names, interface):
            wanted |= {private: public for private, public in self._public.get(name, {}).items() if public}
            wanted = dict.fromkeys(self._public.get(name, ())) | wanted
        found: dict[IPv4Address, IPv4Address] = {}
        for private, public in wanted.items():
            address = next(iter(addresses_of(private) or private_ips), None)
            if address is None or public is None:
                self._reading.unknown(instance, "public_ip", KIND, interface, "public_ips")
            else:
                found[address] = public
        return found
