"""The calls about the services around the network."""

from collections.abc import Iterable

from probes.sources.aws.calls import cloudwatch
from probes.sources.aws.calls.operation import Call, Items, Params, each


def _services_of(items: Items, params: Params) -> Iterable[Params]:
    """AWS describes at most ten services at a time."""
    for start in range(0, len(items), 10):
        yield {"cluster": params["cluster"], "services": items[start : start + 10], "include": ["TAGS"]}


LOAD_BALANCERS = (
    Call(
        service="elbv2",
        operation="describe_load_balancers",
        result="LoadBalancers",
        action="elasticloadbalancing:DescribeLoadBalancers",
        key="LoadBalancers",
        follow=(
            Call(
                service="elbv2",
                operation="describe_listeners",
                result="Listeners",
                action="elasticloadbalancing:DescribeListeners",
                key="Listeners",
                asks=each("LoadBalancerArn"),
            ),
        ),
    ),
    Call(
        service="elbv2",
        operation="describe_target_groups",
        result="TargetGroups",
        action="elasticloadbalancing:DescribeTargetGroups",
        key="TargetGroups",
        follow=(
            Call(
                service="elbv2",
                operation="describe_target_health",
                result="TargetHealthDescriptions",
                action="elasticloadbalancing:DescribeTargetHealth",
                key="LoadBalancerTargetHealth",
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
        key="FileSystems",
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
                key="Tables",
                asks=lambda names, _params: ({"TableName": name} for name in names),
            ),
        ),
    ),
    Call(
        service="kms",
        operation="list_aliases",
        result="Aliases",
        action="kms:ListAliases",
        key="Aliases",
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
                        key="services",
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
        key="AutoScalingGroups",
    ),
)

MONITORING = (
    Call(
        service="logs",
        operation="describe_log_groups",
        result="logGroups",
        action="logs:DescribeLogGroups",
        key="logGroups",
    ),
    Call(
        service="cloudwatch",
        operation="describe_alarms",
        result="MetricAlarms",
        action="cloudwatch:DescribeAlarms",
        key="MetricAlarms",
    ),
    Call(
        service="cloudwatch",
        operation="list_metrics",
        result="Metrics",
        action="cloudwatch:ListMetrics",
        key="Metrics",
        asks=cloudwatch.namespaces,
        keep=cloudwatch.of_interest,
        follow=(
            Call(
                service="cloudwatch",
                operation="get_metric_data",
                result="MetricDataResults",
                action="cloudwatch:GetMetricData",
                key="MetricStatistics",
                asks=cloudwatch.queries,
                shape=cloudwatch.statistics,
            ),
        ),
    ),
)

WORLDWIDE: tuple[Call, ...] = (
    Call(
        service="globalaccelerator",
        operation="list_accelerators",
        result="Accelerators",
        action="globalaccelerator:ListAccelerators",
        key="Accelerators",
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
                        key="EndpointGroups",
                        asks=each("ListenerArn"),
                    ),
                ),
            ),
        ),
    ),
)
