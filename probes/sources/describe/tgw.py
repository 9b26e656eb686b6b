"""Raw EC2 answers about Transit Gateways as resources of the model."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

import msgspec

from probes.model.state import TgwAttachment, TgwRoute, TgwRouteTable, TransitGateway
from probes.model.state.normal import destination_key
from probes.model.state.tgw import TgwRouteState
from probes.sources.describe import raw_tgw as raw
from probes.sources.describe.fields import tags_of


class TableFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the per-table answers say about one Transit Gateway route table."""

    routes: tuple[TgwRoute, ...]
    associations: tuple[str, ...]
    propagations: tuple[str, ...]
    complete: bool


ROUTE_STATES: dict[str, TgwRouteState] = {"active": "active", "blackhole": "blackhole"}


def transit_gateway(region: str, item: raw.RawTransitGateway) -> TransitGateway:
    """A Transit Gateway. A default table whose option is disabled is none, even where AWS still names it."""
    options = item.options
    associates = options.default_route_table_association == "enable"
    propagates = options.default_route_table_propagation == "enable"
    referencing = options.security_group_referencing_support
    return TransitGateway(
        region=region,
        id=item.transit_gateway_id,
        tags=tags_of(item.tags),
        state=item.state,
        asn=options.amazon_side_asn,
        owner_id=item.owner_id,
        default_association_table_id=options.association_default_route_table_id if associates else "",
        default_propagation_table_id=options.propagation_default_route_table_id if propagates else "",
        auto_accept_shared_attachments=options.auto_accept_shared_attachments == "enable",
        dns_support=options.dns_support == "enable",
        sg_referencing_support=None if referencing is None else referencing == "enable",
        encryption_support=options.encryption_support.encryption_state,
    )


def vpc_attachment(
    region: str, item: raw.RawTgwAttachment | None, detail: raw.RawTgwVpcAttachment
) -> TgwAttachment:
    """A VPC attachment from its own answer, with the policy table that only the general answer names."""
    return TgwAttachment(
        region=region,
        id=detail.transit_gateway_attachment_id,
        tags=tags_of(detail.tags),
        transit_gateway_id=detail.transit_gateway_id,
        resource_type="vpc",
        resource_id=detail.vpc_id,
        state=detail.state,
        subnet_ids=tuple(sorted(detail.subnet_ids)),
        appliance_mode=detail.options.appliance_mode_support == "enable",
        policy_table_id=_policy_table(item),
    )


def peering_sides(
    region: str, item: raw.RawTgwAttachment | None, detail: raw.RawTgwPeeringAttachment
) -> Iterable[TgwAttachment]:
    """A peering as `region` sees it: one side, or both when it joins two Transit Gateways of one Region."""
    requester, accepter = detail.requester_tgw_info, detail.accepter_tgw_info
    attachment = TgwAttachment(
        region=region,
        id=detail.transit_gateway_attachment_id,
        tags=tags_of(detail.tags),
        transit_gateway_id=requester.transit_gateway_id,
        resource_type="peering",
        resource_id=accepter.transit_gateway_id,
        state=detail.state,
        role="requester",
        peer_transit_gateway_id=accepter.transit_gateway_id,
        peer_region=accepter.region,
        policy_table_id=_policy_table(item),
    )
    own_id = detail.accepter_transit_gateway_attachment_id
    if region == requester.region:
        yield attachment
    if region == accepter.region and (region != requester.region or own_id):
        yield _other_side(attachment, own_id if region == requester.region else attachment.id, requester)


def other_attachment(region: str, item: raw.RawTgwAttachment) -> TgwAttachment:
    """An attachment that only the general answer describes: VPN, Connect, or one seen without its detail."""
    peering = item.resource_type == "peering"
    return TgwAttachment(
        region=region,
        id=item.transit_gateway_attachment_id,
        tags=tags_of(item.tags),
        transit_gateway_id=item.transit_gateway_id,
        resource_type=item.resource_type,
        resource_id=item.resource_id,
        state=item.state,
        peer_transit_gateway_id=item.resource_id if peering else "",
        policy_table_id=_policy_table(item),
    )


def tgw_route_table(region: str, item: raw.RawTgwRouteTable, facts: TableFacts) -> TgwRouteTable:
    """A Transit Gateway route table with what the per-table answers say about it."""
    return TgwRouteTable(
        region=region,
        id=item.transit_gateway_route_table_id,
        tags=tags_of(item.tags),
        transit_gateway_id=item.transit_gateway_id,
        state=item.state,
        default_association=item.default_association_route_table,
        default_propagation=item.default_propagation_route_table,
        routes=tuple(
            sorted(facts.routes, key=lambda route: (destination_key(route.destination), route.type))
        ),
        associations=tuple(sorted(facts.associations)),
        propagations=tuple(sorted(facts.propagations)),
        routes_complete=facts.complete,
    )


def tgw_routes(answer: raw.TgwRoutes) -> Iterable[TgwRoute]:
    """The routes of one answer that are there or coming; those being deleted are left out."""
    for route in answer.routes:
        if route.state not in ("deleting", "deleted"):
            yield TgwRoute(
                destination=route.destination_cidr_block,
                type="propagated" if route.type == "propagated" else "static",
                state=ROUTE_STATES.get(route.state, "pending"),
                attachment_ids=tuple(
                    sorted(each.transit_gateway_attachment_id for each in route.transit_gateway_attachments)
                ),
                prefix_list_id=route.prefix_list_id,
            )


def propagated_routes(
    attachment_ids: Iterable[str],
    cidrs_of: Mapping[str, Iterable[IPv4Network]],
    static: Iterable[TgwRoute],
) -> Iterable[TgwRoute]:
    """The routes that enabled propagations install, where nobody searched the table.

    `cidrs_of` maps VPC attachments to their VPC's blocks. A static route to the same prefix wins
    (Transit Gateway guide, route evaluation order).
    """
    taken = {route.destination for route in static}
    for attachment_id in attachment_ids:
        for cidr in cidrs_of.get(attachment_id, ()):
            if cidr not in taken:
                yield TgwRoute(
                    destination=cidr,
                    type="propagated",
                    state="active",
                    attachment_ids=(attachment_id,),
                    derived=True,
                )


def _policy_table(item: raw.RawTgwAttachment | None) -> str:
    if item is None or item.association is None:
        return ""
    return item.association.transit_gateway_policy_table_id


def _other_side(attachment: TgwAttachment, own_id: str, requester: raw.PeeringTgw) -> TgwAttachment:
    return TgwAttachment(
        region=attachment.region,
        id=own_id,
        tags=attachment.tags,
        transit_gateway_id=attachment.peer_transit_gateway_id,
        resource_type="peering",
        resource_id=requester.transit_gateway_id,
        state=attachment.state,
        role="accepter",
        peer_transit_gateway_id=requester.transit_gateway_id,
        peer_region=requester.region,
        policy_table_id=attachment.policy_table_id,
    )
