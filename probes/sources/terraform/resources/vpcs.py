"""VPCs, subnets and the gateways inside them."""

import re
from collections import defaultdict
from ipaddress import IPv4Network, IPv6Network

from msgspec.structs import replace

from probes.model.state import InternetGateway, NatGateway, Subnet, Vpc, VpcPeering
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.resources.reader import Reading, addresses_of, flag_of, tags_of, text_of
from probes.sources.terraform.schema import vpc as network

_ZONE_ID = re.compile(r"(?:[a-z0-9-]+-)?az\d+")
ACCEPT_STATUSES = frozenset(
    {"active", "deleted", "deleting", "expired", "failed", "initiating-request", "pending-acceptance"}
    | {"provisioning", "rejected"}
)


def read_vpcs(reading: Reading) -> list[Vpc]:
    """VPCs with their secondary CIDRs."""
    secondary = _secondary_cidrs(reading)
    vpcs = []
    for instance in reading.of(network.Vpc, "aws_vpc", "aws_default_vpc"):
        vpc_id, attributes = reading.identity(instance), instance.attributes
        cidrs: list[IPv4Network] = []
        if isinstance(attributes.cidr_block, str):
            cidrs = [reading.network4(instance, "cidr_block", attributes.cidr_block), *secondary[vpc_id]]
        else:
            reading.unknown(instance, "cidr_block", "vpcs", vpc_id, "cidrs")
        vpcs.append(
            Vpc(
                region=instance.region,
                id=vpc_id,
                tags=tags_of(attributes),
                cidrs=tuple(cidrs),
                ipv6_cidrs=_ipv6_cidrs(reading, instance, vpc_id),
                owner_id=text_of(attributes.owner_id) or None,
            )
        )
    return vpcs


def _ipv6_cidrs(reading: Reading, instance: Instance[network.Vpc], vpc_id: str) -> tuple[IPv6Network, ...]:
    attributes = instance.attributes
    if attributes.ipv6_cidr_block:
        found = reading.network(instance, "ipv6_cidr_block", attributes.ipv6_cidr_block)
        return (found,) if isinstance(found, IPv6Network) else ()
    if flag_of(attributes.assign_generated_ipv6_cidr_block, default=False):
        reading.unknown(instance, "ipv6_cidr_block", "vpcs", vpc_id, "ipv6_cidrs")
    return ()


def _secondary_cidrs(reading: Reading) -> dict[str, list[IPv4Network]]:
    cidrs = defaultdict(list)
    for instance in reading.of(network.VpcCidrAssociation, "aws_vpc_ipv4_cidr_block_association"):
        vpc_id = reading.one(instance, instance.attributes.vpc_id, "vpc_id", "vpcs")
        text = instance.attributes.cidr_block
        if vpc_id is None:
            continue
        if isinstance(text, str):
            cidrs[vpc_id].append(reading.network4(instance, "cidr_block", text))
        else:
            reading.unknown(instance, "cidr_block", "vpcs", vpc_id, "cidrs")
    return cidrs


def read_subnets(reading: Reading) -> list[Subnet]:
    """Subnets, default ones included."""
    return [
        _subnet(reading, instance)
        for instance in reading.of(network.Subnet, "aws_subnet", "aws_default_subnet")
    ]


def _subnet(reading: Reading, instance: Instance[network.Subnet]) -> Subnet:
    subnet_id, attributes = instance.identity, instance.attributes
    cidr = attributes.cidr_block
    if not isinstance(cidr, str):
        reading.unknown(instance, "cidr_block", "subnets", subnet_id, "cidr")
    zone, zone_id = attributes.availability_zone or None, attributes.availability_zone_id or ""
    if zone is None:
        reading.unknown(instance, "availability_zone", "subnets", subnet_id, "az")
    return Subnet(
        region=instance.region,
        id=subnet_id,
        tags=tags_of(attributes),
        vpc_id=reading.one(instance, attributes.vpc_id, "vpc_id", "subnets", subnet_id, "vpc_id"),
        cidr=reading.network4(instance, "cidr_block", cidr) if isinstance(cidr, str) else None,
        az=zone,
        az_id=zone_id if _ZONE_ID.fullmatch(zone_id) else None,
    )


def read_internet_gateways(reading: Reading) -> list[InternetGateway]:
    """Internet gateways with the VPC that they or an attachment resource name."""
    attached = defaultdict(set)
    for link in reading.of(network.InternetGatewayAttachment, "aws_internet_gateway_attachment"):
        kind = "internet_gateways"
        gateway = reading.one(link, link.attributes.internet_gateway_id, "internet_gateway_id", kind)
        vpc_id = reading.one(link, link.attributes.vpc_id, "vpc_id", kind, gateway or "", "vpc_ids")
        if gateway and vpc_id:
            attached[gateway].add(vpc_id)
    gateways = []
    for instance in reading.of(network.InternetGateway, "aws_internet_gateway"):
        gateway_id, attributes = reading.identity(instance), instance.attributes
        own = reading.one(instance, attributes.vpc_id, "vpc_id", "internet_gateways", gateway_id, "vpc_ids")
        vpc_ids = tuple(sorted(attached[gateway_id] | ({own} if own else set())))
        gateways.append(
            InternetGateway(region=instance.region, id=gateway_id, tags=tags_of(attributes), vpc_ids=vpc_ids)
        )
    return gateways


def read_nat_gateways(reading: Reading, subnets: list[Subnet]) -> list[NatGateway]:
    """NAT gateways; the VPC is that of their subnet."""
    vpcs = {subnet.id: subnet.vpc_id for subnet in subnets}
    return [
        _nat_gateway(reading, instance, vpcs)
        for instance in reading.of(network.NatGateway, "aws_nat_gateway")
    ]


def _nat_gateway(
    reading: Reading, instance: Instance[network.NatGateway], vpcs: dict[str, str | None]
) -> NatGateway:
    attributes, place = instance.attributes, ("nat_gateways", reading.identity(instance))
    subnet_id = reading.one(instance, attributes.subnet_id, "subnet_id", *place, "subnet_id")
    private_ips = addresses_of(attributes.private_ip)
    if not private_ips:
        reading.unknown(instance, "private_ip", *place, "private_ips")
    return NatGateway(
        region=instance.region,
        id=place[1],
        tags=tags_of(attributes),
        vpc_id=vpcs.get(subnet_id or ""),
        subnet_id=subnet_id,
        state="available",
        connectivity="private" if attributes.connectivity_type == "private" else "public",
        private_ips=private_ips,
    )


def read_vpc_peerings(reading: Reading) -> list[VpcPeering]:
    """VPC peerings, once in each Region that they join."""
    accepters = _peering_accepters(reading)
    peerings = []
    for instance in reading.of(network.VpcPeering, "aws_vpc_peering_connection"):
        accepter = accepters.get(reading.identity(instance))
        near = _near_side(reading, instance, accepted=accepter is not None)
        peerings.append(near)
        if near.accepter_region != near.region:
            tags = tags_of(accepter.attributes) if accepter else {}
            peerings.append(replace(near, region=near.accepter_region, tags=tags))
    return peerings


def _near_side(reading: Reading, instance: Instance[network.VpcPeering], *, accepted: bool) -> VpcPeering:
    attributes, place = instance.attributes, ("vpc_peerings", reading.identity(instance))
    return VpcPeering(
        region=instance.region,
        id=place[1],
        tags=tags_of(attributes),
        status=_status(attributes, accepted=accepted),
        requester_vpc_id=reading.one(instance, attributes.vpc_id, "vpc_id", *place, "requester_vpc_id"),
        requester_region=instance.region,
        accepter_vpc_id=reading.one(
            instance, attributes.peer_vpc_id, "peer_vpc_id", *place, "accepter_vpc_id"
        ),
        accepter_region=text_of(attributes.peer_region, instance.region),
    )


def _peering_accepters(reading: Reading) -> dict[str, Instance[network.VpcPeeringAccepter]]:
    accepters = {}
    for instance in reading.of(network.VpcPeeringAccepter, "aws_vpc_peering_connection_accepter"):
        attribute = "vpc_peering_connection_id"
        peering = reading.one(
            instance, instance.attributes.vpc_peering_connection_id, attribute, "vpc_peerings"
        )
        if peering and flag_of(instance.attributes.auto_accept, default=False):
            accepters[peering] = instance
    return accepters


def _status(attributes: network.VpcPeering, *, accepted: bool) -> str:
    if accepted or flag_of(attributes.auto_accept, default=False):
        return "active"
    recorded = text_of(attributes.accept_status)
    return recorded if recorded in ACCEPT_STATUSES else "pending-acceptance"
