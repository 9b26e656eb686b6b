"""
Instances and network interfaces. Interfaces that AWS makes for its services are in no Terraform file.
"""

from probes.model.state import Instance as ObservedInstance
from probes.model.state import NetworkInterface, Subnet
from probes.sources.terraform import network_attributes as network
from probes.sources.terraform.defaults import SECURITY_GROUP, Defaults
from probes.sources.terraform.reading import Reading, addresses_of, flag_of, tags_of, text_of
from probes.sources.terraform.resolver import configured, references_of
from probes.sources.terraform.world import Instance

INTERFACES = "network_interfaces"
INSTANCES = "instances"
PRIMARY = "primary_network_interface_id"
INSTANCE_STATES = frozenset({"pending", "running", "shutting-down", "terminated", "stopping", "stopped"})


class Hosts:
    """
    Reads instances, the interfaces of the configuration, and each instance's own interface.
    """

    def __init__(self, reading: Reading, defaults: Defaults, subnets: list[Subnet]) -> None:
        self._reading = reading
        self._defaults = defaults
        self._subnets = {subnet.id: subnet for subnet in subnets}
        self._users: dict[str, str] = {}
        self._interfaces: list[NetworkInterface] = []

    def read(self) -> tuple[list[ObservedInstance], list[NetworkInterface]]:
        """
        Instances and interfaces.
        """
        instances = [
            self._instance(instance) for instance in self._reading.of(network.Instance, "aws_instance")
        ]
        for interface in self._reading.of(network.NetworkInterface, "aws_network_interface"):
            self._interfaces.append(self._interface(interface))
        return instances, self._interfaces

    def _instance(self, instance: Instance[network.Instance]) -> ObservedInstance:
        attributes, instance_id = instance.attributes, self._reading.identity(instance)
        explicit = self._explicit_interfaces(instance)
        for interface_id in explicit:
            self._users[interface_id] = instance_id
        own = None if explicit else self._own_interface(instance)
        if own is not None:
            self._interfaces.append(own)
        subnet_id = own.subnet_id if own else self._subnet_of(instance, INSTANCES, instance_id) or None
        subnet = self._subnets.get(subnet_id or "")
        recorded = text_of(attributes.instance_state)
        return ObservedInstance(
            region=instance.region,
            id=instance_id,
            tags=tags_of(attributes),
            state=recorded if recorded in INSTANCE_STATES else "running",
            instance_type=text_of(attributes.instance_type),
            vpc_id=subnet.vpc_id if subnet else None,
            subnet_id=subnet_id,
            network_interface_ids=(own.id,) if own else explicit,
        )

    def _explicit_interfaces(self, instance: Instance[network.Instance]) -> tuple[str, ...]:
        found: list[str] = []
        for block in ("network_interface", "primary_network_interface"):
            uses = getattr(instance.attributes, block)
            if (
                not isinstance(uses, list)
                or not uses
                or not (configured(instance, block) or instance.config is None)
            ):
                continue
            found += [use.network_interface_id for use in uses if isinstance(use.network_interface_id, str)]
            if any(not isinstance(use.network_interface_id, str) for use in uses):
                references = references_of(instance, block, "network_interface_id")
                answer = self._reading.resolver.all_of(instance, references, "network_interface_id")
                found += answer.ids
                if answer.missing:
                    identity, field = self._reading.identity(instance), "network_interface_ids"
                    self._reading.unresolved(instance, block, answer, INSTANCES, identity, field)
        return tuple(dict.fromkeys(found))

    def _subnet_of(self, instance: Instance[network.Instance], kind: str, identity: str) -> str | None:
        return self._reading.one(
            instance, instance.attributes.subnet_id, "subnet_id", kind, identity, "subnet_id"
        )

    def _own_interface(self, instance: Instance[network.Instance]) -> NetworkInterface:
        """
        The interface that AWS makes with the instance; without a choice it has the VPC's default group.
        """
        attributes = instance.attributes
        identity = self._reading.identities.part(instance, PRIMARY)
        subnet_id = self._subnet_of(instance, INTERFACES, identity) or None
        subnet = self._subnets.get(subnet_id or "")
        vpc_id = subnet.vpc_id if subnet else None
        place = (INTERFACES, identity, "group_ids")
        groups = self._reading.many(
            instance, attributes.vpc_security_group_ids, "vpc_security_group_ids", *place
        )
        if not groups and vpc_id and not configured(instance, "vpc_security_group_ids"):
            groups = (self._defaults.part(vpc_id, SECURITY_GROUP),)
        secondary = attributes.secondary_private_ips
        private_ips = addresses_of(attributes.private_ip, *(secondary if isinstance(secondary, list) else ()))
        if not private_ips:
            self._unknown(instance, identity, "private_ips")
        public = addresses_of(attributes.public_ip)
        return NetworkInterface(
            region=instance.region,
            id=identity,
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            private_ips=private_ips,
            group_ids=groups,
            instance_id=self._reading.identity(instance),
            public_ip=public[0] if public else None,
            source_dest_check=flag_of(attributes.source_dest_check, default=True),
        )

    def _interface(self, instance: Instance[network.NetworkInterface]) -> NetworkInterface:
        attributes, identity = instance.attributes, self._reading.identity(instance)
        subnet_id = self._reading.one(
            instance, attributes.subnet_id, "subnet_id", INTERFACES, identity, "subnet_id"
        )
        subnet = self._subnets.get(subnet_id or "")
        vpc_id = subnet.vpc_id if subnet else None
        place = (INTERFACES, identity, "group_ids")
        groups = self._reading.many(instance, attributes.security_groups, "security_groups", *place)
        if not groups and vpc_id and not configured(instance, "security_groups"):
            groups = (self._defaults.part(vpc_id, SECURITY_GROUP),)
        listed = attributes.private_ips if isinstance(attributes.private_ips, list) else []
        private_ips = addresses_of(attributes.private_ip, *sorted(text for text in listed if text))
        if not private_ips:
            self._unknown(instance, identity, "private_ips")
        return NetworkInterface(
            region=instance.region,
            id=identity,
            tags=tags_of(attributes),
            vpc_id=vpc_id,
            subnet_id=subnet_id,
            private_ips=private_ips,
            group_ids=groups,
            interface_type=text_of(attributes.interface_type, "interface"),
            instance_id=self._user_of(instance),
            description=text_of(attributes.description),
            source_dest_check=flag_of(attributes.source_dest_check, default=True),
        )

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
        return self._users.get(identity, "")

    def _unknown(
        self,
        instance: Instance[network.Instance] | Instance[network.NetworkInterface],
        identity: str,
        field: str,
    ) -> None:
        reason = f"{instance.address}: {field} are not known before apply"
        self._reading.gap(INTERFACES, reason, region=instance.region, resource=identity, field=field)
