"""Describe answers held against botocore's own descriptions of what AWS answers, without any network."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, StructureShape
from botocore.validate import ParamValidator

ASKED_FOR = frozenset({"Statistic"})
"""
Fields of wrappers that name what was asked for in other words than the operation's own.
"""

PLAIN = {
    "Vpcs": ("ec2", "DescribeVpcs"),
    "Subnets": ("ec2", "DescribeSubnets"),
    "RouteTables": ("ec2", "DescribeRouteTables"),
    "SecurityGroups": ("ec2", "DescribeSecurityGroups"),
    "NetworkAcls": ("ec2", "DescribeNetworkAcls"),
    "PrefixLists": ("ec2", "DescribeManagedPrefixLists"),
    "NetworkInterfaces": ("ec2", "DescribeNetworkInterfaces"),
    "Reservations": ("ec2", "DescribeInstances"),
    "InternetGateways": ("ec2", "DescribeInternetGateways"),
    "EgressOnlyInternetGateways": ("ec2", "DescribeEgressOnlyInternetGateways"),
    "NatGateways": ("ec2", "DescribeNatGateways"),
    "VpcPeeringConnections": ("ec2", "DescribeVpcPeeringConnections"),
    "VpcEndpoints": ("ec2", "DescribeVpcEndpoints"),
    "ServiceConfigurations": ("ec2", "DescribeVpcEndpointServiceConfigurations"),
    "TransitGateways": ("ec2", "DescribeTransitGateways"),
    "TransitGatewayAttachments": ("ec2", "DescribeTransitGatewayAttachments"),
    "TransitGatewayVpcAttachments": ("ec2", "DescribeTransitGatewayVpcAttachments"),
    "TransitGatewayPeeringAttachments": ("ec2", "DescribeTransitGatewayPeeringAttachments"),
    "TransitGatewayRouteTables": ("ec2", "DescribeTransitGatewayRouteTables"),
    "FlowLogs": ("ec2", "DescribeFlowLogs"),
    "logGroups": ("logs", "DescribeLogGroups"),
    "LoadBalancers": ("elbv2", "DescribeLoadBalancers"),
    "Listeners": ("elbv2", "DescribeListeners"),
    "TargetGroups": ("elbv2", "DescribeTargetGroups"),
    "Accelerators": ("globalaccelerator", "ListAccelerators"),
    "EndpointGroups": ("globalaccelerator", "ListEndpointGroups"),
    "FileSystems": ("fsx", "DescribeFileSystems"),
    "MetricAlarms": ("cloudwatch", "DescribeAlarms"),
    "Metrics": ("cloudwatch", "ListMetrics"),
    "services": ("ecs", "DescribeServices"),
    "AutoScalingGroups": ("autoscaling", "DescribeAutoScalingGroups"),
    "Aliases": ("kms", "ListAliases"),
}
"""
Answers written as AWS gives them.
"""

WRAPPED = {
    "TransitGatewayRoutes": ("ec2", "SearchTransitGatewayRoutes"),
    "TransitGatewayAssociations": ("ec2", "GetTransitGatewayRouteTableAssociations"),
    "TransitGatewayPropagations": ("ec2", "GetTransitGatewayRouteTablePropagations"),
    "ManagedPrefixListEntries": ("ec2", "GetManagedPrefixListEntries"),
    "LoadBalancerTargetHealth": ("elbv2", "DescribeTargetHealth"),
    "BucketLifecycleConfigurations": ("s3", "GetBucketLifecycleConfiguration"),
    "MetricStatistics": ("cloudwatch", "GetMetricStatistics"),
}
"""
Answers about one resource each, with what was asked for beside them.
"""


def deviations(key: str, items: Sequence[Mapping[str, Any]]) -> list[str]:
    """What botocore would not expect in these items of a top-level key; empty when they are as AWS answers."""
    if key == "Tables":
        return [
            line
            for item in items
            for line in _report(_operation("dynamodb", "DescribeTable"), {"Table": item})
        ]
    if key in PLAIN:
        return _report(_operation(*PLAIN[key]), {key: list(items)})
    operation = _operation(*WRAPPED[key])
    return [line for item in items for line in _wrapped(operation, item)]


def _wrapped(operation: OperationModel, item: Mapping[str, Any]) -> Iterator[str]:
    asked = _shape(operation.input_shape).members
    answered = _shape(operation.output_shape).members
    unknown = item.keys() - asked.keys() - answered.keys() - ASKED_FOR
    yield from (f"{name}: neither asked for nor answered by {operation.name}" for name in sorted(unknown))
    yield from _report(operation, {name: value for name, value in item.items() if name in answered})


def _report(operation: OperationModel, answer: Mapping[str, Any]) -> list[str]:
    report = ParamValidator().validate(answer, _shape(operation.output_shape))
    return report.generate_report().splitlines() if report.has_errors() else []


def _shape(shape: StructureShape | None) -> StructureShape:
    if shape is None:
        raise TypeError("an operation without that side")
    return shape


@cache
def _operation(service: str, name: str) -> OperationModel:
    return _service(service).operation_model(name)


@cache
def _service(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)
