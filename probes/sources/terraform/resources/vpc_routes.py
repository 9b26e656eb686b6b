"""Routes of VPC route tables, inline and stand-alone: destination and target."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from probes.model.state import RouteTargetKind, VpcRoute
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured, references_of
from probes.sources.terraform.resources.reader import Network, Reading
from probes.sources.terraform.schema import vpc as network
from probes.sources.terraform.schema.attribute_types import Text

KIND = "vpc_route_tables"
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
_BY_PREFIX = {
    "local": RouteTargetKind.LOCAL,
    "igw": RouteTargetKind.INTERNET_GATEWAY,
    "vgw": RouteTargetKind.VPN_GATEWAY,
    "vpce": RouteTargetKind.VPC_ENDPOINT,
    "lgw": RouteTargetKind.OTHER,
}


class Routes:
    """Reads routes; what nobody can tell about one is a gap of its table."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._gateways = _gateway_kinds(reading)

    def inline(self, instance: Instance[Any], table_id: str, route: network.InlineRoute) -> VpcRoute | None:
        """A route written inside its table."""
        cidr = route.cidr_block or route.ipv6_cidr_block
        destination = self._destination(instance, cidr, route.destination_prefix_list_id, "route")
        return self._route(instance, table_id, route, destination, "route")

    def single(self, instance: Instance[network.Route], table_id: str) -> VpcRoute | None:
        """A route that is a resource of its own."""
        route = instance.attributes
        cidr = route.destination_cidr_block or route.destination_ipv6_cidr_block
        destination = self._destination(instance, cidr, route.destination_prefix_list_id, "")
        found = self._route(instance, table_id, route, destination, "")
        return replace(found, state="blackhole") if found and route.state == "blackhole" else found

    def unknown(self, instance: Instance[Any], table_id: str, what: str) -> None:
        """Record that a table has a route of which something is unknown."""
        self._reading.unknown(instance, f"the {what} of a route", KIND, table_id, "routes")

    def _route(
        self,
        instance: Instance[Any],
        table_id: str,
        route: network.RouteTargets,
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
        self, instance: Instance[Any], cidr: Text, prefix_list: Text, block: str
    ) -> Network | str | None:
        if cidr:
            attribute = "route.cidr_block" if block else "destination_cidr_block"
            return self._reading.network(instance, attribute, cidr)
        if prefix_list is not UNSET:
            return prefix_list or None
        name = "destination_prefix_list_id"
        answer = self._reading.resolver.one_of(instance, references_of(instance, block or name, name), name)
        return None if answer.missing else answer.ids[0]

    def _target(
        self, instance: Instance[Any], table_id: str, route: network.RouteTargets, block: str
    ) -> tuple[RouteTargetKind, str | None]:
        for attribute, kind in TARGETS.items():
            value = getattr(route, attribute)
            if value:
                return self._kind(attribute, kind, value), value
            if value is not UNSET:
                continue
            direct = "" if block else self._reading.resolver.find(instance, attribute)
            if direct:
                return self._kind(attribute, kind, direct), direct
            if configured(instance, block or attribute):
                return self._resolved(instance, table_id, attribute, block)
        self.unknown(instance, table_id, "target")
        return RouteTargetKind.OTHER, None

    def _resolved(
        self, instance: Instance[Any], table_id: str, attribute: str, block: str
    ) -> tuple[RouteTargetKind, str | None]:
        kind, resolver = TARGETS[attribute], self._reading.resolver
        if block:
            answer = resolver.one_of(instance, references_of(instance, block, attribute), attribute)
        else:
            answer = resolver.one(instance, attribute)
        if answer.missing:
            self._reading.unresolved(instance, attribute, answer, KIND, table_id, "routes")
            return kind, None
        return self._kind(attribute, kind, answer.ids[0]), answer.ids[0]

    def _kind(self, attribute: str, kind: RouteTargetKind, target_id: str) -> RouteTargetKind:
        if attribute != "gateway_id":
            return kind
        prefix = target_id.partition("-")[0]
        return self._gateways.get(target_id) or _BY_PREFIX.get(prefix, RouteTargetKind.OTHER)


def _gateway_kinds(reading: Reading) -> dict[str, RouteTargetKind]:
    kinds = {
        "aws_internet_gateway": RouteTargetKind.INTERNET_GATEWAY,
        "aws_vpn_gateway": RouteTargetKind.VPN_GATEWAY,
        "aws_ec2_local_gateway": RouteTargetKind.OTHER,
    }
    return {
        reading.identity(instance): kind
        for name, kind in kinds.items()
        for instance in reading.of(object, name)
    }
