"""Instances, gateways, endpoints and flow logs: EC2's describe responses, named as in botocore, as resources."""

from ipaddress import IPv4Address

import msgspec

from probes.model.state import (
    EgressOnlyGateway,
    EndpointService,
    FlowLog,
    Instance,
    InternetGateway,
    NatGateway,
    VpcEndpoint,
    VpcPeering,
)
from probes.sources.describe.fields import FieldMap, Part, Raw, ids, tags_of
from probes.sources.describe.vpc import EniAttachment, GroupIdentifier

LOGS_DESTINATION = "cloud-watch-logs"


class InstanceState(Part, frozen=True, kw_only=True):
    """InstanceState."""

    name: str


class InstanceEni(Part, frozen=True, kw_only=True):
    """InstanceNetworkInterface."""

    network_interface_id: str
    attachment: EniAttachment = EniAttachment()


class RawInstance(Raw, frozen=True, kw_only=True):
    """Instance. A terminated one has no VPC any more."""

    instance_id: str
    instance_type: str
    state: InstanceState
    vpc_id: str | None = None
    subnet_id: str | None = None
    network_interfaces: tuple[InstanceEni, ...] = ()


class RawReservation(Part, frozen=True, kw_only=True):
    """Reservation."""

    reservation_id: str
    instances: tuple[RawInstance, ...]


class IgwAttachment(Part, frozen=True, kw_only=True):
    """InternetGatewayAttachment."""

    vpc_id: str
    state: str = "available"


class RawInternetGateway(Raw, frozen=True, kw_only=True):
    """InternetGateway."""

    internet_gateway_id: str
    attachments: tuple[IgwAttachment, ...] = ()


class RawEgressOnlyGateway(Raw, frozen=True, kw_only=True):
    """EgressOnlyInternetGateway."""

    id: str = msgspec.field(name="EgressOnlyInternetGatewayId")
    attachments: tuple[IgwAttachment, ...] = ()


class NatAddress(Part, frozen=True, kw_only=True):
    """NatGatewayAddress."""

    private_ip: IPv4Address | None = None


class RawNatGateway(Raw, frozen=True, kw_only=True):
    """NatGateway."""

    nat_gateway_id: str
    vpc_id: str
    subnet_id: str | None = None
    state: str
    connectivity_type: str = "public"
    nat_gateway_addresses: tuple[NatAddress, ...] = ()


class PeeringStatus(Part, frozen=True, kw_only=True):
    """VpcPeeringConnectionStateReason."""

    code: str


class PeeringVpc(Part, frozen=True, kw_only=True):
    """VpcPeeringConnectionVpcInfo."""

    vpc_id: str | None = None
    region: str = ""


class RawVpcPeering(Raw, frozen=True, kw_only=True):
    """VpcPeeringConnection."""

    vpc_peering_connection_id: str
    status: PeeringStatus
    requester_vpc_info: PeeringVpc
    accepter_vpc_info: PeeringVpc


class RawVpcEndpoint(Raw, frozen=True, kw_only=True):
    """VpcEndpoint. One of type Resource or ServiceNetwork has no service."""

    id: str = msgspec.field(name="VpcEndpointId")
    vpc_id: str
    service_name: str = ""
    endpoint_type: str = msgspec.field(name="VpcEndpointType")
    state: str
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    groups: tuple[GroupIdentifier, ...] = ()
    network_interface_ids: tuple[str, ...] = ()
    private_dns: bool = msgspec.field(name="PrivateDnsEnabled", default=False)
    policy: str = msgspec.field(name="PolicyDocument", default="")


class RawEndpointService(Raw, frozen=True, kw_only=True):
    """ServiceConfiguration."""

    id: str = msgspec.field(name="ServiceId")
    service_name: str
    state: str = msgspec.field(name="ServiceState")
    network_load_balancer_arns: tuple[str, ...] = ()
    gateway_load_balancer_arns: tuple[str, ...] = ()


class RawFlowLog(Raw, frozen=True, kw_only=True):
    """FlowLog. A Transit Gateway's has no TrafficType."""

    id: str = msgspec.field(name="FlowLogId")
    resource_id: str
    status: str = msgspec.field(name="FlowLogStatus")
    deliver_status: str | None = msgspec.field(name="DeliverLogsStatus", default=None)
    traffic_type: str | None = None
    destination_type: str = msgspec.field(name="LogDestinationType", default=LOGS_DESTINATION)
    log_destination: str = ""
    log_group_name: str = ""


def instance(region: str, item: RawInstance) -> Instance:
    """An instance, its primary network interface first."""
    interfaces = sorted(item.network_interfaces, key=lambda each: each.attachment.device_index)
    return Instance(
        region=region,
        id=item.instance_id,
        tags=tags_of(item.tags),
        state=item.state.name,
        instance_type=item.instance_type,
        vpc_id=item.vpc_id,
        subnet_id=item.subnet_id,
        network_interface_ids=tuple(each.network_interface_id for each in interfaces),
    )


def internet_gateway(region: str, item: RawInternetGateway) -> InternetGateway:
    """An internet gateway with the VPCs it is attached to."""
    return InternetGateway(
        region=region,
        id=item.internet_gateway_id,
        tags=tags_of(item.tags),
        vpc_ids=_attached_vpcs(item),
    )


def _attached_vpcs(item: RawInternetGateway | RawEgressOnlyGateway) -> tuple[str, ...]:
    return ids(each.vpc_id for each in item.attachments if each.state in ("available", "attached"))


egress_only_gateway = FieldMap(EgressOnlyGateway, vpc_ids=_attached_vpcs)


def nat_gateway(region: str, item: RawNatGateway) -> NatGateway:
    """A NAT gateway."""
    addresses = [each.private_ip for each in item.nat_gateway_addresses if each.private_ip]
    return NatGateway(
        region=region,
        id=item.nat_gateway_id,
        tags=tags_of(item.tags),
        vpc_id=item.vpc_id,
        subnet_id=item.subnet_id,
        state=item.state,
        connectivity="private" if item.connectivity_type == "private" else "public",
        private_ips=tuple(sorted(addresses)),
    )


def vpc_peering(region: str, item: RawVpcPeering) -> VpcPeering:
    """A VPC peering; AWS leaves the Region out of the response for some states, and then it is our own."""
    requester, accepter = item.requester_vpc_info, item.accepter_vpc_info
    return VpcPeering(
        region=region,
        id=item.vpc_peering_connection_id,
        tags=tags_of(item.tags),
        status=item.status.code,
        requester_vpc_id=requester.vpc_id,
        requester_region=requester.region or region,
        accepter_vpc_id=accepter.vpc_id,
        accepter_region=accepter.region or region,
    )


def _destination(item: RawFlowLog) -> str:
    """The log group's name, or the ARN of the bucket or stream."""
    if item.log_group_name or item.destination_type != LOGS_DESTINATION:
        return item.log_group_name or item.log_destination
    return item.log_destination.partition(":log-group:")[2].removesuffix(":*")


vpc_endpoint = FieldMap(
    VpcEndpoint,
    state=lambda item: item.state.lower(),  # AWS documents `Available` and answers `available`
    group_ids=lambda item: ids(group.group_id for group in item.groups),
)
endpoint_service = FieldMap(
    EndpointService,
    load_balancer_ids=lambda item: ids((*item.network_load_balancer_arns, *item.gateway_load_balancer_arns)),
)
flow_log = FieldMap(FlowLog, destination=_destination)
