"""Instances and network interfaces. Interfaces that AWS makes for its services are in no Terraform file."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from probes.model.state import Instance as ObservedInstance
from probes.model.state import NetworkInterface as ObservedInterface
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.interface_attachments import InterfaceLinks
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import (
    addresses_of,
    flag_of,
    ipv6_addresses_of,
    listed,
    tags_of,
    text_of,
)
from probes.sources.terraform.resources.vpc_defaults import SECURITY_GROUP, VpcDefaults
from probes.sources.terraform.resources.vpcs import Subnet
from probes.sources.terraform.schema.base import Flag, Tagged, Text, Texts

PRIMARY = "primary_network_interface_id"
ELSEWHERE = frozenset({"launch_template", "security_groups"})
"""
Where an instance's groups may stand instead: in a template, or by name.
"""
STARTING = ("aws_spot_instance_request", "aws_spot_fleet_request", "aws_ec2_fleet")
INSTANCE_STATES = frozenset({"pending", "running", "shutting-down", "terminated", "stopping", "stopped"})


class AttachedInstance(msgspec.Struct, gc=False):
    """The instance that an interface names itself."""

    instance: Text = UNSET


class NetworkInterface(Tagged, gc=False):
    """`aws_network_interface`."""

    subnet_id: Text = UNSET
    private_ip: Text = UNSET
    private_ips: Texts = UNSET
    private_ip_list: Texts = UNSET
    ipv4_prefixes: Texts = UNSET
    ipv6_addresses: Texts = UNSET
    security_groups: Texts = UNSET
    interface_type: Text = UNSET
    description: Text = UNSET
    source_dest_check: Flag = UNSET
    attachment: list[AttachedInstance] | UnsetType | None = UNSET


class InterfaceUse(msgspec.Struct, gc=False):
    """The interface that an instance names itself."""

    network_interface_id: Text = UNSET


class Instance(Tagged, gc=False):
    """`aws_instance`."""

    instance_type: Text = UNSET
    instance_state: Text = UNSET
    availability_zone: Text = UNSET
    subnet_id: Text = UNSET
    vpc_security_group_ids: Texts = UNSET
    private_ip: Text = UNSET
    secondary_private_ips: Texts = UNSET
    ipv6_addresses: Texts = UNSET
    public_ip: Text = UNSET
    associate_public_ip_address: Flag = UNSET
    source_dest_check: Flag = UNSET
    primary_network_interface_id: Text = UNSET
    network_interface: list[InterfaceUse] | UnsetType | None = UNSET
    primary_network_interface: list[InterfaceUse] | UnsetType | None = UNSET


class Instances:
    """Reads instances, the interfaces of the configuration, and each instance's own interface."""

    def __init__(self, reader: Reader, defaults: VpcDefaults) -> None:
        self._reader = reader
        self._defaults = defaults
        self._links = InterfaceLinks(reader)
        self._declared = {
            reader.identity(interface) for interface in reader.of(object, "aws_network_interface")
        }
        self._public = {
            subnet.identity
            for subnet in reader.of(Subnet, "aws_subnet", "aws_default_subnet")
            if flag_of(subnet.attributes.map_public_ip_on_launch, default=False)
        }
        self._interfaces: list[ObservedInterface] = []

    def read(self) -> tuple[list[ObservedInstance], list[ObservedInterface]]:
        """Instances and interfaces."""
        instances = [self._instance(instance) for instance in self._reader.of(Instance, "aws_instance")]
        for interface in self._reader.of(NetworkInterface, "aws_network_interface"):
            self._interfaces.append(self._interface(interface))
        for other in self._reader.of(object, *STARTING):
            reason = "the instances that it starts are not shown"
            self._reader.at(other, collection="instances").gap(reason)
        return instances, self._interfaces

    def _instance(self, instance: ResourceInstance[Instance]) -> ObservedInstance:
        resource, attributes = self._reader.own(instance), instance.attributes
        interfaces = self._explicit_interfaces(resource)
        if interfaces is None:
            own = self._own_interface(instance)
            self._interfaces.append(own)
            interfaces, subnet_id = (own.id,), own.subnet_id
        else:
            self._links.give(resource.id, interfaces)
            subnet_id = resource.one("subnet_id") or None
        recorded = text_of(attributes.instance_state)
        return ObservedInstance(
            region=instance.region,
            id=resource.id,
            tags=tags_of(attributes),
            state=recorded if recorded in INSTANCE_STATES else "running",
            instance_type=resource.text("instance_type", computed=True),
            vpc_id=self._vpc_of(subnet_id),
            subnet_id=subnet_id,
            network_interface_ids=(*interfaces, *self._links.attached[resource.id]),
        )

    def _explicit_interfaces(self, resource: ResourceReader[Instance]) -> tuple[str, ...] | None:
        """The interfaces that the configuration gives to an instance; None when AWS makes one with it.

        Version 6 of the provider also records there the interface that AWS made.
        """
        attributes, found, is_given = resource.attributes, list[str](), False
        made = {attributes.primary_network_interface_id} - self._declared
        for block in ("network_interface", "primary_network_interface"):
            ids = [use.network_interface_id for use in listed(getattr(attributes, block))]
            found += [text for text in ids if isinstance(text, str) and text not in {"", *made}]
            if UNSET in ids:
                found += self._referred_interfaces(resource, block)
            is_given = is_given or bool(found) or UNSET in ids
        return tuple(dict.fromkeys(found)) if is_given else None

    def _referred_interfaces(self, resource: ResourceReader[Instance], block: str) -> tuple[str, ...]:
        attribute = "network_interface_id"
        references = resource.instance.references(block, attribute)
        resolution = self._reader.resolver.all_of(resource.instance, references, attribute)
        if resolution.missing:
            resource.gap(f"{block} {resolution.missing}", "network_interface_ids")
        return resolution.ids

    def _own_interface(self, instance: ResourceInstance[Instance]) -> ObservedInterface:
        """The interface that AWS makes with the instance; without a choice it has the VPC's default group."""
        attributes, instance_id = instance.attributes, self._reader.identity(instance)
        identity = self._reader.ids.part(instance, PRIMARY)
        interface = self._reader.at(instance, identity, "network_interfaces")
        subnet_id = interface.one("subnet_id") or None
        vpc_id = self._vpc_of(subnet_id)
        public = addresses_of(attributes.public_ip)
        likely = subnet_id in self._public or instance.configures("launch_template")
        wanted = flag_of(attributes.associate_public_ip_address, default=likely)
        if not public and wanted and attributes.public_ip is UNSET:
            interface.unknown("public_ip", "public_ips")
        private_ips = _addresses(interface, attributes.secondary_private_ips)
        return ObservedInterface(
            region=instance.region,
            id=identity,
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            private_ips=private_ips,
            group_ids=self._groups(interface, "vpc_security_group_ids", vpc_id),
            instance_id=instance_id,
            public_ips=self._links.public_ips(interface, instance_id, private_ips=private_ips, own=public),
            ipv6_ips=ipv6_addresses_of(attributes.ipv6_addresses),
            source_dest_check=interface.flag("source_dest_check", default=True),
        )

    def _interface(self, instance: ResourceInstance[NetworkInterface]) -> ObservedInterface:
        interface, attributes = self._reader.own(instance), instance.attributes
        subnet_id = interface.one("subnet_id")
        vpc_id = self._vpc_of(subnet_id)
        private_ips = _addresses(interface, attributes.private_ips)
        return ObservedInterface(
            region=instance.region,
            id=interface.id,
            tags=tags_of(attributes),
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            private_ips=private_ips,
            group_ids=self._groups(interface, "security_groups", vpc_id),
            interface_type=text_of(attributes.interface_type, "interface"),
            instance_id=self._user_of(interface),
            public_ips=self._links.public_ips(interface, private_ips=private_ips),
            prefixes=_prefixes(interface),
            ipv6_ips=ipv6_addresses_of(attributes.ipv6_addresses),
            description=text_of(attributes.description),
            source_dest_check=interface.flag("source_dest_check", default=True),
        )

    def _vpc_of(self, subnet_id: str | None) -> str | None:
        subnet = self._reader.subnets.get(subnet_id or "")
        return subnet.vpc_id if subnet else None

    def _groups(self, interface: ResourceReader[Any], attribute: str, vpc_id: str | None) -> tuple[str, ...]:
        instance = interface.instance
        own = interface.many(attribute, "group_ids")
        is_unknown = getattr(instance.attributes, attribute) is UNSET
        if is_unknown and any(instance.configures(other) for other in ELSEWHERE - {attribute}):
            interface.unknown(attribute, "group_ids")
        elif not own and vpc_id and not instance.configures(attribute):
            own = (self._defaults.part(vpc_id, SECURITY_GROUP),)
        return tuple(sorted({*own, *self._links.groups.get(interface.id, ())}))

    def _user_of(self, interface: ResourceReader[NetworkInterface]) -> str:
        instance = interface.instance
        for attachment in listed(interface.attributes.attachment):
            if isinstance(attachment.instance, str):
                return attachment.instance
            references = instance.references("attachment", "instance")
            if references:
                resolution = self._reader.resolver.one_of(instance, references, "instance")
                return resolution.ids[0] if not resolution.missing else ""
        return self._links.users.get(interface.id, "")


def _addresses(interface: ResourceReader[Any], others: Texts) -> tuple[IPv4Address, ...]:
    more = sorted(text for text in listed(others) if text)
    found = addresses_of(interface.attributes.private_ip, *more)
    if not found:
        interface.unknown("private_ips")
    return found


def _prefixes(interface: ResourceReader[NetworkInterface]) -> tuple[IPv4Network, ...]:
    instance, prefixes = interface.instance, interface.attributes.ipv4_prefixes
    if prefixes is UNSET and instance.configures("ipv4_prefix_count"):
        interface.unknown("ipv4_prefixes", "prefixes")
    networks = (
        interface.reader.network4(instance, "ipv4_prefixes", text) for text in listed(prefixes) if text
    )
    return tuple(sorted(networks))
