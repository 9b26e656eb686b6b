"""Instances and network interfaces. Interfaces that AWS makes for its services are in no Terraform file."""

from ipaddress import IPv4Address, IPv4Network

from msgspec import UNSET

from probes.model.state import Instance as ObservedInstance
from probes.model.state import NetworkInterface, Subnet
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured, references_of
from probes.sources.terraform.resources.interface_attachments import InterfaceLinks
from probes.sources.terraform.resources.reader import (
    Reading,
    addresses_of,
    flag_of,
    ipv6_addresses_of,
    tags_of,
    text_of,
)
from probes.sources.terraform.resources.vpc_defaults import SECURITY_GROUP, Defaults
from probes.sources.terraform.schema import vpc as network
from probes.sources.terraform.schema.attribute_types import Texts

INTERFACES = "network_interfaces"
INSTANCES = "instances"
PRIMARY = "primary_network_interface_id"
ELSEWHERE = frozenset({"launch_template", "security_groups"})
"""
Where an instance's groups may stand instead: in a template, or by name.
"""
STARTING = ("aws_spot_instance_request", "aws_spot_fleet_request", "aws_ec2_fleet")
Host = Instance[network.Instance] | Instance[network.NetworkInterface]
INSTANCE_STATES = frozenset({"pending", "running", "shutting-down", "terminated", "stopping", "stopped"})


class Hosts:
    """Reads instances, the interfaces of the configuration, and each instance's own interface."""

    def __init__(self, reading: Reading, defaults: Defaults, subnets: list[Subnet]) -> None:
        self._reading = reading
        self._defaults = defaults
        self._subnets = {subnet.id: subnet for subnet in subnets}
        self._links = InterfaceLinks(reading)
        self._declared = {
            reading.identity(interface)
            for interface in reading.of(network.NetworkInterface, "aws_network_interface")
        }
        self._public = {
            subnet.identity
            for subnet in reading.of(network.Subnet, "aws_subnet", "aws_default_subnet")
            if flag_of(subnet.attributes.map_public_ip_on_launch, default=False)
        }
        self._interfaces: list[NetworkInterface] = []

    def read(self) -> tuple[list[ObservedInstance], list[NetworkInterface]]:
        """Instances and interfaces."""
        instances = [
            self._instance(instance) for instance in self._reading.of(network.Instance, "aws_instance")
        ]
        for interface in self._reading.of(network.NetworkInterface, "aws_network_interface"):
            self._interfaces.append(self._interface(interface))
        for name in STARTING:
            for other in self._reading.of(object, name):
                self._reading.gap(INSTANCES, f"{other.address}: the instances that it starts are not shown")
        return instances, self._interfaces

    def _instance(self, instance: Instance[network.Instance]) -> ObservedInstance:
        attributes, instance_id = instance.attributes, self._reading.identity(instance)
        interfaces = self._explicit_interfaces(instance)
        if interfaces is None:
            own = self._own_interface(instance)
            self._interfaces.append(own)
            interfaces, subnet_id = (own.id,), own.subnet_id
        else:
            self._links.give(instance_id, interfaces)
            subnet_id = self._subnet_of(instance, INSTANCES, instance_id) or None
        recorded = text_of(attributes.instance_state)
        if not attributes.instance_type:
            self._reading.unknown(instance, "instance_type", INSTANCES, instance_id, "instance_type")
        return ObservedInstance(
            region=instance.region,
            id=instance_id,
            tags=tags_of(attributes),
            state=recorded if recorded in INSTANCE_STATES else "running",
            instance_type=text_of(attributes.instance_type),
            vpc_id=self._vpc_of(subnet_id),
            subnet_id=subnet_id,
            network_interface_ids=(*interfaces, *self._links.attached[instance_id]),
        )

    def _explicit_interfaces(self, instance: Instance[network.Instance]) -> tuple[str, ...] | None:
        """The interfaces that the configuration gives to an instance; None when AWS makes one with it.

        Version 6 of the provider also records there the interface that AWS made.
        """
        attributes, found, is_given = instance.attributes, list[str](), False
        for block in ("network_interface", "primary_network_interface"):
            uses = getattr(attributes, block)
            ids = [use.network_interface_id for use in uses or ()]
            made = {attributes.primary_network_interface_id} - self._declared
            found += [text for text in ids if isinstance(text, str) and text not in {"", *made}]
            if UNSET in ids:
                found += self._referred_interfaces(instance, block)
            is_given = is_given or bool(found) or UNSET in ids
        return tuple(dict.fromkeys(found)) if is_given else None

    def _referred_interfaces(self, instance: Instance[network.Instance], block: str) -> tuple[str, ...]:
        references = references_of(instance, block, "network_interface_id")
        answer = self._reading.resolver.all_of(instance, references, "network_interface_id")
        if answer.missing:
            place = (INSTANCES, self._reading.identity(instance), "network_interface_ids")
            self._reading.unresolved(instance, block, answer, *place)
        return answer.ids

    def _own_interface(self, instance: Instance[network.Instance]) -> NetworkInterface:
        """The interface that AWS makes with the instance; without a choice it has the VPC's default group."""
        attributes, instance_id = instance.attributes, self._reading.identity(instance)
        identity = self._reading.identities.part(instance, PRIMARY)
        subnet_id = self._subnet_of(instance, INTERFACES, identity) or None
        vpc_id = self._vpc_of(subnet_id)
        public = addresses_of(attributes.public_ip)
        likely = subnet_id in self._public or configured(instance, "launch_template")
        wanted = flag_of(attributes.associate_public_ip_address, default=likely)
        if not public and wanted and attributes.public_ip is UNSET:
            self._reading.unknown(instance, "public_ip", INTERFACES, identity, "public_ips")
        private_ips = self._addresses(instance, identity, attributes.secondary_private_ips)
        return NetworkInterface(
            region=instance.region,
            id=identity,
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            private_ips=private_ips,
            group_ids=self._groups(instance, identity, "vpc_security_group_ids", vpc_id),
            instance_id=instance_id,
            public_ips=self._links.public_ips(
                instance, identity, instance_id, private_ips=private_ips, own=public
            ),
            ipv6_ips=ipv6_addresses_of(attributes.ipv6_addresses),
            source_dest_check=flag_of(attributes.source_dest_check, default=True),
        )

    def _interface(self, instance: Instance[network.NetworkInterface]) -> NetworkInterface:
        attributes, identity = instance.attributes, self._reading.identity(instance)
        subnet_id = self._subnet_of(instance, INTERFACES, identity)
        vpc_id = self._vpc_of(subnet_id)
        private_ips = self._addresses(instance, identity, attributes.private_ips)
        return NetworkInterface(
            region=instance.region,
            id=identity,
            tags=tags_of(attributes),
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            private_ips=private_ips,
            group_ids=self._groups(instance, identity, "security_groups", vpc_id),
            interface_type=text_of(attributes.interface_type, "interface"),
            instance_id=self._user_of(instance),
            public_ips=self._links.public_ips(instance, identity, private_ips=private_ips),
            prefixes=self._prefixes(instance, identity),
            ipv6_ips=ipv6_addresses_of(attributes.ipv6_addresses),
            description=text_of(attributes.description),
            source_dest_check=flag_of(attributes.source_dest_check, default=True),
        )

    def _subnet_of(self, instance: Host, kind: str, identity: str) -> str | None:
        return self._reading.one(
            instance, instance.attributes.subnet_id, "subnet_id", kind, identity, "subnet_id"
        )

    def _vpc_of(self, subnet_id: str | None) -> str | None:
        subnet = self._subnets.get(subnet_id or "")
        return subnet.vpc_id if subnet else None

    def _groups(self, instance: Host, identity: str, attribute: str, vpc_id: str | None) -> tuple[str, ...]:
        values = getattr(instance.attributes, attribute)
        own = self._reading.many(instance, values, attribute, INTERFACES, identity, "group_ids")
        if values is UNSET and any(configured(instance, other) for other in ELSEWHERE - {attribute}):
            self._reading.unknown(instance, attribute, INTERFACES, identity, "group_ids")
        elif not own and vpc_id and not configured(instance, attribute):
            own = (self._defaults.part(vpc_id, SECURITY_GROUP),)
        return tuple(sorted({*own, *self._links.groups.get(identity, ())}))

    def _addresses(self, instance: Host, identity: str, others: Texts) -> tuple[IPv4Address, ...]:
        listed = sorted(text for text in others if text) if isinstance(others, list) else []
        found = addresses_of(instance.attributes.private_ip, *listed)
        if not found:
            self._reading.unknown(instance, "private_ips", INTERFACES, identity, "private_ips")
        return found

    def _prefixes(
        self, instance: Instance[network.NetworkInterface], identity: str
    ) -> tuple[IPv4Network, ...]:
        attributes = instance.attributes
        if attributes.ipv4_prefixes is UNSET and configured(instance, "ipv4_prefix_count"):
            self._reading.unknown(instance, "ipv4_prefixes", INTERFACES, identity, "prefixes")
        texts = attributes.ipv4_prefixes if isinstance(attributes.ipv4_prefixes, list) else ()
        networks = (self._reading.network4(instance, "ipv4_prefixes", text) for text in texts if text)
        return tuple(sorted(networks))

    def _user_of(self, instance: Instance[network.NetworkInterface]) -> str:
        identity = self._reading.identity(instance)
        attachments = instance.attributes.attachment
        for attachment in attachments if isinstance(attachments, list) else ():
            if isinstance(attachment.instance, str):
                return attachment.instance
            references = references_of(instance, "attachment", "instance")
            if references:
                answer = self._reading.resolver.one_of(instance, references, "instance")
                return answer.ids[0] if not answer.missing else ""
        return self._links.users.get(identity, "")
