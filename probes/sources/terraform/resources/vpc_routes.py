"""Routes of VPC route tables, inline and stand-alone: destination and target."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from probes.model.state import RouteTargetKind, VpcRoute
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.values import Network
from probes.sources.terraform.schema.base import Attributes, Text


class RouteTargets(Attributes, gc=False):
    """Where a route can point. The interface comes last: AWS may record one beside a gateway."""

    gateway_id: Text = UNSET
    nat_gateway_id: Text = UNSET
    transit_gateway_id: Text = UNSET
    vpc_peering_connection_id: Text = UNSET
    vpc_endpoint_id: Text = UNSET
    egress_only_gateway_id: Text = UNSET
    local_gateway_id: Text = UNSET
    carrier_gateway_id: Text = UNSET
    core_network_arn: Text = UNSET
    network_interface_id: Text = UNSET


class InlineRoute(RouteTargets, gc=False):
    """One route written inside a route table."""

    cidr_block: Text = UNSET
    ipv6_cidr_block: Text = UNSET
    destination_prefix_list_id: Text = UNSET


class Route(RouteTargets, gc=False):
    """`aws_route`."""

    route_table_id: Text = UNSET
    destination_cidr_block: Text = UNSET
    destination_ipv6_cidr_block: Text = UNSET
    destination_prefix_list_id: Text = UNSET
    state: Text = UNSET


TARGETS = {
    "gateway_id": RouteTargetKind.INTERNET_GATEWAY,
    "nat_gateway_id": RouteTargetKind.NAT_GATEWAY,
    "transit_gateway_id": RouteTargetKind.TRANSIT_GATEWAY,
    "vpc_peering_connection_id": RouteTargetKind.VPC_PEERING,
    "vpc_endpoint_id": RouteTargetKind.VPC_ENDPOINT,
    "egress_only_gateway_id": RouteTargetKind.EGRESS_ONLY_GATEWAY,
    "local_gateway_id": RouteTargetKind.OTHER,
    "carrier_gateway_id": RouteTargetKind.OTHER,
    "core_network_arn": RouteTargetKind.OTHER,
    "network_interface_id": RouteTargetKind.NETWORK_INTERFACE,
}
GATEWAY_TYPES = {
    "aws_internet_gateway": RouteTargetKind.INTERNET_GATEWAY,
    "aws_vpn_gateway": RouteTargetKind.VPN_GATEWAY,
    "aws_ec2_local_gateway": RouteTargetKind.OTHER,
}
GATEWAY_PREFIXES = {
    "local": RouteTargetKind.LOCAL,
    "igw": RouteTargetKind.INTERNET_GATEWAY,
    "vgw": RouteTargetKind.VPN_GATEWAY,
    "vpce": RouteTargetKind.VPC_ENDPOINT,
    "lgw": RouteTargetKind.OTHER,
}


class RouteReader:
    """Reads routes; what nobody can tell about one is a gap of its table."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._gateways = {
            reader.identity(instance): kind
            for name, kind in GATEWAY_TYPES.items()
            for instance in reader.of(object, name)
        }

    def inline(self, instance: ResourceInstance[Any], table_id: str, route: InlineRoute) -> VpcRoute | None:
        """A route written inside its table."""
        cidr = route.cidr_block or route.ipv6_cidr_block
        destination = self._destination(instance, cidr, route.destination_prefix_list_id, "route")
        return self._route(instance, table_id, route, destination, "route")

    def single(self, instance: ResourceInstance[Route], table_id: str) -> VpcRoute | None:
        """A route that is a resource of its own."""
        route = instance.attributes
        cidr = route.destination_cidr_block or route.destination_ipv6_cidr_block
        destination = self._destination(instance, cidr, route.destination_prefix_list_id, "")
        found = self._route(instance, table_id, route, destination, "")
        return replace(found, state="blackhole") if found and route.state == "blackhole" else found

    def unknown(self, instance: ResourceInstance[Any], table_id: str, what: str) -> None:
        """Record that a table has a route of which something is unknown."""
        self._reader.at(instance, table_id).unknown(f"the {what} of a route", "routes")

    def _route(
        self,
        instance: ResourceInstance[Any],
        table_id: str,
        route: RouteTargets,
        destination: Network | str | None,
        block: str,
    ) -> VpcRoute | None:
        if destination is None:
            self.unknown(instance, table_id, "destination")
            return None
        kind, target_id = self._target(instance, table_id, route, block)
        local = kind is RouteTargetKind.LOCAL
        return VpcRoute(
            destination=destination,
            target=kind,
            target_id=target_id,
            origin="CreateRouteTable" if local else "CreateRoute",
        )

    def _destination(
        self, instance: ResourceInstance[Any], cidr: Text, prefix_list: Text, block: str
    ) -> Network | str | None:
        if cidr:
            attribute = "route.cidr_block" if block else "destination_cidr_block"
            return self._reader.network(instance, attribute, cidr)
        if prefix_list is not UNSET:
            return prefix_list or None
        name = "destination_prefix_list_id"
        resolution = self._reader.resolver.one_of(instance, instance.references(block or name, name), name)
        return None if resolution.missing else resolution.ids[0]

    def _target(
        self, instance: ResourceInstance[Any], table_id: str, route: RouteTargets, block: str
    ) -> tuple[RouteTargetKind, str | None]:
        for attribute in TARGETS:
            value = getattr(route, attribute)
            if value:
                return self._kind(attribute, value), value
            if value is not UNSET:
                continue
            direct = "" if block else self._reader.resolver.find(instance, attribute)
            if direct:
                return self._kind(attribute, direct), direct
            if instance.configures(block or attribute):
                return self._resolved(instance, table_id, attribute, block)
        self.unknown(instance, table_id, "target")
        return RouteTargetKind.OTHER, None

    def _resolved(
        self, instance: ResourceInstance[Any], table_id: str, attribute: str, block: str
    ) -> tuple[RouteTargetKind, str | None]:
        references = instance.references(block or attribute, attribute)
        resolution = self._reader.resolver.one_of(instance, references, attribute)
        if resolution.missing:
            self._reader.at(instance, table_id).gap(f"{attribute} {resolution.missing}", "routes")
            return TARGETS[attribute], None
        return self._kind(attribute, resolution.ids[0]), resolution.ids[0]

    def _kind(self, attribute: str, target_id: str) -> RouteTargetKind:
        if attribute != "gateway_id":
            return TARGETS[attribute]
        prefix = target_id.partition("-")[0]
        return self._gateways.get(target_id) or GATEWAY_PREFIXES.get(prefix, RouteTargetKind.OTHER)
