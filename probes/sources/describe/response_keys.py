"""Which top-level key of a describe response holds what: one row a key."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Any

import msgspec

from probes.model.state import Resource
from probes.sources.describe import edge, filters, gateways, storage, tgw, tgw_routes, vpc, vpc_routes

Translation = Callable[[str, Any], Resource]
GONE = frozenset({"deleted", "deleting", "inactive", "delete in progress"})


class ResponseKey:
    """What a top-level key holds.

    `item` is the type of its entries; its first field is required and names an entry, unless `identity` says
    what does. `collection` is what nobody has seen of a Region without the response. `translation` makes a
    resource of each entry; entries of keys without it are joined with others. `state` is the attribute that
    says that an entry is being deleted. Another service's entries have no `mark`, and one of `others`
    where those are named.
    """

    def __init__(  # noqa: PLR0913  # the columns of one table
        self,
        item: type[msgspec.Struct],
        collection: str = "",
        translation: Translation | None = None,
        *,
        state: str = "",
        identity: Callable[[Any], Iterable[str]] | None = None,
        others: tuple[str, ...] = (),
        mark: str = "",
    ) -> None:
        self.item = item
        self.collection = collection
        self.translation = translation
        self.others = others
        self.mark = mark
        self._state = attrgetter(state) if state else None
        self._identity = identity

    @cached_property
    def id_field(self) -> msgspec.structs.FieldInfo:
        """The first field that an entry must have."""
        return next(field for field in msgspec.structs.fields(self.item) if field.required)

    def identify(self, item: object) -> tuple[str, ...]:
        """What tells an entry from all others."""
        return tuple(self._identity(item)) if self._identity else (getattr(item, self.id_field.name),)

    def is_present(self, item: object) -> bool:
        """Whether an entry is neither deleted nor being deleted."""
        return self._state is None or str(self._state(item)).lower() not in GONE


def _instances(item: gateways.RawReservation) -> Iterable[str]:
    return (instance.instance_id for instance in item.instances)


def _prefix_list(item: vpc.RawPrefixList) -> Iterable[str]:
    """Two calls answer under one key: describe_prefix_lists with CIDRs, describe_managed_prefix_lists without."""
    yield item.prefix_list_id
    if item.cidrs is not None:
        yield "with CIDRs"


def _metric(item: storage.RawMetric | storage.MetricStatistics) -> Iterable[str]:
    yield storage.metric_id(item)


_row = ResponseKey
REGIONAL_KEYS: Mapping[str, ResponseKey] = {
    "Vpcs": _row(vpc.RawVpc, "vpcs", vpc.vpc, others=("ClassicLinkEnabled", "ClassicLinkDnsSupported")),
    "Subnets": _row(vpc.RawSubnet, "subnets", vpc.subnet),
    "RouteTables": _row(vpc_routes.RawRouteTable, "vpc_route_tables", vpc_routes.vpc_route_table),
    "SecurityGroups": _row(filters.RawSecurityGroup, "security_groups", filters.security_group),
    "NetworkAcls": _row(filters.RawNetworkAcl, "network_acls", filters.network_acl),
    "PrefixLists": _row(vpc.RawPrefixList, "prefix_lists", identity=_prefix_list),
    "ManagedPrefixListEntries": _row(vpc.PrefixListEntries),
    "NetworkInterfaces": _row(vpc.RawNetworkInterface, "network_interfaces", vpc.network_interface),
    "Reservations": _row(
        gateways.RawReservation, "instances", identity=_instances, others=("OfferingId", "ReservationArn")
    ),
    "InternetGateways": _row(gateways.RawInternetGateway, "internet_gateways", gateways.internet_gateway),
    "EgressOnlyInternetGateways": _row(
        gateways.RawEgressOnlyGateway, "egress_only_gateways", gateways.egress_only_gateway
    ),
    "NatGateways": _row(gateways.RawNatGateway, "nat_gateways", gateways.nat_gateway, state="state"),
    "VpcPeeringConnections": _row(
        gateways.RawVpcPeering,
        "vpc_peerings",
        gateways.vpc_peering,
        state="status.code",
        others=("FleetId", "GameLiftVpcId"),
    ),
    "VpcEndpoints": _row(
        gateways.RawVpcEndpoint,
        "vpc_endpoints",
        gateways.vpc_endpoint,
        state="state",
        others=("DomainArn", "VpcEndpointOwner"),
    ),
    "ServiceConfigurations": _row(
        gateways.RawEndpointService, "endpoint_services", gateways.endpoint_service, state="state"
    ),
    "FlowLogs": _row(gateways.RawFlowLog, "flow_logs", gateways.flow_log),
    "TransitGateways": _row(tgw.RawTransitGateway, "transit_gateways", tgw.transit_gateway, state="state"),
    "TransitGatewayAttachments": _row(tgw.RawTgwAttachment, "tgw_attachments", state="state"),
    "TransitGatewayVpcAttachments": _row(tgw.RawTgwVpcAttachment, state="state"),
    "TransitGatewayPeeringAttachments": _row(tgw.RawTgwPeeringAttachment, state="state"),
    "TransitGatewayRouteTables": _row(tgw_routes.RawTgwRouteTable, "tgw_route_tables", state="state"),
    "TransitGatewayRoutes": _row(tgw_routes.TgwRoutes),
    "TransitGatewayStaticRoutes": _row(tgw_routes.TgwRoutes),
    "TransitGatewayAssociations": _row(tgw_routes.TgwAssociations),
    "TransitGatewayPropagations": _row(tgw_routes.TgwPropagations),
    "logGroups": _row(
        edge.RawLogGroup, "log_groups", edge.log_group, others=("logType", "logGroupArn"), mark="arn"
    ),
    "BucketLifecycleConfigurations": _row(edge.BucketRules, "bucket_lifecycles", edge.bucket_lifecycle),
    "LoadBalancers": _row(edge.RawLoadBalancer, "load_balancers", edge.load_balancer),
    "Listeners": _row(edge.RawListener, "listeners", edge.listener, mark="LoadBalancerArn"),
    "TargetGroups": _row(edge.RawTargetGroup, "target_groups", others=("DBProxyName",)),
    "LoadBalancerTargetHealth": _row(edge.TargetGroupHealth),
    "FileSystems": _row(
        storage.RawFileSystem,
        "fsx_file_systems",
        storage.fsx_file_system,
        state="lifecycle",
        others=("CreationToken", "LifeCycleState", "NumberOfMountTargets"),
    ),
    "Tables": _row(
        storage.RawTable,
        "dynamo_tables",
        storage.dynamo_table,
        state="table_status",
        others=("DatabaseName", "TableProperties"),
    ),
    "MetricAlarms": _row(storage.RawMetricAlarm, "metric_alarms", storage.metric_alarm),
    "Metrics": _row(storage.RawMetric, "metrics", identity=_metric),
    "MetricStatistics": _row(storage.MetricStatistics, identity=_metric),
    "services": _row(storage.RawEcsService, "ecs_services", storage.ecs_service, state="status"),
    "AutoScalingGroups": _row(
        storage.RawAutoScalingGroup, "auto_scaling_groups", storage.auto_scaling_group, state="status"
    ),
    "Aliases": _row(
        storage.RawAlias, "kms_aliases", storage.kms_alias, others=("AliasId", "FunctionVersion", "KeyArn")
    ),
}
GLOBAL_KEYS: Mapping[str, ResponseKey] = {
    "Accelerators": _row(edge.RawAccelerator, "accelerators", edge.accelerator),
    "EndpointGroups": _row(
        edge.RawEndpointGroup, "endpoint_groups", edge.endpoint_group, others=("DestinationDescriptions",)
    ),
}
RESPONSE_KEYS: Mapping[str, ResponseKey] = {**REGIONAL_KEYS, **GLOBAL_KEYS}

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
