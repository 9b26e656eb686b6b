"""The answers about Transit Gateways of one Region joined: attachments from three calls, tables from five."""

from collections.abc import Iterable
from typing import Any

from probes.model.state import Gap, TgwAttachment, TgwRoute, TgwRouteTable
from probes.model.state.tgw import CHANGING
from probes.sources.describe import raw_tgw as raw
from probes.sources.describe import tgw
from probes.sources.describe.region import RegionAnswers

VPC_DETAIL = "TransitGatewayVpcAttachments"
PEERING_DETAIL = "TransitGatewayPeeringAttachments"
ROUTES = "TransitGatewayRoutes"
STATIC_ROUTES = "TransitGatewayStaticRoutes"
PROPAGATIONS = "TransitGatewayPropagations"
ASSOCIATIONS = "TransitGatewayAssociations"
ATTACHMENTS = "TransitGatewayAttachments"
MODIFIED = ("modifying", "rollingBack")


def attachments(answers: RegionAnswers) -> Iterable[TgwAttachment]:
    """Every attachment once, from its own kind's answer where there is one."""
    general = {item.transit_gateway_attachment_id: item for item in answers.items(ATTACHMENTS)}
    seen = set()
    for attachment in (*_vpc(answers, general), *_peerings(answers, general)):
        seen.add(attachment.id)
        yield attachment
    for item in general.values():
        if item.transit_gateway_attachment_id not in seen:
            yield tgw.other_attachment(answers.region, item)


def attachment_gaps(answers: RegionAnswers, found: Iterable[TgwAttachment]) -> Iterable[Gap]:
    """What the general answer alone does not say: a VPC attachment's subnets, a peering's other Region.

    And what no answer says: which packets get through an attachment that is being modified.
    """
    details = {"vpc": (VPC_DETAIL, "subnet_ids"), "peering": (PEERING_DETAIL, "peer_region")}
    detailed = {*answers.by_id(VPC_DETAIL), *_peering_ids(answers)}
    for attachment in found:
        key, field = details.get(attachment.resource_type, ("", ""))
        if key and attachment.id not in detailed:
            yield answers.gap("tgw_attachments", key, resource=attachment.id, field=field)
        if attachment.state in MODIFIED:
            reason = f"AWS is modifying the attachment ({attachment.state}): run again when it is available"
            yield Gap(
                kind="tgw_attachments",
                region=attachment.region,
                resource=attachment.id,
                field=CHANGING,
                reason=reason,
            )


def route_tables(answers: RegionAnswers, found: Iterable[TgwAttachment]) -> Iterable[TgwRouteTable]:
    """Every table with its routes, associations and propagations."""
    tables = _Tables(answers, found)
    for item in answers.items("TransitGatewayRouteTables"):
        yield tgw.tgw_route_table(answers.region, item, tables.facts(item.transit_gateway_route_table_id))


def route_table_gaps(answers: RegionAnswers, found: Iterable[TgwAttachment]) -> Iterable[Gap]:
    """What no answer says about a table."""
    tables = _Tables(answers, found)
    for item in answers.items("TransitGatewayRouteTables"):
        table_id = item.transit_gateway_route_table_id
        for key, field in tables.unseen(table_id):
            yield answers.gap("tgw_route_tables", key, resource=table_id, field=field)
        for attachment_id in tables.underivable(table_id):
            yield Gap(
                kind="tgw_route_tables",
                region=answers.region,
                resource=table_id,
                field="routes",
                reason=f"the routes that {attachment_id} propagates are only in a {ROUTES} answer",
            )


class _Tables:
    """The per-table answers by table."""

    def __init__(self, answers: RegionAnswers, found: Iterable[TgwAttachment]) -> None:
        self._answers = answers
        self._routes = _by_table(answers.items(ROUTES))
        self._static = _by_table(answers.items(STATIC_ROUTES))
        self._associations = _by_table(answers.items(ASSOCIATIONS))
        self._propagations = _by_table(answers.items(PROPAGATIONS))
        cidrs = {vpc.id: vpc.cidrs for vpc in answers.vpcs}
        self._cidrs_of = {
            attachment.id: cidrs[attachment.resource_id]
            for attachment in found
            if attachment.resource_type == "vpc" and attachment.resource_id in cidrs
        }

    def facts(self, table_id: str) -> tgw.TableFacts:
        return tgw.TableFacts(
            routes=tuple(self._routes_of(table_id)),
            associations=tuple(self._associated(table_id)),
            propagations=tuple(self._propagating(table_id)),
            complete=not any(
                answer.additional_routes_available
                for answer in (self._routes.get(table_id) or self._static.get(table_id),)
                if answer is not None
            ),
        )

    def unseen(self, table_id: str) -> Iterable[tuple[str, str]]:
        """The missing answers and the fields that they would have filled."""
        if table_id not in self._routes:
            if table_id not in self._static:
                yield ROUTES, "routes"
            elif table_id not in self._propagations:
                yield PROPAGATIONS, "routes"
        if table_id not in self._propagations:
            yield PROPAGATIONS, "propagations"
        if table_id not in self._associations and not self._answers.has(ATTACHMENTS):
            yield ASSOCIATIONS, "associations"

    def underivable(self, table_id: str) -> Iterable[str]:
        """Propagating attachments whose routes cannot be concluded from VPC CIDRs, in a table nobody searched."""
        if table_id not in self._routes:
            return (each for each in self._propagating(table_id) if each not in self._cidrs_of)
        return ()

    def _routes_of(self, table_id: str) -> Iterable[TgwRoute]:
        searched = self._routes.get(table_id)
        if searched is not None:
            return tgw.tgw_routes(searched)
        static = self._static.get(table_id)
        listed = tuple(tgw.tgw_routes(static)) if static is not None else ()
        return (*listed, *tgw.propagated_routes(self._propagating(table_id), self._cidrs_of, listed))

    def _propagating(self, table_id: str) -> Iterable[str]:
        answer = self._propagations.get(table_id)
        listed = answer.transit_gateway_route_table_propagations if answer is not None else ()
        return [each.transit_gateway_attachment_id for each in listed if each.state == "enabled"]

    def _associated(self, table_id: str) -> Iterable[str]:
        answer = self._associations.get(table_id)
        if answer is not None:
            return [
                each.transit_gateway_attachment_id
                for each in answer.associations
                if each.state == "associated"
            ]
        return [
            item.transit_gateway_attachment_id
            for item in self._answers.items(ATTACHMENTS)
            if _associates(item, table_id)
        ]


def _vpc(answers: RegionAnswers, general: dict[str, raw.RawTgwAttachment]) -> Iterable[TgwAttachment]:
    for detail in answers.items(VPC_DETAIL):
        item = general.get(detail.transit_gateway_attachment_id)
        yield tgw.vpc_attachment(answers.region, item, detail)


def _peerings(answers: RegionAnswers, general: dict[str, raw.RawTgwAttachment]) -> Iterable[TgwAttachment]:
    for detail in answers.items(PEERING_DETAIL):
        item = general.get(detail.transit_gateway_attachment_id)
        yield from tgw.peering_sides(answers.region, item, detail)


def _peering_ids(answers: RegionAnswers) -> Iterable[str]:
    for detail in answers.items(PEERING_DETAIL):
        yield detail.transit_gateway_attachment_id
        yield detail.accepter_transit_gateway_attachment_id


def _associates(item: raw.RawTgwAttachment, table_id: str) -> bool:
    association = item.association
    return (
        association is not None
        and association.transit_gateway_route_table_id == table_id
        and association.state == "associated"
    )


def _by_table(items: Iterable[Any]) -> dict[str, Any]:
    return {item.transit_gateway_route_table_id: item for item in items}
