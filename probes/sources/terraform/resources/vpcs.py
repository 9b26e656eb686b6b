"""VPCs, subnets and the gateways inside them."""

import re
from collections import defaultdict
from ipaddress import IPv4Network, IPv6Network

from msgspec import UNSET
from msgspec.structs import replace

from probes.model.state import EgressOnlyGateway as ObservedEgressOnlyGateway
from probes.model.state import InternetGateway as ObservedInternetGateway
from probes.model.state import NatGateway as ObservedNatGateway
from probes.model.state import Subnet as ObservedSubnet
from probes.model.state import Vpc as ObservedVpc
from probes.model.state import VpcPeering as ObservedPeering
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import addresses_of, flag_of, tags_of, text_of
from probes.sources.terraform.schema.base import Attributes, FieldMap, Flag, Tagged, Text

_ZONE_ID = re.compile(r"(?:[a-z0-9-]+-)?az\d+")
ACCEPT_STATUSES = frozenset(
    {"active", "deleted", "deleting", "expired", "failed", "initiating-request", "pending-acceptance"}
    | {"provisioning", "rejected"}
)


class Vpc(Tagged, gc=False):
    """`aws_vpc` and `aws_default_vpc`."""

    cidr_block: Text = UNSET
    assign_generated_ipv6_cidr_block: Flag = UNSET
    ipv6_cidr_block: Text = UNSET
    owner_id: Text = UNSET
    main_route_table_id: Text = UNSET
    default_route_table_id: Text = UNSET
    default_network_acl_id: Text = UNSET
    default_security_group_id: Text = UNSET


class VpcCidrAssociation(Attributes, gc=False):
    """`aws_vpc_ipv4_cidr_block_association`."""

    vpc_id: Text = UNSET
    cidr_block: Text = UNSET


class Subnet(Tagged, gc=False):
    """`aws_subnet` and `aws_default_subnet`."""

    vpc_id: Text = UNSET
    cidr_block: Text = UNSET
    availability_zone: Text = UNSET
    availability_zone_id: Text = UNSET
    map_public_ip_on_launch: Flag = UNSET


class InternetGateway(Tagged, gc=False):
    """`aws_internet_gateway`."""

    vpc_id: Text = UNSET


class EgressOnlyGateway(Tagged, gc=False):
    """`aws_egress_only_internet_gateway`."""

    vpc_id: Text = UNSET


class InternetGatewayAttachment(Attributes, gc=False):
    """`aws_internet_gateway_attachment`."""

    vpc_id: Text = UNSET
    internet_gateway_id: Text = UNSET


class NatGateway(Tagged, gc=False):
    """`aws_nat_gateway`."""

    subnet_id: Text = UNSET
    connectivity_type: Text = UNSET
    private_ip: Text = UNSET


class VpcPeering(Tagged, gc=False):
    """`aws_vpc_peering_connection`."""

    vpc_id: Text = UNSET
    peer_vpc_id: Text = UNSET
    peer_region: Text = UNSET
    auto_accept: Flag = UNSET
    accept_status: Text = UNSET


class VpcPeeringAccepter(Tagged, gc=False):
    """`aws_vpc_peering_connection_accepter`."""

    vpc_peering_connection_id: Text = UNSET
    auto_accept: Flag = UNSET


def read_vpcs(reader: Reader) -> list[ObservedVpc]:
    """VPCs with their secondary CIDRs."""
    secondary = _secondary_cidrs(reader)
    return [
        _vpc(reader, instance, secondary[reader.identity(instance)])
        for instance in reader.of(Vpc, "aws_vpc", "aws_default_vpc")
    ]


def _vpc(reader: Reader, instance: ResourceInstance[Vpc], secondary: list[IPv4Network]) -> ObservedVpc:
    resource, attributes = reader.own(instance), instance.attributes
    cidrs: list[IPv4Network] = []
    if isinstance(attributes.cidr_block, str):
        cidrs = [reader.network4(instance, "cidr_block", attributes.cidr_block), *secondary]
    else:
        resource.unknown("cidr_block", "cidrs")
    return ObservedVpc(
        region=instance.region,
        id=resource.id,
        tags=tags_of(attributes),
        cidrs=tuple(cidrs),
        ipv6_cidrs=_ipv6_cidrs(resource),
        owner_id=text_of(attributes.owner_id) or None,
    )


def _ipv6_cidrs(resource: ResourceReader[Vpc]) -> tuple[IPv6Network, ...]:
    attributes = resource.attributes
    if attributes.ipv6_cidr_block:
        found = resource.reader.network(resource.instance, "ipv6_cidr_block", attributes.ipv6_cidr_block)
        return (found,) if isinstance(found, IPv6Network) else ()
    if flag_of(attributes.assign_generated_ipv6_cidr_block, default=False):
        resource.unknown("ipv6_cidr_block", "ipv6_cidrs")
    return ()


def _secondary_cidrs(reader: Reader) -> dict[str, list[IPv4Network]]:
    cidrs = defaultdict(list)
    for instance in reader.of(VpcCidrAssociation, "aws_vpc_ipv4_cidr_block_association"):
        vpc_id, text = reader.at(instance).one("vpc_id"), instance.attributes.cidr_block
        if vpc_id is None:
            continue
        if isinstance(text, str):
            cidrs[vpc_id].append(reader.network4(instance, "cidr_block", text))
        else:
            reader.at(instance, vpc_id).unknown("cidr_block", "cidrs")
    return cidrs


def read_subnets(reader: Reader) -> list[ObservedSubnet]:
    """Subnets, default ones included."""
    return [_subnet(reader, instance) for instance in reader.of(Subnet, "aws_subnet", "aws_default_subnet")]


def _subnet(reader: Reader, instance: ResourceInstance[Subnet]) -> ObservedSubnet:
    resource, attributes = reader.own(instance), instance.attributes
    cidr = attributes.cidr_block
    if not isinstance(cidr, str):
        resource.unknown("cidr_block", "cidr")
    zone, zone_id = attributes.availability_zone or None, attributes.availability_zone_id or ""
    if zone is None:
        resource.chosen("availability_zone", "az")
    return ObservedSubnet(
        region=instance.region,
        id=resource.id,
        tags=tags_of(attributes),
        vpc_id=resource.one("vpc_id"),
        cidr=reader.network4(instance, "cidr_block", cidr) if isinstance(cidr, str) else None,
        az=zone,
        az_id=zone_id if _ZONE_ID.fullmatch(zone_id) else None,
    )


def read_internet_gateways(reader: Reader) -> list[ObservedInternetGateway]:
    """Internet gateways with the VPC that they or an attachment resource name."""
    attached = defaultdict(set)
    for link in reader.of(InternetGatewayAttachment, "aws_internet_gateway_attachment"):
        gateway = reader.at(link).one("internet_gateway_id")
        vpc_id = reader.at(link, gateway or "").one("vpc_id", "vpc_ids")
        if gateway and vpc_id:
            attached[gateway].add(vpc_id)
    gateways = []
    for instance in reader.of(InternetGateway, "aws_internet_gateway"):
        resource = reader.own(instance)
        own = resource.one("vpc_id", "vpc_ids")
        gateways.append(
            ObservedInternetGateway(
                region=instance.region,
                id=resource.id,
                tags=tags_of(instance.attributes),
                vpc_ids=tuple(sorted(attached[resource.id] | ({own} if own else set()))),
            )
        )
    return gateways


def _vpc_ids(resource: ResourceReader[EgressOnlyGateway], field: str) -> tuple[str, ...]:
    return tuple(filter(None, (resource.one("vpc_id", field),)))


EGRESS_ONLY_GATEWAY = FieldMap(ObservedEgressOnlyGateway, {"vpc_ids": _vpc_ids})


def read_nat_gateways(reader: Reader) -> list[ObservedNatGateway]:
    """NAT gateways; the VPC is that of their subnet."""
    return [_nat_gateway(reader, instance) for instance in reader.of(NatGateway, "aws_nat_gateway")]


def _nat_gateway(reader: Reader, instance: ResourceInstance[NatGateway]) -> ObservedNatGateway:
    resource, attributes = reader.own(instance), instance.attributes
    subnet_id = resource.one("subnet_id")
    subnet, private_ips = reader.subnets.get(subnet_id or ""), addresses_of(attributes.private_ip)
    if not private_ips:
        resource.unknown("private_ip", "private_ips")
    return ObservedNatGateway(
        region=instance.region,
        id=resource.id,
        tags=tags_of(attributes),
        vpc_id=subnet.vpc_id if subnet else None,
        subnet_id=subnet_id,
        state="available",
        connectivity="private" if attributes.connectivity_type == "private" else "public",
        private_ips=private_ips,
    )


def read_vpc_peerings(reader: Reader) -> list[ObservedPeering]:
    """VPC peerings, once in each Region that they join."""
    accepters = _peering_accepters(reader)
    peerings = []
    for instance in reader.of(VpcPeering, "aws_vpc_peering_connection"):
        accepter = accepters.get(reader.identity(instance))
        near = _near_side(reader, instance, accepted=accepter is not None)
        peerings.append(near)
        if near.accepter_region != near.region:
            tags = tags_of(accepter.attributes) if accepter else {}
            peerings.append(replace(near, region=near.accepter_region, tags=tags))
    return peerings


def _near_side(reader: Reader, instance: ResourceInstance[VpcPeering], *, accepted: bool) -> ObservedPeering:
    resource, attributes = reader.own(instance), instance.attributes
    return ObservedPeering(
        region=instance.region,
        id=resource.id,
        tags=tags_of(attributes),
        status=_status(attributes, accepted=accepted),
        requester_vpc_id=resource.one("vpc_id", "requester_vpc_id"),
        requester_region=instance.region,
        accepter_vpc_id=resource.one("peer_vpc_id", "accepter_vpc_id"),
        accepter_region=text_of(attributes.peer_region, instance.region),
    )


def _peering_accepters(reader: Reader) -> dict[str, ResourceInstance[VpcPeeringAccepter]]:
    accepters = {}
    for instance in reader.of(VpcPeeringAccepter, "aws_vpc_peering_connection_accepter"):
        peering = reader.at(instance).one("vpc_peering_connection_id")
        if peering and flag_of(instance.attributes.auto_accept, default=False):
            accepters[peering] = instance
    return accepters


def _status(attributes: VpcPeering, *, accepted: bool) -> str:
    if accepted or flag_of(attributes.auto_accept, default=False):
        return "active"
    recorded = text_of(attributes.accept_status)
    return recorded if recorded in ACCEPT_STATUSES else "pending-acceptance"
