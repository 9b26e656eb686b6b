"""Transit Gateway route tables: routes, associations and propagations, the default ones included."""

from typing import Any

from msgspec import Struct

from probes.model.state import PrefixList, TgwAttachment, TgwRoute, TgwRouteTable, TransitGateway, Vpc
from probes.model.state.normal import overlaps
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import Answer
from probes.sources.terraform.resources.reader import Network, Reading, flag_of, tags_of
from probes.sources.terraform.resources.tgw_default_tables import TABLE, USES, DefaultTables, Use
from probes.sources.terraform.resources.transit_gateways import vpcs_of
from probes.sources.terraform.schema import tgw

KIND = "tgw_route_tables"
ATTACHMENT = "transit_gateway_attachment_id"


class _Table(Struct):
    region: str
    transit_gateway_id: str | None
    tags: dict[str, str]
    default_association: bool = False
    default_propagation: bool = False
    routes: dict[Network, TgwRoute] = {}
    associations: set[str] = set()
    propagations: set[str] = set()


class TgwRouteTables:
    """The Transit Gateway route tables while routes and memberships are being added to them."""

    def __init__(
        self,
        reading: Reading,
        defaults: DefaultTables,
        gateways: list[TransitGateway],
        attachments: list[TgwAttachment],
        vpcs: list[Vpc],
    ) -> None:
        self._reading = reading
        self._defaults = defaults
        self._gateways = gateways
        self._attachments = attachments
        self._vpcs = vpcs_of(attachments, vpcs)
        self._tables: dict[str, _Table] = {}

    def read(self, prefix_lists: list[PrefixList]) -> list[TgwRouteTable]:
        """Every Transit Gateway route table."""
        self._add_managed()
        self._add_default()
        for route in self._reading.of(tgw.TgwRoute, "aws_ec2_transit_gateway_route"):
            self._add_route(route)
        lists = {prefix_list.id: prefix_list for prefix_list in prefix_lists}
        name = "aws_ec2_transit_gateway_prefix_list_reference"
        for reference in self._reading.of(tgw.TgwPrefixListReference, name):
            self._add_prefix_list(reference, lists)
        self._add_memberships()
        self._add_default_memberships()
        self._propagate()
        return [_finished(table_id, table) for table_id, table in self._tables.items()]

    def _add_managed(self) -> None:
        for instance in self._reading.of(tgw.TgwRouteTable, "aws_ec2_transit_gateway_route_table"):
            table_id, attributes = self._reading.identity(instance), instance.attributes
            gateway = self._reading.one(
                instance,
                attributes.transit_gateway_id,
                "transit_gateway_id",
                KIND,
                table_id,
                "transit_gateway_id",
            )
            self._tables[table_id] = _Table(instance.region, gateway, tags_of(attributes))

    def _add_default(self) -> None:
        for gateway in self._gateways:
            for use in USES:
                table_id = getattr(gateway, f"default_{use}_table_id")
                if table_id:
                    table = self._tables.setdefault(table_id, _Table(gateway.region, gateway.id, {}))
                    setattr(table, f"default_{use}", True)
                choice = self._defaults.chosen.get((use, gateway.id))
                if choice and choice.made:
                    self._tables.setdefault(choice.made, _Table(gateway.region, gateway.id, {}))

    def _table(self, instance: Instance[Any]) -> tuple[str, _Table] | None:
        table_id = self._reading.one(instance, getattr(instance.attributes, TABLE), TABLE, KIND)
        if not table_id:
            return None
        if table_id not in self._tables:
            reason = f"{instance.address}: Transit Gateway route table {table_id} was not read"
            self._reading.gap(KIND, reason, region=instance.region, resource=table_id, field="routes")
            self._tables[table_id] = _Table(instance.region, None, {})
        return table_id, self._tables[table_id]

    def _attachment(self, instance: Instance[Any], table_id: str, field: str) -> str | None:
        value = getattr(instance.attributes, ATTACHMENT)
        return self._reading.one(instance, value, ATTACHMENT, KIND, table_id, field)

    def _add_route(self, instance: Instance[tgw.TgwRoute]) -> None:
        found, attributes = self._table(instance), instance.attributes
        if found is None:
            return
        table_id, table = found
        if not isinstance(attributes.destination_cidr_block, str):
            self._reading.unknown(instance, "destination_cidr_block", KIND, table_id, "routes")
            return
        destination = self._reading.network(
            instance, "destination_cidr_block", attributes.destination_cidr_block
        )
        table.routes[destination] = self._static(instance, table_id, destination)

    def _static(
        self, instance: Instance[Any], table_id: str, destination: Network, prefix_list: str = ""
    ) -> TgwRoute:
        blackhole = flag_of(instance.attributes.blackhole, default=False)
        attachment = None if blackhole else self._attachment(instance, table_id, "routes")
        return TgwRoute(
            destination=destination,
            type="static",
            state="blackhole" if blackhole else "active",
            attachment_ids=(attachment,) if attachment else (),
            prefix_list_id=prefix_list,
        )

    def _add_prefix_list(
        self, instance: Instance[tgw.TgwPrefixListReference], lists: dict[str, PrefixList]
    ) -> None:
        found, attributes = self._table(instance), instance.attributes
        if found is None:
            return
        table_id, table = found
        place = (KIND, table_id, "routes")
        list_id = self._reading.one(instance, attributes.prefix_list_id, "prefix_list_id", *place)
        if list_id is None:
            return
        if list_id not in lists:
            answer = Answer(missing=f"{list_id} was not read")
            self._reading.unresolved(instance, "prefix_list_id", answer, *place)
            return
        for destination in lists[list_id].cidrs:
            table.routes.setdefault(destination, self._static(instance, table_id, destination, list_id))

    def _add_memberships(self) -> None:
        for use in USES:
            for instance in self._reading.of(tgw.TgwMembership, f"aws_ec2_transit_gateway_route_table_{use}"):
                found = self._table(instance)
                if found is None:
                    continue
                table_id, table = found
                attachment = self._attachment(instance, table_id, f"{use}s")
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
        choice = self._defaults.chosen.get((use, gateway.id))
        if choice and choice.pending:
            for table_id in filter(None, (choice.table_id, choice.made)):
                for field in (f"{use}s", *(("routes",) if use == "propagation" else ())):
                    self._reading.gap(
                        KIND, choice.pending, region=gateway.region, resource=table_id, field=field
                    )
            return
        table = self._tables.get(getattr(gateway, f"default_{use}_table_id") or "")
        if table:
            getattr(table, f"{use}s").add(attachment_id)

    def _declined(self) -> set[tuple[str, str, str]]:
        names = (
            "aws_ec2_transit_gateway_vpc_attachment",
            "aws_ec2_transit_gateway_vpc_attachment_accepter",
            "aws_ec2_transit_gateway_connect",
        )
        declined: set[tuple[str, str, str]] = set()
        for instance in self._reading.of(tgw.TgwVpcAttachment, *names):
            identity = self._declining(instance)
            for use in USES:
                value = getattr(instance.attributes, f"transit_gateway_default_route_table_{use}")
                if not flag_of(value, default=True):
                    declined.add((use, instance.region, identity))
        return declined

    def _declining(self, instance: Instance[tgw.TgwVpcAttachment]) -> str:
        attributes = instance.attributes
        if isinstance(attributes, tgw.TgwVpcAttachmentAccepter):
            return (
                self._reading.one(instance, attributes.transit_gateway_attachment_id, ATTACHMENT, KIND) or ""
            )
        return self._reading.identity(instance)

    def _propagate(self) -> None:
        """A propagating VPC attachment installs the VPC's CIDRs; a static route to the same CIDR wins."""
        for table_id, table in self._tables.items():
            for attachment_id in sorted(table.propagations):
                vpc = self._vpcs.get(attachment_id)
                if vpc is None:
                    reason = f"the routes that {attachment_id} propagates depend on what was not read"
                    self._reading.gap(KIND, reason, region=table.region, resource=table_id, field="routes")
                    continue
                for cidr in vpc.cidrs:
                    table.routes.setdefault(cidr, _propagated(cidr, attachment_id))
            cidrs_of = {name: self._vpcs[name].cidrs for name in table.propagations if name in self._vpcs}
            for reason in overlaps(cidrs_of):
                self._reading.gap(
                    KIND,
                    f"{reason}: that of the VPC attached first",
                    region=table.region,
                    resource=table_id,
                    field="routes",
                )


def _propagated(cidr: Network, attachment_id: str) -> TgwRoute:
    return TgwRoute(
        destination=cidr, type="propagated", state="active", attachment_ids=(attachment_id,), derived=True
    )


def _finished(table_id: str, table: _Table) -> TgwRouteTable:
    return TgwRouteTable(
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
