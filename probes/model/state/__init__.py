"""The observed configuration of a network, in AWS's own terms.

Every source yields this one immutable form. Collections are tuples sorted by (region, id), so that equal
networks are equal values. A field the source cannot know is None and explained by a `Gap`; a field that is
known to be empty is empty (`""`, `()`), never None.

Field meanings follow the AWS API reference of the describe operation named in each docstring.
"""

import msgspec

from probes.model.state.base import (
    Gap,
    Resource,
)
from probes.model.state.services import (
    Accelerator,
    AcceleratorEndpoint,
    AutoScalingGroup,
    BucketLifecycle,
    DynamoTable,
    EcsService,
    EndpointGroup,
    EndpointService,
    FlowLog,
    FsxFileSystem,
    KmsAlias,
    Listener,
    LoadBalancer,
    LogGroup,
    Metric,
    MetricAlarm,
    TableReplica,
    Target,
    TargetGroup,
)
from probes.model.state.tgw import (
    TgwAttachment,
    TgwRoute,
    TgwRouteTable,
    TransitGateway,
)
from probes.model.state.vpc import (
    EgressOnlyGateway,
    GroupRef,
    Instance,
    InternetGateway,
    NaclEntry,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    PrefixListRef,
    RouteTargetKind,
    SecurityGroup,
    SgRule,
    Subnet,
    Vpc,
    VpcEndpoint,
    VpcPeering,
    VpcRoute,
    VpcRouteTable,
)

__all__ = [
    "Accelerator",
    "AcceleratorEndpoint",
    "AutoScalingGroup",
    "BucketLifecycle",
    "DynamoTable",
    "EcsService",
    "EgressOnlyGateway",
    "EndpointGroup",
    "EndpointService",
    "FlowLog",
    "FsxFileSystem",
    "Gap",
    "GroupRef",
    "Instance",
    "InternetGateway",
    "KmsAlias",
    "Listener",
    "LoadBalancer",
    "LogGroup",
    "Metric",
    "MetricAlarm",
    "NaclEntry",
    "NatGateway",
    "NetworkAcl",
    "NetworkInterface",
    "PrefixList",
    "PrefixListRef",
    "Resource",
    "RouteTargetKind",
    "SecurityGroup",
    "SgRule",
    "State",
    "Subnet",
    "TableReplica",
    "Target",
    "TargetGroup",
    "TgwAttachment",
    "TgwRoute",
    "TgwRouteTable",
    "TransitGateway",
    "Vpc",
    "VpcEndpoint",
    "VpcPeering",
    "VpcRoute",
    "VpcRouteTable",
]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """One observed network: what a source saw, and what it could not see.

    `source` says in words where it came from. `addresses` say where Terraform declares what
    `probes.model.checks.terraform_modules` judges. Two states of one network may differ in both.
    """

    source: str = ""
    regions: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_modelled: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    vpcs: tuple[Vpc, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    vpc_route_tables: tuple[VpcRouteTable, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    network_acls: tuple[NetworkAcl, ...] = ()
    prefix_lists: tuple[PrefixList, ...] = ()
    network_interfaces: tuple[NetworkInterface, ...] = ()
    instances: tuple[Instance, ...] = ()
    internet_gateways: tuple[InternetGateway, ...] = ()
    egress_only_gateways: tuple[EgressOnlyGateway, ...] = ()
    nat_gateways: tuple[NatGateway, ...] = ()
    vpc_peerings: tuple[VpcPeering, ...] = ()
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    transit_gateways: tuple[TransitGateway, ...] = ()
    tgw_attachments: tuple[TgwAttachment, ...] = ()
    tgw_route_tables: tuple[TgwRouteTable, ...] = ()
    flow_logs: tuple[FlowLog, ...] = ()
    log_groups: tuple[LogGroup, ...] = ()
    bucket_lifecycles: tuple[BucketLifecycle, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    listeners: tuple[Listener, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    endpoint_services: tuple[EndpointService, ...] = ()
    accelerators: tuple[Accelerator, ...] = ()
    endpoint_groups: tuple[EndpointGroup, ...] = ()
    fsx_file_systems: tuple[FsxFileSystem, ...] = ()
    dynamo_tables: tuple[DynamoTable, ...] = ()
    metric_alarms: tuple[MetricAlarm, ...] = ()
    metrics: tuple[Metric, ...] = ()
    ecs_services: tuple[EcsService, ...] = ()
    auto_scaling_groups: tuple[AutoScalingGroup, ...] = ()
    kms_aliases: tuple[KmsAlias, ...] = ()
