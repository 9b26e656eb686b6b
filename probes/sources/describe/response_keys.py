"""Which top-level key of a describe answer holds what."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from probes.sources.describe import filters, raw_data, raw_gateways, raw_services, raw_tgw, raw_vpc
from probes.sources.describe.storage import metric_id

GONE = frozenset({"deleted", "deleting", "inactive", "delete in progress"})


def _stateless(_item: object) -> str:
    return ""


def _always(_item: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Answer:
    """One kind of answer: the type of its items, what identifies an item, and the field that says it is gone."""

    item: type
    identify: Callable[[Any], Iterable[str]]
    state_of: Callable[[Any], str] = _stateless
    belongs: Callable[[Any], object] = _always

    def counts(self, item: object) -> bool:
        """Whether the item is of our service (some keys are shared) and is neither deleted nor being deleted."""
        return bool(self.belongs(item)) and self.state_of(item).lower() not in GONE


def _by(field: str) -> Callable[[Any], Iterable[str]]:
    return lambda item: (getattr(item, field),)


def _instances(item: raw_gateways.RawReservation) -> Iterable[str]:
    return (instance.instance_id for instance in item.instances)


def _prefix_list(item: raw_vpc.RawPrefixList) -> Iterable[str]:
    """Two calls answer under one key: describe_prefix_lists with CIDRs, describe_managed_prefix_lists without."""
    yield item.prefix_list_id
    if item.cidrs is not None:
        yield "with CIDRs"


def _metric(item: raw_data.RawMetric) -> Iterable[str]:
    return (metric_id(item),)


def _state(item: Any) -> str:  # noqa: ANN401  # every raw type with a `state` of text
    state: str = item.state
    return state


def _keyed(table: dict[str, tuple[type, str]], state_of: Callable[[Any], str]) -> dict[str, Answer]:
    return {key: Answer(item, _by(field), state_of) for key, (item, field) in table.items()}


ANSWERS: dict[str, Answer] = {
    **_keyed(
        {
            "Vpcs": (raw_vpc.RawVpc, "vpc_id"),
            "Subnets": (raw_vpc.RawSubnet, "subnet_id"),
            "RouteTables": (raw_vpc.RawRouteTable, "route_table_id"),
            "SecurityGroups": (filters.RawSecurityGroup, "group_id"),
            "NetworkAcls": (filters.RawNetworkAcl, "network_acl_id"),
            "ManagedPrefixListEntries": (raw_vpc.PrefixListEntries, "prefix_list_id"),
            "NetworkInterfaces": (raw_vpc.RawNetworkInterface, "network_interface_id"),
            "InternetGateways": (raw_gateways.RawInternetGateway, "internet_gateway_id"),
            "FlowLogs": (raw_gateways.RawFlowLog, "flow_log_id"),
            "TransitGatewayStaticRoutes": (raw_tgw.TgwRoutes, "transit_gateway_route_table_id"),
            "TransitGatewayRoutes": (raw_tgw.TgwRoutes, "transit_gateway_route_table_id"),
            "TransitGatewayAssociations": (raw_tgw.TgwAssociations, "transit_gateway_route_table_id"),
            "TransitGatewayPropagations": (raw_tgw.TgwPropagations, "transit_gateway_route_table_id"),
            "logGroups": (raw_services.RawLogGroup, "log_group_name"),
            "BucketLifecycleConfigurations": (raw_services.BucketRules, "bucket"),
            "LoadBalancers": (raw_services.RawLoadBalancer, "load_balancer_arn"),
            "TargetGroups": (raw_services.RawTargetGroup, "target_group_arn"),
            "LoadBalancerTargetHealth": (raw_services.TargetGroupHealth, "target_group_arn"),
            "Accelerators": (raw_services.RawAccelerator, "accelerator_arn"),
            "EndpointGroups": (raw_services.RawEndpointGroup, "endpoint_group_arn"),
            "MetricAlarms": (raw_data.RawMetricAlarm, "alarm_name"),
        },
        _stateless,
    ),
    **_keyed(
        {
            "NatGateways": (raw_gateways.RawNatGateway, "nat_gateway_id"),
            "VpcEndpoints": (raw_gateways.RawVpcEndpoint, "vpc_endpoint_id"),
            "TransitGateways": (raw_tgw.RawTransitGateway, "transit_gateway_id"),
            "TransitGatewayAttachments": (raw_tgw.RawTgwAttachment, "transit_gateway_attachment_id"),
            "TransitGatewayVpcAttachments": (raw_tgw.RawTgwVpcAttachment, "transit_gateway_attachment_id"),
            "TransitGatewayPeeringAttachments": (
                raw_tgw.RawTgwPeeringAttachment,
                "transit_gateway_attachment_id",
            ),
            "TransitGatewayRouteTables": (raw_tgw.RawTgwRouteTable, "transit_gateway_route_table_id"),
        },
        _state,
    ),
    "PrefixLists": Answer(raw_vpc.RawPrefixList, _prefix_list),
    "Reservations": Answer(raw_gateways.RawReservation, _instances),
    "VpcPeeringConnections": Answer(
        raw_gateways.RawVpcPeering, _by("vpc_peering_connection_id"), lambda item: str(item.status.code)
    ),
    "ServiceConfigurations": Answer(
        raw_gateways.RawEndpointService, _by("service_id"), lambda item: str(item.service_state)
    ),
    "FileSystems": Answer(
        raw_data.RawFileSystem,
        _by("file_system_id"),
        lambda item: str(item.lifecycle),
        belongs=lambda item: item.file_system_type,  # EFS answers under the same key, without a type
    ),
    "Listeners": Answer(
        raw_services.RawListener,
        _by("listener_arn"),
        belongs=lambda item: item.load_balancer_arn,  # Global Accelerator's have none
    ),
    "Aliases": Answer(
        raw_data.RawAlias,
        _by("alias_name"),
        belongs=lambda item: item.alias_name,  # Lambda's have a Name
    ),
    "Tables": Answer(raw_data.RawTable, _by("table_name"), lambda item: str(item.table_status)),
    "services": Answer(raw_data.RawEcsService, _by("service_arn"), lambda item: str(item.status)),
    "AutoScalingGroups": Answer(
        raw_data.RawAutoScalingGroup, _by("auto_scaling_group_name"), lambda item: str(item.status)
    ),
    "Metrics": Answer(raw_data.RawMetric, _metric),
    "MetricStatistics": Answer(raw_data.MetricStatistics, _metric),
}

SINGULAR = {"Table": "Tables", "Accelerator": "Accelerators"}
ALIASES = {"ManagedPrefixLists": "PrefixLists"}
KNOWN_BUT_UNUSED = frozenset(
    {
        "AvailabilityZones",
        "Message",
        "Messages",
        "NextMarker",
        "NextToken",
        "OwningAccounts",
        "ResponseMetadata",
        "Truncated",
        "failures",
        "nextToken",
    }
)
CONTINUATIONS = ("NextToken", "nextToken", "NextMarker")
