"""
Every call that the AWS source makes, as data: docs/iam-policy.json allows exactly these.

All of them read, and none relies on a server-side filter where leaving one out gives the same items.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probes.sources.aws import metric_data

Params = Mapping[str, Any]
Items = Sequence[Any]


def once(_items: Items, _params: Params) -> Iterable[Params]:
    """
    One question, whatever was answered before.
    """
    return ({},)


def every(_item: object) -> bool:
    """
    Keeps all items.
    """
    return True


def as_answered(_params: Params, items: Items) -> Items:
    """
    The items as AWS gave them.
    """
    return items


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    One operation: what it asks, what it answers, and what that answer makes us ask next.

    `operation` is botocore's method, `result` the member of its response, `action` the IAM permission.
    `answer` is the top-level key of a dump that the items are kept under, empty when they only lead to
    `follow`, whose questions `asks(items, params)` gives. An answer that does not name what was asked for is
    wrapped with the parameter `wrap` and the response's `flag`. The error codes in `nothing` mean no items.
    """

    service: str
    operation: str
    result: str
    action: str
    answer: str = ""
    asks: Callable[[Items, Params], Iterable[Params]] = once
    keep: Callable[[Any], bool] = every
    wrap: str = ""
    flag: str = ""
    shape: Callable[[Params, Items], Items] = as_answered
    nothing: frozenset[str] = frozenset()
    follow: tuple["Call", ...] = ()

    def answers(self) -> Iterator[str]:
        """
        The keys that this call and those after it fill.
        """
        if self.answer:
            yield self.answer
        for call in self.follow:
            yield from call.answers()


def each(field: str) -> Callable[[Items, Params], Iterable[Params]]:
    """
    One question for every item, about the ID in this field.
    """
    return lambda items, _params: ({field: item[field]} for item in items)


def has(*fields: str) -> Callable[[Any], bool]:
    """
    Keeps items that have all of these fields: an emulator mixes up the kinds of attachments.
    """
    return lambda item: all(field in item for field in fields)


def _ec2(operation: str, result: str, *, answer: str = "", **more: Any) -> Call:  # noqa: ANN401  # Call's own
    action = "ec2:" + "".join(word.capitalize() for word in operation.split("_"))
    return Call(
        service="ec2", operation=operation, result=result, action=action, answer=answer or result, **more
    )


def _of_table(operation: str, result: str, answer: str, **more: Any) -> Call:  # noqa: ANN401  # Call's own
    table = "TransitGatewayRouteTableId"
    return _ec2(operation, result, answer=answer, asks=each(table), wrap=table, **more)


def _live_routes(items: Items, _params: Params) -> Iterable[Params]:
    """
    The operation demands a filter; these are the states that it documents for one.
    """
    states = [{"Name": "state", "Values": ["active", "blackhole"]}]
    return (
        {"TransitGatewayRouteTableId": item["TransitGatewayRouteTableId"], "Filters": states}
        for item in items
    )


def _flow_log_buckets(items: Items, _params: Params) -> Iterable[Params]:
    arns = [item.get("LogDestination", "") for item in items if item.get("LogDestinationType") == "s3"]
    buckets = {arn.partition(":::")[2].partition("/")[0] for arn in arns}
    return ({"Bucket": bucket} for bucket in sorted(buckets - {""}))


def _services_of(items: Items, params: Params) -> Iterable[Params]:
    """
    AWS describes at most ten services at a time.
    """
    for start in range(0, len(items), 10):
        yield {"cluster": params["cluster"], "services": items[start : start + 10], "include": ["TAGS"]}


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
                answer="ManagedPrefixListEntries",
                asks=each("PrefixListId"),
                wrap="PrefixListId",
            ),
        ),
    ),
    _ec2("describe_network_interfaces", "NetworkInterfaces"),
    _ec2("describe_instances", "Reservations"),
    _ec2("describe_internet_gateways", "InternetGateways"),
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
                answer="TransitGatewayRoutes",
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
                answer="BucketLifecycleConfigurations",
                asks=_flow_log_buckets,
                wrap="Bucket",
                nothing=frozenset({"NoSuchLifecycleConfiguration"}),
            ),
        ),
    ),
)

LOAD_BALANCERS = (
    Call(
        service="elbv2",
        operation="describe_load_balancers",
        result="LoadBalancers",
        action="elasticloadbalancing:DescribeLoadBalancers",
        answer="LoadBalancers",
        follow=(
            Call(
                service="elbv2",
                operation="describe_listeners",
                result="Listeners",
                action="elasticloadbalancing:DescribeListeners",
                answer="Listeners",
                asks=each("LoadBalancerArn"),
            ),
        ),
    ),
    Call(
        service="elbv2",
        operation="describe_target_groups",
        result="TargetGroups",
        action="elasticloadbalancing:DescribeTargetGroups",
        answer="TargetGroups",
        follow=(
            Call(
                service="elbv2",
                operation="describe_target_health",
                result="TargetHealthDescriptions",
                action="elasticloadbalancing:DescribeTargetHealth",
                answer="LoadBalancerTargetHealth",
                asks=each("TargetGroupArn"),
                wrap="TargetGroupArn",
            ),
        ),
    ),
)

STORAGE = (
    Call(
        service="fsx",
        operation="describe_file_systems",
        result="FileSystems",
        action="fsx:DescribeFileSystems",
        answer="FileSystems",
    ),
    Call(
        service="dynamodb",
        operation="list_tables",
        result="TableNames",
        action="dynamodb:ListTables",
        follow=(
            Call(
                service="dynamodb",
                operation="describe_table",
                result="Table",
                action="dynamodb:DescribeTable",
                answer="Tables",
                asks=lambda names, _params: ({"TableName": name} for name in names),
            ),
        ),
    ),
    Call(
        service="kms",
        operation="list_aliases",
        result="Aliases",
        action="kms:ListAliases",
        answer="Aliases",
    ),
)

COMPUTE = (
    Call(
        service="ecs",
        operation="list_clusters",
        result="clusterArns",
        action="ecs:ListClusters",
        follow=(
            Call(
                service="ecs",
                operation="list_services",
                result="serviceArns",
                action="ecs:ListServices",
                asks=lambda arns, _params: ({"cluster": arn} for arn in arns),
                follow=(
                    Call(
                        service="ecs",
                        operation="describe_services",
                        result="services",
                        action="ecs:DescribeServices",
                        answer="services",
                        asks=_services_of,
                    ),
                ),
            ),
        ),
    ),
    Call(
        service="autoscaling",
        operation="describe_auto_scaling_groups",
        result="AutoScalingGroups",
        action="autoscaling:DescribeAutoScalingGroups",
        answer="AutoScalingGroups",
    ),
)

MONITORING = (
    Call(
        service="logs",
        operation="describe_log_groups",
        result="logGroups",
        action="logs:DescribeLogGroups",
        answer="logGroups",
    ),
    Call(
        service="cloudwatch",
        operation="describe_alarms",
        result="MetricAlarms",
        action="cloudwatch:DescribeAlarms",
        answer="MetricAlarms",
    ),
    Call(
        service="cloudwatch",
        operation="list_metrics",
        result="Metrics",
        action="cloudwatch:ListMetrics",
        answer="Metrics",
        asks=metric_data.namespaces,
        keep=metric_data.of_interest,
        follow=(
            Call(
                service="cloudwatch",
                operation="get_metric_data",
                result="MetricDataResults",
                action="cloudwatch:GetMetricData",
                answer="MetricStatistics",
                asks=metric_data.queries,
                shape=metric_data.statistics,
            ),
        ),
    ),
)

REGIONAL: tuple[Call, ...] = (*NETWORK, *LOAD_BALANCERS, *STORAGE, *COMPUTE, *MONITORING)

WORLDWIDE: tuple[Call, ...] = (
    Call(
        service="globalaccelerator",
        operation="list_accelerators",
        result="Accelerators",
        action="globalaccelerator:ListAccelerators",
        answer="Accelerators",
        follow=(
            Call(
                service="globalaccelerator",
                operation="list_listeners",
                result="Listeners",
                action="globalaccelerator:ListListeners",
                asks=each("AcceleratorArn"),
                follow=(
                    Call(
                        service="globalaccelerator",
                        operation="list_endpoint_groups",
                        result="EndpointGroups",
                        action="globalaccelerator:ListEndpointGroups",
                        answer="EndpointGroups",
                        asks=each("ListenerArn"),
                    ),
                ),
            ),
        ),
    ),
)
