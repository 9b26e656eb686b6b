"""The responses about Transit Gateways of one Region joined: attachments from three calls, tables from five."""

from collections.abc import Iterable
from typing import Any

from probes.model.state import Gap, TgwAttachment, TgwRoute, TgwRouteTable
from probes.model.state.normal import overlaps
from probes.model.state.tgw import CHANGING
from probes.sources.describe import tgw, tgw_routes
from probes.sources.describe.region import RegionResponses

VPC_DETAIL = "TransitGatewayVpcAttachments"
PEERING_DETAIL = "TransitGatewayPeeringAttachments"
ROUTES = "TransitGatewayRoutes"
STATIC_ROUTES = "TransitGatewayStaticRoutes"
PROPAGATIONS = "TransitGatewayPropagations"
ASSOCIATIONS = "TransitGatewayAssociations"
ATTACHMENTS = "TransitGatewayAttachments"
MODIFIED = ("modifying", "rollingBack")
CHANGING_STATES = ("associating", "disassociating")


def attachments(responses: RegionResponses) -> Iterable[TgwAttachment]:
    """Every attachment once, from its own kind's response where there is one."""
    general = {item.transit_gateway_attachment_id: item for item in responses.items(ATTACHMENTS)}
    seen = set()
    for attachment in (*_vpc(responses, general), *_peerings(responses, general)):
        seen.add(attachment.id)
        yield attachment
    for item in general.values():
        if item.transit_gateway_attachment_id not in seen:
            yield tgw.other_attachment(responses.region, item)


def attachment_gaps(responses: RegionResponses, found: Iterable[TgwAttachment]) -> Iterable[Gap]:
    """What the general response alone does not say: a VPC attachment's subnets, a peering's other Region.

    And what no response says: which packets get through an attachment that is being modified.
    """
    details = {"vpc": (VPC_DETAIL, "subnet_ids"), "peering": (PEERING_DETAIL, "peer_region")}
    detailed = {*responses.by_id(VPC_DETAIL), *_peering_ids(responses)}
    for attachment in found:
        key, field = details.get(attachment.resource_type, ("", ""))
        if key and attachment.id not in detailed:
            yield responses.gap("tgw_attachments", key, resource=attachment.id, field=field)
        if attachment.state in MODIFIED:
            reason = f"AWS is modifying the attachment ({attachment.state}): run again when it is available"
            yield Gap(
                kind="tgw_attachments",
                region=attachment.region,
                resource=attachment.id,
                field=CHANGING,
                reason=reason,
            )


def route_tables(responses: RegionResponses, found: Iterable[TgwAttachment]) -> Iterable[TgwRouteTable]:
    """Every table with its routes, associations and propagations."""
    tables = _Tables(responses, found)
    for item in responses.items("TransitGatewayRouteTables"):
        yield tgw_routes.tgw_route_table(
            responses.region, item, tables.facts(item.transit_gateway_route_table_id)
        )


def route_table_gaps(responses: RegionResponses, found: Iterable[TgwAttachment]) -> Iterable[Gap]:
    """What no response says about a table."""
    tables = _Tables(responses, found)
    for item in responses.items("TransitGatewayRouteTables"):
        table_id = item.transit_gateway_route_table_id
        for key, field in tables.unseen(table_id):
            yield responses.gap("tgw_route_tables", key, resource=table_id, field=field)
        for field, reason in tables.unsettled(table_id):
            yield Gap(
                kind="tgw_route_tables",
                region=responses.region,
                resource=table_id,
                field=field,
                reason=reason,
            )


class _Tables:
    """The per-table responses by table."""

    def __init__(self, responses: RegionResponses, found: Iterable[TgwAttachment]) -> None:
        self._responses = responses
        self._routes = _by_table(responses.items(ROUTES))
        self._static = _by_table(responses.items(STATIC_ROUTES))
        self._associations = _by_table(responses.items(ASSOCIATIONS))
        self._propagations = _by_table(responses.items(PROPAGATIONS))
        cidrs = {vpc.id: vpc.cidrs for vpc in responses.vpcs}
        self._cidrs_of = {
            attachment.id: cidrs[attachment.resource_id]
            for attachment in found
            if attachment.resource_type == "vpc" and attachment.resource_id in cidrs
        }

    def facts(self, table_id: str) -> tgw_routes.TableFacts:
        return tgw_routes.TableFacts(
            routes=tuple(self._routes_of(table_id)),
            associations=tuple(self._associated(table_id)),
            propagations=tuple(self._propagating(table_id)),
            complete=not any(
                response.additional_routes_available
                for response in (self._routes.get(table_id) or self._static.get(table_id),)
                if response is not None
            ),
        )

    def unseen(self, table_id: str) -> Iterable[tuple[str, str]]:
        """The missing responses and the fields that they would have filled."""
        if table_id not in self._routes:
            if table_id not in self._static:
                yield ROUTES, "routes"
            elif table_id not in self._propagations:
                yield PROPAGATIONS, "routes"
        if table_id not in self._propagations:
            yield PROPAGATIONS, "propagations"
        if table_id not in self._associations and not self._responses.has(ATTACHMENTS):
            yield ASSOCIATIONS, "associations"

    def unsettled(self, table_id: str) -> Iterable[tuple[str, str]]:
        """The fields that the responses leave open, with the reason: routes nobody searched, changes under way."""
        for attachment_id, state in self._changing(table_id):
            yield "associations", f"AWS is changing the association of {attachment_id} ({state})"
        if table_id in self._routes:
            return
        propagating = self._propagating(table_id)
        for attachment_id in propagating:
            if attachment_id not in self._cidrs_of:
                yield "routes", f"the routes that {attachment_id} propagates are only in a {ROUTES} response"
        for reason in overlaps({name: self._cidrs_of.get(name, ()) for name in propagating}):
            yield "routes", f"{reason}, and only a {ROUTES} response says whose"

    def _routes_of(self, table_id: str) -> Iterable[TgwRoute]:
        searched = self._routes.get(table_id)
        if searched is not None:
            return tgw_routes.tgw_routes(searched)
        static = self._static.get(table_id)
        listed = tuple(tgw_routes.tgw_routes(static)) if static is not None else ()
        return (*listed, *tgw_routes.propagated_routes(self._propagating(table_id), self._cidrs_of, listed))

    def _propagating(self, table_id: str) -> Iterable[str]:
        response = self._propagations.get(table_id)
        listed = response.transit_gateway_route_table_propagations if response is not None else ()
        return [each.transit_gateway_attachment_id for each in listed if each.state == "enabled"]

    def _associated(self, table_id: str) -> Iterable[str]:
        return [name for name, state in self._associations_of(table_id) if state == "associated"]

    def _changing(self, table_id: str) -> Iterable[tuple[str, str]]:
        return [(name, state) for name, state in self._associations_of(table_id) if state in CHANGING_STATES]

    def _associations_of(self, table_id: str) -> Iterable[tuple[str, str]]:
        """The attachments that name the table, and the state of their association with it."""
        response = self._associations.get(table_id)
        if response is not None:
            return [(each.transit_gateway_attachment_id, each.state) for each in response.associations]
        return [
            (item.transit_gateway_attachment_id, item.association.state)
            for item in self._responses.items(ATTACHMENTS)
            if item.association is not None and item.association.transit_gateway_route_table_id == table_id
        ]


def _vpc(responses: RegionResponses, general: dict[str, tgw.RawTgwAttachment]) -> Iterable[TgwAttachment]:
    for detail in responses.items(VPC_DETAIL):
        item = general.get(detail.transit_gateway_attachment_id)
        yield tgw.vpc_attachment(responses.region, item, detail)


def _peerings(
    responses: RegionResponses, general: dict[str, tgw.RawTgwAttachment]
) -> Iterable[TgwAttachment]:
    for detail in responses.items(PEERING_DETAIL):
        item = general.get(detail.transit_gateway_attachment_id)
        yield from tgw.peering_sides(responses.region, item, detail)


def _peering_ids(responses: RegionResponses) -> Iterable[str]:
    for detail in responses.items(PEERING_DETAIL):
        yield detail.transit_gateway_attachment_id
        yield detail.accepter_transit_gateway_attachment_id


def _by_table(items: Iterable[Any]) -> dict[str, Any]:
    return {item.transit_gateway_route_table_id: item for item in items}
