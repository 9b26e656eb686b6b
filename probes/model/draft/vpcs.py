"""The VPCs of a draft: their tiers by Name tags and routes, and where their route tables lead."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from ipaddress import IPv4Network
from typing import Any

import msgspec

from probes.model.draft.names import (
    exactly,
    place_tokens,
    region_alias,
    short_name,
    tokens,
    told_apart,
    unique,
)
from probes.model.errors import ProbeError
from probes.model.network.index import Network
from probes.model.state import RouteTargetKind, Subnet, TgwAttachment, Vpc, VpcRoute, VpcRouteTable
from probes.model.state.vpc import FIREWALL_ENDPOINT

AWS_DEFAULT = IPv4Network("172.31.0.0/16")  # the CIDR of every default VPC
ATTACHMENT = "tgw"
NOWHERE = "none"
_VIA = {
    RouteTargetKind.TRANSIT_GATEWAY: "transit-gateway",
    RouteTargetKind.INTERNET_GATEWAY: "internet-gateway",
    RouteTargetKind.NAT_GATEWAY: "nat-gateway",
}


class DraftedVpc(msgspec.Struct, kw_only=True):
    """One VPC with its name in the spec; `attached` are its subnets that hold Transit Gateway attachments."""

    name: str
    vpc: Vpc
    tiers: dict[str, list[Subnet]]
    attachments: tuple[TgwAttachment, ...]
    attachment_tier: str


class DraftedVpcs:
    """The VPCs that belong to the network: all but AWS's own default ones that nothing is joined to.

    `gateway_names` are the names that the draft gives to Transit Gateways, by Region and ID.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.notes: list[str] = []
        self.gateway_names: dict[tuple[str, str], str] = {}

    @cached_property
    def all(self) -> tuple[DraftedVpc, ...]:
        """The VPCs, in the state's order."""
        found: list[DraftedVpc] = []
        for vpc in self.network.state.vpcs:
            if self._is_untouched_default(vpc):
                self.notes.append(f"left out: {vpc.label}, a default VPC that nothing is joined to")
                continue
            dropped = self.common_words
            name = unique(short_name(vpc, dropped), {one.name for one in found})
            found.append(self._drafted(name, vpc))
        return tuple(found)

    @cached_property
    def by_id(self) -> dict[tuple[str, str], DraftedVpc]:
        """The VPCs by Region and ID."""
        return {(one.vpc.region, one.vpc.id): one for one in self.all}

    @cached_property
    def services(self) -> dict[str, list[str]]:
        """AWS's services that have an available endpoint, each with the VPCs that have one."""
        found: dict[str, list[str]] = {}
        for endpoint in self.network.state.vpc_endpoints:
            home = self.by_id.get((endpoint.region, endpoint.vpc_id or ""))
            service = endpoint.service_name.rsplit(".", 1)[-1]
            of_aws = (
                endpoint.service_name.startswith("com.amazonaws.") and ".vpce." not in endpoint.service_name
            )
            if home is not None and endpoint.state.lower() == "available" and of_aws:
                homes = found.setdefault(service, [])
                homes += [home.name] if home.name not in homes else []
        return found

    def attachments_of(self, vpc: Vpc) -> tuple[TgwAttachment, ...]:
        """Its attachments to Transit Gateways, deleted and failed ones left out."""
        return tuple(
            side
            for side in self.network.state.tgw_attachments
            if (side.region, side.resource_type, side.resource_id) == (vpc.region, "vpc", vpc.id)
            and side.state not in ("deleted", "deleting", "failed", "rejected")
        )

    @cached_property
    def common_words(self) -> set[str]:
        """The words that all VPCs' names share, such as the name of the company."""
        named = [set(tokens(vpc.name)) for vpc in self.network.state.vpcs if vpc.name]
        return set.intersection(*named) if len(named) > 1 else set()

    def _is_untouched_default(self, vpc: Vpc) -> bool:
        joined = any(
            vpc.id in (peering.requester_vpc_id, peering.accepter_vpc_id)
            for peering in self.network.state.vpc_peerings
        )
        return vpc.cidrs[:1] == (AWS_DEFAULT,) and not joined and not self.attachments_of(vpc)

    def _drafted(self, name: str, vpc: Vpc) -> DraftedVpc:
        attachments = self.attachments_of(vpc)
        places = {frozenset(side.subnet_ids) for side in attachments}
        attached = next(iter(places)) if len(places) == 1 else frozenset[str]()
        tiers: dict[str, list[Subnet]] = {}
        subnets = self.network.subnets_of_vpc.get((vpc.region, vpc.id), ())
        for subnet in sorted((s for s in subnets if s.cidr), key=lambda s: s.cidr or AWS_DEFAULT):
            tiers.setdefault(self._tier(vpc, name, subnet, attached), []).append(subnet)
        tier = next(
            (tier for tier, subnets in tiers.items() if attached and {s.id for s in subnets} == attached), ""
        )
        return DraftedVpc(
            name=name, vpc=vpc, tiers=tiers, attachments=attachments, attachment_tier=tier or NOWHERE
        )

    def _tier(self, vpc: Vpc, name: str, subnet: Subnet, attached: frozenset[str]) -> str:
        if subnet.id in attached:
            return ATTACHMENT
        dropped = {*place_tokens(vpc.region), *tokens(vpc.name), *tokens(name), *self.common_words}
        told = told_apart(subnet.name, dropped)
        if told == ATTACHMENT:
            told = f"{told}-unused"
        return told or ("public" if self._is_public(subnet) else "private")

    def _is_public(self, subnet: Subnet) -> bool:
        table = self.table_of(subnet)
        return table is not None and self.leads_to_the_internet(table) is True

    def leads_to_the_internet(self, table: VpcRouteTable) -> bool | None:
        """Whether a route table makes its subnets public ones; None where its way to the Internet leads nowhere.

        https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
        """
        found = [
            route.target_id
            for route in table.routes
            if route.target is RouteTargetKind.INTERNET_GATEWAY and route.state == "active"
        ]
        attached = {
            gateway.id
            for gateway in self.network.state.internet_gateways
            if gateway.region == table.region and table.vpc_id in gateway.vpc_ids
        }
        if not found:
            return False
        return True if None in found or attached.intersection(filter(None, found)) else None

    def table_of(self, subnet: Subnet) -> VpcRouteTable | None:
        """The route table of a subnet; None where that was not seen."""
        try:
            return self.network.route_table_of(subnet)
        except ProbeError:
            return None

    def firewall_tier(self, one: DraftedVpc) -> str:
        """The tier all of whose subnets hold an available firewall endpoint; empty when there is none."""
        held = {
            subnet_id
            for endpoint in self.network.state.vpc_endpoints
            if (endpoint.region, endpoint.endpoint_type) == (one.vpc.region, FIREWALL_ENDPOINT)
            and endpoint.state.lower() == "available"
            for subnet_id in endpoint.subnet_ids
        }
        tiers = (tier for tier, subnets in one.tiers.items() if {subnet.id for subnet in subnets} <= held)
        return next(tiers, "")

    def routes(self, one: DraftedVpc, tier: str) -> dict[str, str]:
        """The routes that all subnets of a tier have, as the spec writes them."""
        tables = [self.table_of(subnet) for subnet in one.tiers[tier]]
        each = [self._written(one, table) if table else {} for table in tables]
        return {to: via for to, via in each[0].items() if all(other.get(to) == via for other in each)}

    def _written(self, one: DraftedVpc, table: VpcRouteTable) -> dict[str, str]:
        """What the routes say; what stands there twice, as a propagated route beside a static one, is left out."""
        found: dict[str, str] = {}
        times = Counter(route.destination for route in table.routes)
        for route in (each for each in table.routes if times[each.destination] == 1):
            destination = route.destination
            via = self._via(one, table, route)
            if route.state != "active" or not via:
                continue
            if isinstance(destination, IPv4Network):
                found[str(destination)] = via
            elif isinstance(destination, str) and route.target is RouteTargetKind.VPC_ENDPOINT:
                found |= self._service(one, destination)
        return found

    def _via(self, one: DraftedVpc, table: VpcRouteTable, route: VpcRoute) -> str:
        return (
            self._gateway(one, route.target, route.target_id)
            or _VIA.get(route.target)
            or self._other_target(one, table, route.target, route.target_id)
        )

    def _gateway(self, one: DraftedVpc, kind: RouteTargetKind, target_id: str | None) -> str:
        """The Transit Gateway by its name, where the Region has several."""
        near = {gateway for region, gateway in self.gateway_names if region == one.vpc.region}
        if kind is not RouteTargetKind.TRANSIT_GATEWAY or len(near) == 1 or target_id not in near:
            return ""
        return f"{_VIA[kind]}:{self.gateway_names[one.vpc.region, target_id]}"

    def _other_target(
        self, one: DraftedVpc, table: VpcRouteTable, kind: RouteTargetKind, target_id: str | None
    ) -> str:
        if kind is RouteTargetKind.VPC_ENDPOINT:
            return "firewall"
        if kind is RouteTargetKind.VPC_PEERING:
            for peering in self.network.state.vpc_peerings:
                if (peering.region, peering.id) == (table.region, target_id):
                    return self._peer(one, peering.requester_vpc_id, peering.accepter_vpc_id)
        return ""

    def _peer(self, one: DraftedVpc, *ids: str | None) -> str:
        known = [
            other.name for (_, vpc_id), other in self.by_id.items() if vpc_id in ids and other is not one
        ]
        return known[0] if known else ""

    def _service(self, one: DraftedVpc, prefix_list: str) -> dict[str, str]:
        for each in self.network.state.prefix_lists:
            service = each.list_name.rsplit(".", 1)[-1]
            if (each.region, each.id) == (one.vpc.region, prefix_list) and one.name in self.services.get(
                service, ()
            ):
                return {service: "endpoint"}
        return {}


def section(drafted: DraftedVpcs) -> dict[str, Any]:
    """The `vpcs` of the spec."""
    everywhere = tier_routes(drafted)
    return {one.name: _vpc(drafted, one, everywhere) for one in drafted.all}


def _vpc(drafted: DraftedVpcs, one: DraftedVpc, everywhere: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    cidrs = [str(cidr) for cidr in one.vpc.cidrs]
    found: dict[str, Any] = {
        "region": region_alias(one.vpc.region),
        "cidr": cidrs[0] if len(cidrs) == 1 else cidrs,
        "subnets": {tier: [str(subnet.cidr) for subnet in subnets] for tier, subnets in one.tiers.items()},
    }
    if one.attachments and one.attachment_tier != ATTACHMENT:
        found["attachment"] = one.attachment_tier
    if one.attachments and all(side.appliance_mode for side in one.attachments):
        found["appliance_mode"] = True
    if tier := drafted.firewall_tier(one):
        found["firewall"] = tier
    own = {tier: drafted.routes(one, tier) for tier in one.tiers if tier not in everywhere}
    own = {tier: routes for tier, routes in own.items() if routes}
    if own:
        found["routes"] = own
    if _has_twin(drafted.all, one) and one.vpc.name:
        found["find"] = {"name": exactly(one.vpc.name)}
    return found


def _has_twin(all_vpcs: Iterable[DraftedVpc], one: DraftedVpc) -> bool:
    return any(
        other is not one and other.vpc.region == one.vpc.region and {*other.vpc.cidrs} & {*one.vpc.cidrs}
        for other in all_vpcs
    )


def tier_routes(drafted: DraftedVpcs) -> dict[str, dict[str, str]]:
    """The routes of the tiers that have the same in every VPC, of several."""
    found: dict[str, list[dict[str, str]]] = {}
    for one in drafted.all:
        for tier in one.tiers:
            found.setdefault(tier, []).append(drafted.routes(one, tier))
    return {
        tier: each[0]
        for tier, each in found.items()
        if len(each) > 1 and each[0] and all(routes == each[0] for routes in each)
    }


def tiers_section(drafted: DraftedVpcs) -> dict[str, Any]:
    """The `tiers` of the spec: what holds for each in every VPC."""
    everywhere = tier_routes(drafted)
    by_tier: dict[str, list[tuple[DraftedVpc, list[Subnet]]]] = {}
    for one in drafted.all:
        for tier, subnets in one.tiers.items():
            by_tier.setdefault(tier, []).append((one, subnets))
    found = {tier: _tier_claims(drafted, tier, places) for tier, places in by_tier.items()}
    for tier, routes in everywhere.items():
        found[tier]["routes"] = routes
    return {tier: claims for tier, claims in found.items() if claims}


def _tier_claims(
    drafted: DraftedVpcs, tier: str, places: list[tuple[DraftedVpc, list[Subnet]]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if all(_is_spread(subnets) for _, subnets in places):
        found["one_per_zone"] = True
    tables = [drafted.table_of(subnet) for _, subnets in places for subnet in subnets]
    known = [table for table in tables if table is not None]
    public = {drafted.leads_to_the_internet(table) for table in known}
    if len(public) == 1 and None not in public and len(known) == len(tables) and tier != ATTACHMENT:
        found["internet_gateway"] = public.pop()
    if all(one.attachment_tier == tier for one, _ in places) and _only_local(drafted, places):
        found["local_routes_only"] = True
    return found


def _is_spread(subnets: list[Subnet]) -> bool:
    zones = [subnet.az for subnet in subnets]
    return None not in zones and len(set(zones)) == len(zones)


def _only_local(drafted: DraftedVpcs, places: list[tuple[DraftedVpc, list[Subnet]]]) -> bool:
    for _, subnets in places:
        tables = [drafted.table_of(subnet) for subnet in subnets]
        if len({table.id for table in tables if table}) != 1 or None in tables:
            return False
        if any(
            route.target is not RouteTargetKind.LOCAL for table in tables if table for route in table.routes
        ):
            return False
    return True
