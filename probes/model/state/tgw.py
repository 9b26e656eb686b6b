"""Observed Transit Gateways: attachments, and route tables with their routes, associations and propagations."""

from ipaddress import IPv4Network, IPv6Network
from typing import Literal

import msgspec

from probes.model.state.base import Resource


class TransitGateway(Resource, frozen=True, kw_only=True):
    """`describe_transit_gateways`. The default table IDs are empty when that option is disabled."""

    state: str
    asn: int | None
    owner_id: str = ""
    default_association_table_id: str | None = ""
    default_propagation_table_id: str | None = ""
    auto_accept_shared_attachments: bool = False
    dns_support: bool = True
    sg_referencing_support: bool | None = None
    encryption_support: str | None = None


BOTH_ENDS = "both ends"
"""
What a gap of an attachment calls that the two ends of a peering, each known, contradict each other.
"""

CHANGING = "changing"
"""
What a gap of an attachment calls that AWS is modifying it: which of its subnets carry traffic nobody says.
"""

DECISIVE_FIELDS = (
    "state",
    "subnet_ids",
    "resource_id",
    "transit_gateway_id",
    "peer_region",
    "peer_transit_gateway_id",
    BOTH_ENDS,
    CHANGING,
)
"""
What has to be known of an attachment to say which packets go through it.
"""


class TgwAttachment(Resource, frozen=True, kw_only=True):
    """`describe_transit_gateway_attachments`, joined with the VPC and peering variants, as seen from `region`.

    A peering has the same ID in both Regions and is listed once in each; `transit_gateway_id` is always that
    of `region`, `peer_*` the other side. `resource_type` is "vpc", "peering", "vpn", ….
    Association is not kept here but in `TgwRouteTable.associations`. Only VPC attachments have
    `sg_referencing_support`, which AWS enables by default; None where the source does not say.
    """

    transit_gateway_id: str | None
    resource_type: str
    resource_id: str | None
    state: str
    subnet_ids: tuple[str, ...] = ()
    appliance_mode: bool = False
    sg_referencing_support: bool | None = True
    role: Literal["requester", "accepter", ""] = ""
    peer_transit_gateway_id: str | None = ""
    peer_region: str = ""
    policy_table_id: str = ""


TgwRouteState = Literal["pending", "active", "blackhole", "deleting", "deleted"]


class TgwRoute(msgspec.Struct, frozen=True, kw_only=True):
    """`search_transit_gateway_routes`: one route. A blackhole has no attachments.

    `derived` marks a propagated route that the source concluded from the propagation instead of reading it.
    """

    destination: IPv4Network | IPv6Network
    type: Literal["static", "propagated"]
    state: TgwRouteState
    attachment_ids: tuple[str, ...]
    prefix_list_id: str = ""
    derived: bool = False


class TgwRouteTable(Resource, frozen=True, kw_only=True):
    """`describe_transit_gateway_route_tables` with its routes, associations and propagations.

    `associations` and `propagations` are attachment IDs in state associated / enabled. An attachment is associated
    with one table at most and propagates to any number; a peering propagates to none, its routes are static
    (https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-propagation-overview).
    `routes_complete` is False when AWS said that additional routes are available.
    """

    transit_gateway_id: str | None
    state: str
    default_association: bool
    default_propagation: bool
    routes: tuple[TgwRoute, ...]
    associations: tuple[str, ...]
    propagations: tuple[str, ...]
    routes_complete: bool = True
