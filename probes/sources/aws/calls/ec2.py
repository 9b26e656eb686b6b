"""The calls about the network itself, and the one that only its flow logs lead to."""

from collections.abc import Iterable
from typing import Any

from probes.sources.aws.calls.operation import Call, Items, Params, each, has


def _ec2(operation: str, result: str, *, key: str = "", **more: Any) -> Call:  # noqa: ANN401  # Call's own
    action = "ec2:" + "".join(word.capitalize() for word in operation.split("_"))
    return Call(service="ec2", operation=operation, result=result, action=action, key=key or result, **more)


def _of_table(operation: str, result: str, key: str, **more: Any) -> Call:  # noqa: ANN401  # Call's own
    table = "TransitGatewayRouteTableId"
    return _ec2(operation, result, key=key, asks=each(table), wrap=table, **more)


def _live_routes(items: Items, _params: Params) -> Iterable[Params]:
    """The operation demands a filter; these are the states that it documents for one."""
    states = [{"Name": "state", "Values": ["active", "blackhole"]}]
    return (
        {"TransitGatewayRouteTableId": item["TransitGatewayRouteTableId"], "Filters": states}
        for item in items
    )


def _flow_log_buckets(items: Items, _params: Params) -> Iterable[Params]:
    arns = [item.get("LogDestination", "") for item in items if item.get("LogDestinationType") == "s3"]
    buckets = {arn.partition(":::")[2].partition("/")[0] for arn in arns}
    return ({"Bucket": bucket} for bucket in sorted(buckets - {""}))


NETWORK = (
    _ec2("describe_vpcs", "Vpcs"),
    _ec2("describe_subnets", "Subnets"),
    _ec2("describe_route_tables", "RouteTables"),
    _ec2("describe_security_groups", "SecurityGroups"),
    _ec2("describe_network_acls", "NetworkAcls"),
    _ec2(
        "describe_managed_prefix_lists",
        "PrefixLists",
        follow=(
            _ec2(
                "get_managed_prefix_list_entries",
                "Entries",
                key="ManagedPrefixListEntries",
                asks=each("PrefixListId"),
                wrap="PrefixListId",
            ),
        ),
    ),
    _ec2("describe_network_interfaces", "NetworkInterfaces"),
    _ec2("describe_instances", "Reservations"),
    _ec2("describe_internet_gateways", "InternetGateways"),
    _ec2("describe_egress_only_internet_gateways", "EgressOnlyInternetGateways"),
    _ec2("describe_nat_gateways", "NatGateways"),
    _ec2("describe_vpc_peering_connections", "VpcPeeringConnections"),
    _ec2("describe_vpc_endpoints", "VpcEndpoints"),
    _ec2("describe_vpc_endpoint_service_configurations", "ServiceConfigurations"),
    _ec2("describe_transit_gateways", "TransitGateways"),
    _ec2("describe_transit_gateway_attachments", "TransitGatewayAttachments"),
    _ec2(
        "describe_transit_gateway_vpc_attachments",
        "TransitGatewayVpcAttachments",
        keep=has("VpcId", "SubnetIds"),
    ),
    _ec2(
        "describe_transit_gateway_peering_attachments",
        "TransitGatewayPeeringAttachments",
        keep=has("RequesterTgwInfo", "AccepterTgwInfo"),
    ),
    _ec2(
        "describe_transit_gateway_route_tables",
        "TransitGatewayRouteTables",
        follow=(
            _ec2(
                "search_transit_gateway_routes",
                "Routes",
                key="TransitGatewayRoutes",
                asks=_live_routes,
                wrap="TransitGatewayRouteTableId",
                flag="AdditionalRoutesAvailable",
            ),
            _of_table(
                "get_transit_gateway_route_table_associations", "Associations", "TransitGatewayAssociations"
            ),
            _of_table(
                "get_transit_gateway_route_table_propagations",
                "TransitGatewayRouteTablePropagations",
                "TransitGatewayPropagations",
            ),
        ),
    ),
    _ec2(
        "describe_flow_logs",
        "FlowLogs",
        follow=(
            Call(
                service="s3",
                operation="get_bucket_lifecycle_configuration",
                result="Rules",
                action="s3:GetLifecycleConfiguration",
                key="BucketLifecycleConfigurations",
                asks=_flow_log_buckets,
                wrap="Bucket",
                nothing=frozenset({"NoSuchLifecycleConfiguration"}),
            ),
        ),
    ),
)
