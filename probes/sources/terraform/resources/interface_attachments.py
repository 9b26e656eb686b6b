"""What other resources say about network interfaces: their instance, more security groups, Elastic IP addresses."""

from collections import defaultdict
from ipaddress import IPv4Address
from typing import Any

from msgspec import UNSET

from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import addresses_of, text_of
from probes.sources.terraform.schema.base import Attributes, Text

INTERFACE = "network_interface_id"


class InterfaceAttachment(Attributes, gc=False):
    """`aws_network_interface_attachment`."""

    network_interface_id: Text = UNSET
    instance_id: Text = UNSET


class InterfaceGroup(Attributes, gc=False):
    """`aws_network_interface_sg_attachment`."""

    network_interface_id: Text = UNSET
    security_group_id: Text = UNSET


class Eip(Attributes, gc=False):
    """`aws_eip`."""

    public_ip: Text = UNSET
    instance: Text = UNSET
    network_interface: Text = UNSET
    associate_with_private_ip: Text = UNSET
    private_ip: Text = UNSET

    @property
    def private(self) -> Text:
        """The private address that it is translated to."""
        return self.associate_with_private_ip or self.private_ip


class EipAssociation(Attributes, gc=False):
    """`aws_eip_association`."""

    public_ip: Text = UNSET
    allocation_id: Text = UNSET
    instance_id: Text = UNSET
    network_interface_id: Text = UNSET
    private_ip_address: Text = UNSET

    @property
    def private(self) -> Text:
        """The private address that it is translated to."""
        return self.private_ip_address


class InterfaceLinks:
    """Instances by interface, groups by interface, and public addresses by interface or instance.

    Public addresses are kept by private address, "" for the primary one; one is None while nobody knows it.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.users: dict[str, str] = {}
        self.attached: dict[str, list[str]] = defaultdict(list)
        self.groups: dict[str, set[str]] = defaultdict(set)
        self._public: dict[str, dict[str, IPv4Address | None]] = defaultdict(dict)
        self._addresses: dict[str, Text] = {}
        for use in reader.of(InterfaceAttachment, "aws_network_interface_attachment"):
            self._add_user(use)
        for membership in reader.of(InterfaceGroup, "aws_network_interface_sg_attachment"):
            self._add_group(membership)
        for eip in reader.of(Eip, "aws_eip"):
            self._addresses[reader.identity(eip)] = eip.attributes.public_ip
            self._add_address(eip, "instance", "network_interface")
        for association in reader.of(EipAssociation, "aws_eip_association"):
            self._add_address(association, "instance_id", INTERFACE)

    def _add_user(self, instance: ResourceInstance[InterfaceAttachment]) -> None:
        interface = self._reader.at(instance).one(INTERFACE)
        if interface:
            user = self._reader.at(instance, interface).one("instance_id") or ""
            self.users[interface] = user
            self.attached[user].append(interface)

    def _add_group(self, instance: ResourceInstance[InterfaceGroup]) -> None:
        interface = self._reader.at(instance).one(INTERFACE)
        if interface:
            group = self._reader.at(instance, interface).one("security_group_id", "group_ids")
            self.groups[interface] |= {group} if group else set()

    def _add_address(self, instance: ResourceInstance[Any], *attributes: str) -> None:
        """An address belongs to what any of the attributes names; most belong to NAT gateways, so to none."""
        for attribute in attributes:
            if getattr(instance.attributes, attribute) is UNSET and not instance.configures(attribute):
                continue
            owner = self._reader.at(instance).one(attribute)
            if owner:
                private = text_of(instance.attributes.private)
                self._public[owner][private] = next(iter(addresses_of(self._text_of(instance))), None)

    def _text_of(self, instance: ResourceInstance[Any]) -> Text:
        known: Text = instance.attributes.public_ip
        if known or not isinstance(instance.attributes, EipAssociation):
            return known
        eip = self._reader.at(instance).one("allocation_id")
        return self._addresses.get(eip or "", UNSET)

    def give(self, instance_id: str, interfaces: tuple[str, ...]) -> None:
        """Note the interfaces that an instance names itself; its public address belongs to the first."""
        self.users |= dict.fromkeys(interfaces, instance_id)
        if instance_id in self._public and interfaces:
            self._public[interfaces[0]] |= self._public[instance_id]

    def public_ips(
        self,
        interface: ResourceReader[Any],
        *names: str,
        private_ips: tuple[IPv4Address, ...],
        own: tuple[IPv4Address, ...] = (),
    ) -> dict[IPv4Address, IPv4Address]:
        """The public addresses by private one, of an interface that is also known by other names.

        `own` is what the interface has for its primary address, unless an Elastic IP address took its place.
        """
        wanted: dict[str, IPv4Address | None] = {"": own[0]} if own else {}
        for name in (*names, interface.id):
            wanted |= {private: public for private, public in self._public.get(name, {}).items() if public}
            wanted = dict.fromkeys(self._public.get(name, ())) | wanted
        found: dict[IPv4Address, IPv4Address] = {}
        for private, public in wanted.items():
            address = next(iter(addresses_of(private) or private_ips), None)
            if address is None or public is None:
                interface.unknown("public_ip", "public_ips")
            else:
                found[address] = public
        return found
