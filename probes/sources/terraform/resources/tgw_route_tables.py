"""Transit Gateway route tables: routes, associations and propagations, the default ones included."""

from typing import Any

from msgspec import UNSET, Struct

from probes.model.state import PrefixList, TgwAttachment, TransitGateway, Vpc
from probes.model.state import TgwRoute as ObservedRoute
from probes.model.state import TgwRouteTable as ObservedTable
from probes.model.state.normal import overlaps
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.tgw_default_tables import USES, DefaultTables, Use
from probes.sources.terraform.resources.transit_gateways import (
    TgwVpcAttachment,
    TgwVpcAttachmentAccepter,
    vpcs_of,
)
from probes.sources.terraform.resources.values import Network, flag_of, tags_of
from probes.sources.terraform.schema.base import Attributes, Flag, Tagged, Text

TABLE = "transit_gateway_route_table_id"
ATTACHMENT = "transit_gateway_attachment_id"
DECLINING = (
    "aws_ec2_transit_gateway_vpc_attachment",
    "aws_ec2_transit_gateway_vpc_attachment_accepter",
    "aws_ec2_transit_gateway_connect",
)
"""
Attachments that can decline the default tables.
"""


class TgwRouteTable(Tagged, gc=False):
    """`aws_ec2_transit_gateway_route_table`."""

    transit_gateway_id: Text = UNSET
    default_association_route_table: Flag = UNSET
    default_propagation_route_table: Flag = UNSET


class TgwRoute(Attributes, gc=False):
    """`aws_ec2_transit_gateway_route`."""

    destination_cidr_block: Text = UNSET
    blackhole: Flag = UNSET
    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_route_table_id: Text = UNSET


class TgwPrefixListReference(Attributes, gc=False):
    """`aws_ec2_transit_gateway_prefix_list_reference`."""

    prefix_list_id: Text = UNSET
    blackhole: Flag = UNSET
    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_route_table_id: Text = UNSET


class TgwMembership(Attributes, gc=False):
    """`aws_ec2_transit_gateway_route_table_association` and `aws_ec2_transit_gateway_route_table_propagation`."""

    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_route_table_id: Text = UNSET


class _Table(Struct):
    region: str
    transit_gateway_id: str | None
    tags: dict[str, str] = {}
    default_association: bool = False
    default_propagation: bool = False
    routes: dict[Network, ObservedRoute] = {}
    associations: set[str] = set()
    propagations: set[str] = set()


class TgwRouteTables:
    """The Transit Gateway route tables while routes and memberships are being added to them."""

    def __init__(
        self,
        reader: Reader,
        defaults: DefaultTables,
        gateways: list[TransitGateway],
        attachments: list[TgwAttachment],
        vpcs: list[Vpc],
    ) -> None:
        self._reader = reader
        self._defaults = defaults
        self._gateways = gateways
        self._attachments = attachments
        self._vpcs = vpcs_of(attachments, vpcs)
        self._tables: dict[str, _Table] = {}

    def read(self, prefix_lists: list[PrefixList]) -> list[ObservedTable]:
        """Every Transit Gateway route table."""
        self._add_managed()
        self._add_default()
        for route in self._reader.of(TgwRoute, "aws_ec2_transit_gateway_route"):
            self._add_route(route)
        lists = {prefix_list.id: prefix_list for prefix_list in prefix_lists}
        name = "aws_ec2_transit_gateway_prefix_list_reference"
        for reference in self._reader.of(TgwPrefixListReference, name):
            self._add_prefix_list(reference, lists)
        self._add_memberships()
        self._add_default_memberships()
        self._propagate()
        return [_finished(table_id, table) for table_id, table in self._tables.items()]

    def _add_managed(self) -> None:
        for instance in self._reader.of(TgwRouteTable, "aws_ec2_transit_gateway_route_table"):
            resource = self._reader.own(instance)
            gateway = resource.one("transit_gateway_id")
            self._tables[resource.id] = _Table(instance.region, gateway, tags_of(instance.attributes))

    def _add_default(self) -> None:
        for gateway in self._gateways:
            for use in USES:
                table_id = getattr(gateway, f"default_{use}_table_id")
                if table_id:
                    table = self._tables.setdefault(table_id, _Table(gateway.region, gateway.id))
                    setattr(table, f"default_{use}", True)
                chosen = self._defaults.chosen.get((use, gateway.id))
                if chosen and chosen.made:
                    self._tables.setdefault(chosen.made, _Table(gateway.region, gateway.id))

    def _table(self, instance: ResourceInstance[Any]) -> tuple[str, _Table] | None:
        table_id = self._reader.at(instance).one(TABLE)
        if not table_id:
            return None
        if table_id not in self._tables:
            reason = f"Transit Gateway route table {table_id} was not read"
            self._reader.at(instance, table_id).gap(reason, "routes")
            self._tables[table_id] = _Table(instance.region, None)
        return table_id, self._tables[table_id]

    def _add_route(self, instance: ResourceInstance[TgwRoute]) -> None:
        found, text = self._table(instance), instance.attributes.destination_cidr_block
        if found is None:
            return
        table_id, table = found
        if not isinstance(text, str):
            self._reader.at(instance, table_id).unknown("destination_cidr_block", "routes")
            return
        destination = self._reader.network(instance, "destination_cidr_block", text)
        table.routes[destination] = self._static(instance, table_id, destination)

    def _static(
        self, instance: ResourceInstance[Any], table_id: str, destination: Network, prefix_list: str = ""
    ) -> ObservedRoute:
        blackhole = flag_of(instance.attributes.blackhole, default=False)
        attachment = None if blackhole else self._reader.at(instance, table_id).one(ATTACHMENT, "routes")
        return ObservedRoute(
            destination=destination,
            type="static",
            state="blackhole" if blackhole else "active",
            attachment_ids=(attachment,) if attachment else (),
            prefix_list_id=prefix_list,
        )

    def _add_prefix_list(
        self, instance: ResourceInstance[TgwPrefixListReference], lists: dict[str, PrefixList]
    ) -> None:
        found = self._table(instance)
        if found is None:
            return
        table_id, table = found
        resource = self._reader.at(instance, table_id)
        list_id = resource.one("prefix_list_id", "routes")
        if list_id is None:
            return
        if list_id not in lists:
            resource.gap(f"prefix_list_id {list_id} was not read", "routes")
            return
        for destination in lists[list_id].cidrs:
            table.routes.setdefault(destination, self._static(instance, table_id, destination, list_id))

    def _add_memberships(self) -> None:
        for use in USES:
            for instance in self._reader.of(TgwMembership, f"aws_ec2_transit_gateway_route_table_{use}"):
                found = self._table(instance)
                if found is None:
                    continue
                table_id, table = found
                attachment = self._reader.at(instance, table_id).one(ATTACHMENT, f"{use}s")
                if attachment:
                    getattr(table, f"{use}s").add(attachment)

    def _add_default_memberships(self) -> None:
        """A gateway's default tables take every attachment that did not decline and has no other association.

        Peering attachments propagate nothing (Transit Gateway guide, "peering attachments").
        """
        declined = self._declined()
        gateways = {gateway.id: gateway for gateway in self._gateways}
        associated = {
            (table.region, member) for table in self._tables.values() for member in table.associations
        }
        for attachment in self._attachments:
            gateway = gateways.get(attachment.transit_gateway_id or "")
            if gateway is None:
                continue
            key = (attachment.region, attachment.id)
            if key not in associated and ("association", *key) not in declined:
                self._join_default(gateway, "association", attachment.id)
            if attachment.resource_type != "peering" and ("propagation", *key) not in declined:
                self._join_default(gateway, "propagation", attachment.id)

    def _join_default(self, gateway: TransitGateway, use: Use, attachment_id: str) -> None:
        chosen = self._defaults.chosen.get((use, gateway.id))
        if chosen and chosen.pending:
            for table_id in filter(None, (chosen.table_id, chosen.made)):
                for field in (f"{use}s", *(("routes",) if use == "propagation" else ())):
                    self._gap(chosen.pending, gateway.region, table_id, field)
            return
        table = self._tables.get(getattr(gateway, f"default_{use}_table_id") or "")
        if table:
            getattr(table, f"{use}s").add(attachment_id)

    def _gap(self, reason: str, region: str, table_id: str, field: str) -> None:
        self._reader.gap("tgw_route_tables", reason, region=region, resource=table_id, field=field)

    def _declined(self) -> set[tuple[str, str, str]]:
        declined: set[tuple[str, str, str]] = set()
        for instance in self._reader.of(TgwVpcAttachment, *DECLINING):
            accepts = isinstance(instance.attributes, TgwVpcAttachmentAccepter)
            own = self._reader.identity(instance)
            identity = (self._reader.at(instance).one(ATTACHMENT) or "") if accepts else own
            for use in USES:
                value = getattr(instance.attributes, f"transit_gateway_default_route_table_{use}")
                if not flag_of(value, default=True):
                    declined.add((use, instance.region, identity))
        return declined

    def _propagate(self) -> None:
        """A propagating VPC attachment installs the VPC's CIDRs; a static route to the same CIDR wins."""
        for table_id, table in self._tables.items():
            for attachment_id in sorted(table.propagations):
                vpc = self._vpcs.get(attachment_id)
                if vpc is None:
                    reason = f"the routes that {attachment_id} propagates depend on what was not read"
                    self._gap(reason, table.region, table_id, "routes")
                    continue
                for cidr in vpc.cidrs:
                    table.routes.setdefault(cidr, _propagated(cidr, attachment_id))
            cidrs_of = {name: self._vpcs[name].cidrs for name in table.propagations if name in self._vpcs}
            for reason in overlaps(cidrs_of):
                self._gap(f"{reason}: that of the VPC attached first", table.region, table_id, "routes")


def _propagated(cidr: Network, attachment_id: str) -> ObservedRoute:
    return ObservedRoute(
        destination=cidr, type="propagated", state="active", attachment_ids=(attachment_id,), derived=True
    )


def _finished(table_id: str, table: _Table) -> ObservedTable:
    return ObservedTable(
        region=table.region,
        id=table_id,
        tags=table.tags,
        transit_gateway_id=table.transit_gateway_id,
        state="available",
        default_association=table.default_association,
        default_propagation=table.default_propagation,
        routes=tuple(table.routes.values()),
        associations=tuple(sorted(table.associations)),
        propagations=tuple(sorted(table.propagations)),
    )
