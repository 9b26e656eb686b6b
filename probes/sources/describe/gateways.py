"""Raw EC2 answers about instances, gateways, endpoints and flow logs as resources of the model."""

from probes.model.state import (
    EndpointService,
    FlowLog,
    Instance,
    InternetGateway,
    NatGateway,
    VpcEndpoint,
    VpcPeering,
)
from probes.sources.describe import raw_gateways as raw
from probes.sources.describe.fields import tags_of

LOGS_DESTINATION = "cloud-watch-logs"


def instance(region: str, item: raw.RawInstance) -> Instance:
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


def internet_gateway(region: str, item: raw.RawInternetGateway) -> InternetGateway:
    """An internet gateway with the VPCs it is attached to."""
    vpc_ids = [each.vpc_id for each in item.attachments if each.state in ("available", "attached")]
    return InternetGateway(
        region=region,
        id=item.internet_gateway_id,
        tags=tags_of(item.tags),
        vpc_ids=tuple(sorted(vpc_ids)),
    )


def nat_gateway(region: str, item: raw.RawNatGateway) -> NatGateway:
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


def vpc_peering(region: str, item: raw.RawVpcPeering) -> VpcPeering:
    """A VPC peering; AWS leaves the Region out of the answer for some states, and then it is our own."""
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


def vpc_endpoint(region: str, item: raw.RawVpcEndpoint) -> VpcEndpoint:
    """A VPC endpoint. Its state in lower case: AWS documents `Available` and answers `available`."""
    return VpcEndpoint(
        region=region,
        id=item.vpc_endpoint_id,
        tags=tags_of(item.tags),
        vpc_id=item.vpc_id,
        service_name=item.service_name,
        endpoint_type=item.vpc_endpoint_type,
        state=item.state.lower(),
        route_table_ids=tuple(sorted(item.route_table_ids)),
        subnet_ids=tuple(sorted(item.subnet_ids)),
        group_ids=tuple(sorted(group.group_id for group in item.groups)),
        network_interface_ids=tuple(sorted(item.network_interface_ids)),
        private_dns=item.private_dns_enabled,
    )


def endpoint_service(region: str, item: raw.RawEndpointService) -> EndpointService:
    """A PrivateLink service and the load balancers behind it."""
    return EndpointService(
        region=region,
        id=item.service_id,
        tags=tags_of(item.tags),
        service_name=item.service_name,
        state=item.service_state,
        load_balancer_ids=tuple(sorted((*item.network_load_balancer_arns, *item.gateway_load_balancer_arns))),
    )


def flow_log(region: str, item: raw.RawFlowLog) -> FlowLog:
    """A flow log; its destination is the log group's name, or the ARN of the bucket or stream."""
    return FlowLog(
        region=region,
        id=item.flow_log_id,
        tags=tags_of(item.tags),
        resource_id=item.resource_id,
        status=item.flow_log_status,
        deliver_status=item.deliver_logs_status,
        traffic_type=item.traffic_type,
        destination_type=item.log_destination_type,
        destination=item.log_group_name or _destination(item),
    )


def _destination(item: raw.RawFlowLog) -> str:
    if item.log_destination_type != LOGS_DESTINATION:
        return item.log_destination
    return item.log_destination.partition(":log-group:")[2].removesuffix(":*")
