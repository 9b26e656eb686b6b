"""VPC route tables: inline and stand-alone routes, associations, the local route, and gateway endpoints."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from probes.model.state import RouteTargetKind, VpcRoute, VpcRouteTable
from probes.model.state import Vpc as ObservedVpc
from probes.model.state import VpcEndpoint as ObservedEndpoint
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.values import listed, tags_of
from probes.sources.terraform.resources.vpc_defaults import ROUTE_TABLE, VpcDefaults
from probes.sources.terraform.resources.vpc_routes import InlineRoute, Route, RouteReader
from probes.sources.terraform.schema.base import Attributes, Tagged, Text, Texts

PROPAGATING = ("aws_vpn_gateway_route_propagation", "aws_vpc_route_server_propagation")


class RouteTable(Tagged, gc=False):
    """`aws_route_table` and `aws_default_route_table`."""

    vpc_id: Text = UNSET
    default_route_table_id: Text = UNSET
    route: list[InlineRoute] | UnsetType | None = UNSET
    propagating_vgws: Texts = UNSET


class RouteTableAssociation(Attributes, gc=False):
    """`aws_route_table_association` and `aws_main_route_table_association`."""

    route_table_id: Text = UNSET
    subnet_id: Text = UNSET
    gateway_id: Text = UNSET
    vpc_id: Text = UNSET


class RoutePropagation(Attributes, gc=False):
    """`aws_vpn_gateway_route_propagation` and `aws_vpc_route_server_propagation`."""

    route_table_id: Text = UNSET


class _Table(Struct):
    region: str
    vpc_id: str | None
    tags: dict[str, str]
    routes: list[VpcRoute]
    subnet_ids: set[str]
    gateway_ids: set[str]


class RouteTables:
    """The route tables while routes and associations are being added to them."""

    def __init__(self, reader: Reader, defaults: VpcDefaults, vpcs: list[ObservedVpc]) -> None:
        self._reader = reader
        self._defaults = defaults
        self._vpcs = {vpc.id: vpc for vpc in vpcs}
        self._tables: dict[str, _Table] = {}
        self._main: dict[str, str] = {}
        self._routes = RouteReader(reader)

    def read(self, endpoints: list[ObservedEndpoint], prefix_lists: dict[str, str]) -> list[VpcRouteTable]:
        """Every route table; `prefix_lists` names the destination of each gateway endpoint's routes."""
        managed = self._reader.of(RouteTable, "aws_route_table", "aws_default_route_table")
        for instance in managed:
            self._add_managed(instance)
        for vpc in self._vpcs.values():
            self._add_main(vpc)
        self._find_main()
        for instance in managed:
            self._add_inline_routes(instance)
        for route in self._reader.of(Route, "aws_route"):
            self._add_route(route)
        for endpoint in endpoints:
            self._add_endpoint_routes(endpoint, prefix_lists.get(endpoint.id, ""))
        for association in self._reader.of(RouteTableAssociation, "aws_route_table_association"):
            self._associate(association)
        for propagation in self._reader.of(RoutePropagation, *PROPAGATING):
            table_id = self._reader.at(propagation).one("route_table_id")
            self._note_propagation(propagation, table_id or "")
        return [self._finished(table_id, table) for table_id, table in self._tables.items()]

    def _add_managed(self, instance: ResourceInstance[RouteTable]) -> None:
        resource, attributes = self._reader.own(instance), instance.attributes
        vpc_id = self._defaults.owner(resource.id) or resource.one("vpc_id")
        self._add(resource.id, instance.region, vpc_id, tags_of(attributes))
        if attributes.propagating_vgws:
            self._note_propagation(instance, resource.id)

    def _note_propagation(self, instance: ResourceInstance[Any], table_id: str) -> None:
        reason = "routes that are propagated into the table are not shown"
        self._reader.at(instance, table_id).gap(reason, "routes")

    def _add(self, table_id: str, region: str, vpc_id: str | None, tags: dict[str, str]) -> _Table:
        vpc = self._vpcs.get(vpc_id or "")
        local = [
            VpcRoute(
                destination=cidr, target=RouteTargetKind.LOCAL, target_id="local", origin="CreateRouteTable"
            )
            for cidr in (vpc.cidrs if vpc else ())
        ]
        table = self._tables[table_id] = _Table(region, vpc_id, tags, local, set(), set())
        return table

    def _add_main(self, vpc: ObservedVpc) -> None:
        """The recorded main table unless it is in the file; then the table made with the VPC, unless that is."""
        main = self._defaults.main_table(vpc)
        made = main if main not in self._tables else self._defaults.part(vpc.id, ROUTE_TABLE)
        self._main[vpc.id] = main
        if made not in self._tables:
            self._add(made, vpc.region, vpc.id, {})

    def _find_main(self) -> None:
        for instance in self._reader.of(RouteTableAssociation, "aws_main_route_table_association"):
            association = self._reader.at(instance)
            vpc_id, table_id = association.one("vpc_id"), association.one("route_table_id")
            if vpc_id and table_id:
                self._main[vpc_id] = table_id

    def _table(self, instance: ResourceInstance[Any], table_id: str, vpc_id: str | None = None) -> _Table:
        """A table by ID; one that the file does not hold has routes that nobody here knows."""
        table = self._tables.get(table_id)
        if table is None:
            table = self._add(table_id, instance.region, vpc_id, {})
            self._reader.at(instance, table_id).gap(f"route table {table_id} was not read", "routes")
        return table

    def _add_inline_routes(self, instance: ResourceInstance[RouteTable]) -> None:
        table_id, routes = self._reader.identity(instance), instance.attributes.route
        for route in listed(routes):
            self._put(table_id, self._routes.inline(instance, table_id, route))
        if routes is UNSET and instance.configures("route"):
            self._routes.unknown(instance, table_id, "route")

    def _add_route(self, instance: ResourceInstance[Route]) -> None:
        table_id = self._reader.at(instance).one("route_table_id")
        if table_id:
            if table_id not in self._tables:
                self._table(instance, table_id)
            self._put(table_id, self._routes.single(instance, table_id))

    def _put(self, table_id: str, route: VpcRoute | None) -> None:
        """A configuration may write the local route down; it is the one that is there already."""
        if route is None:
            return
        table = self._tables[table_id]
        if route.target is RouteTargetKind.LOCAL:
            table.routes = [known for known in table.routes if known.destination != route.destination]
        table.routes.append(route)

    def _add_endpoint_routes(self, endpoint: ObservedEndpoint, prefix_list: str) -> None:
        for table_id in endpoint.route_table_ids:
            table = self._tables.get(table_id)
            if table is not None and prefix_list:
                table.routes.append(
                    VpcRoute(
                        destination=prefix_list, target=RouteTargetKind.VPC_ENDPOINT, target_id=endpoint.id
                    )
                )

    def _associate(self, instance: ResourceInstance[RouteTableAssociation]) -> None:
        association = self._reader.at(instance)
        table_id, subnet_id = association.one("route_table_id"), association.one("subnet_id")
        if not table_id or subnet_id is None:
            return
        if subnet_id:
            subnet = self._reader.subnets.get(subnet_id)
            self._table(instance, table_id, subnet.vpc_id if subnet else None).subnet_ids.add(subnet_id)
            return
        gateway_id = self._reader.at(instance, table_id).one("gateway_id", "gateway_ids")
        if gateway_id:
            self._table(instance, table_id).gateway_ids.add(gateway_id)

    def _finished(self, table_id: str, table: _Table) -> VpcRouteTable:
        return VpcRouteTable(
            region=table.region,
            id=table_id,
            tags=table.tags,
            vpc_id=table.vpc_id,
            main=self._main.get(table.vpc_id or "") == table_id,
            subnet_ids=tuple(sorted(table.subnet_ids)),
            gateway_ids=tuple(sorted(table.gateway_ids)),
            routes=tuple(table.routes),
        )
