"""
The observed configuration of a network, in AWS's own terms.

Every source yields this one immutable form. Collections are tuples sorted by (region, id), so that equal
networks are equal values. A field the source cannot know is None and explained by a `Gap`; a field that is
known to be empty is empty (`""`, `()`), never None.

Field meanings follow the AWS API reference of the describe operation named in each docstring.
"""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Literal

import msgspec


class Gap(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """
    Something a source could not see.

    `kind` is the name of a `State` collection. Without `resource` the whole collection of `region` (of every
    region when that is empty) is unseen; with it, only the named `field` of that resource.
    """

    kind: str
    reason: str
    region: str = ""
    resource: str = ""
    field: str = ""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """
    What every AWS resource has. `id` is AWS's ID or ARN, or a Terraform address while AWS has not named it.
    """

    region: str
    id: str
    tags: dict[str, str] = {}

    @property
    def name(self) -> str:
        """
        The Name tag, or an empty string.
        """
        return self.tags.get("Name", "")

    @property
    def label(self) -> str:
        """
        How messages name the resource: ID, Name tag, Region.
        """
        name = f' "{self.name}"' if self.name else ""
        return f"{self.id}{name} ({self.region})"


class Vpc(Resource, frozen=True, kw_only=True):
    """
    `describe_vpcs`. The primary CIDR comes first; only associated blocks are listed.
    """

    cidrs: tuple[IPv4Network, ...]
    owner_id: str | None = None


class Subnet(Resource, frozen=True, kw_only=True):
    """
    `describe_subnets`. `az` is the zone's name (account-specific), `az_id` its physical ID.
    """

    vpc_id: str | None
    cidr: IPv4Network | None
    az: str | None
    az_id: str | None = None


class RouteTargetKind(StrEnum):
    """
    What a VPC route can point at.
    """

    LOCAL = "local"
    TRANSIT_GATEWAY = "transit_gateway"
    INTERNET_GATEWAY = "internet_gateway"
    NAT_GATEWAY = "nat_gateway"
    VPC_PEERING = "vpc_peering"
    VPC_ENDPOINT = "vpc_endpoint"
    NETWORK_INTERFACE = "network_interface"
    EGRESS_ONLY_GATEWAY = "egress_only_gateway"
    VPN_GATEWAY = "vpn_gateway"
    OTHER = "other"


class VpcRoute(msgspec.Struct, frozen=True, kw_only=True):
    """
    One row of a VPC route table. The destination is a CIDR or a prefix-list ID (`pl-…`).

    `target_id` is None when the source does not know it (then the route's table has a Gap).
    """

    destination: IPv4Network | IPv6Network | str
    target: RouteTargetKind
    target_id: str | None
    state: Literal["active", "blackhole"] = "active"
    origin: Literal["CreateRouteTable", "CreateRoute", "EnableVgwRoutePropagation", "Advertisement"] = "CreateRoute"


class VpcRouteTable(Resource, frozen=True, kw_only=True):
    """
    `describe_route_tables`. `subnet_ids` are explicit associations; a subnet in none uses the VPC's main table.
    """

    vpc_id: str | None
    main: bool
    subnet_ids: tuple[str, ...]
    gateway_ids: tuple[str, ...] = ()
    routes: tuple[VpcRoute, ...]


class GroupRef(msgspec.Struct, frozen=True, kw_only=True):
    """
    A security group named as the peer of a rule.
    """

    group_id: str
    vpc_id: str = ""
    owner_id: str = ""


class PrefixListRef(msgspec.Struct, frozen=True, kw_only=True):
    """
    A prefix list named as the peer of a rule.
    """

    prefix_list_id: str


class SgRule(msgspec.Struct, frozen=True, kw_only=True):
    """
    One permission for one peer.

    `protocol` is "tcp", "udp", "icmp", "icmpv6", "-1" (all) or an IP protocol number as text. Ports are None
    when the protocol has none or all are meant (AWS's -1/-1 and absent ports read as None). For icmp
    `from_port` is the type and `to_port` the code, None meaning all. `peer` is None when the source cannot know it.
    """

    protocol: str
    from_port: int | None
    to_port: int | None
    peer: IPv4Network | IPv6Network | GroupRef | PrefixListRef | None
    description: str = ""


class SecurityGroup(Resource, frozen=True, kw_only=True):
    """
    `describe_security_groups`, each permission split into one rule per peer.
    """

    vpc_id: str | None
    group_name: str
    ingress: tuple[SgRule, ...]
    egress: tuple[SgRule, ...]


class NaclEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    One NACL entry; entries are kept sorted by (egress, number). The implicit `*` deny (32767) is not listed.

    `protocol` as in `SgRule`. Ports are None for all; `icmp_type`/`icmp_code` are None for all.
    """

    number: int
    egress: bool
    action: Literal["allow", "deny"]
    protocol: str
    cidr: IPv4Network | IPv6Network
    from_port: int | None = None
    to_port: int | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None


class NetworkAcl(Resource, frozen=True, kw_only=True):
    """
    `describe_network_acls`. A subnet in no ACL's associations uses the VPC's default ACL.
    """

    vpc_id: str | None
    default: bool
    subnet_ids: tuple[str, ...]
    entries: tuple[NaclEntry, ...]


class PrefixList(Resource, frozen=True, kw_only=True):
    """
    `describe_managed_prefix_lists` with entries. `owner_id` is "AWS" for AWS-managed lists.
    """

    list_name: str
    owner_id: str
    cidrs: tuple[IPv4Network | IPv6Network, ...]
    max_entries: int | None = None


class NetworkInterface(Resource, frozen=True, kw_only=True):
    """
    `describe_network_interfaces`. The primary private address comes first. `interface_type` as AWS spells it.
    """

    vpc_id: str | None
    subnet_id: str | None
    private_ips: tuple[IPv4Address, ...]
    group_ids: tuple[str, ...]
    interface_type: str = "interface"
    instance_id: str = ""
    public_ip: IPv4Address | None = None
    description: str = ""
    source_dest_check: bool = True


class Instance(Resource, frozen=True, kw_only=True):
    """
    `describe_instances`. `state` is `pending`, `running`, `stopped`, …
    """

    state: str
    instance_type: str
    vpc_id: str | None
    subnet_id: str | None
    network_interface_ids: tuple[str, ...]


class InternetGateway(Resource, frozen=True, kw_only=True):
    """
    `describe_internet_gateways`.
    """

    vpc_ids: tuple[str, ...]


class NatGateway(Resource, frozen=True, kw_only=True):
    """
    `describe_nat_gateways`.
    """

    vpc_id: str | None
    subnet_id: str | None
    state: str
    connectivity: Literal["public", "private"] = "public"
    private_ips: tuple[IPv4Address, ...] = ()


class VpcPeering(Resource, frozen=True, kw_only=True):
    """
    `describe_vpc_peering_connections`, as seen from `region`. `status` is the Status.Code.
    """

    status: str
    requester_vpc_id: str | None
    requester_region: str
    accepter_vpc_id: str | None
    accepter_region: str


class VpcEndpoint(Resource, frozen=True, kw_only=True):
    """
    `describe_vpc_endpoints`. `endpoint_type` is "Gateway", "Interface" or "GatewayLoadBalancer".
    """

    vpc_id: str | None
    service_name: str
    endpoint_type: str
    state: str
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    network_interface_ids: tuple[str, ...] = ()
    private_dns: bool = False


class TransitGateway(Resource, frozen=True, kw_only=True):
    """
    `describe_transit_gateways`. The default table IDs are empty when that option is disabled.
    """

    state: str
    asn: int | None
    owner_id: str = ""
    default_association_table_id: str | None = ""
    default_propagation_table_id: str | None = ""
    auto_accept_shared_attachments: bool = False
    dns_support: bool = True
    sg_referencing_support: bool | None = None
    encryption_support: str | None = None


class TgwAttachment(Resource, frozen=True, kw_only=True):
    """
    `describe_transit_gateway_attachments`, joined with the VPC and peering variants, as seen from `region`.

    A peering has the same ID in both Regions and is listed once in each; `transit_gateway_id` is always that
    of `region`, `peer_*` the other side. `resource_type` is "vpc", "peering", "vpn", ….
    Association is not kept here but in `TgwRouteTable.associations`.
    """

    transit_gateway_id: str | None
    resource_type: str
    resource_id: str | None
    state: str
    subnet_ids: tuple[str, ...] = ()
    appliance_mode: bool = False
    role: Literal["requester", "accepter", ""] = ""
    peer_transit_gateway_id: str | None = ""
    peer_region: str = ""
    policy_table_id: str = ""


class TgwRoute(msgspec.Struct, frozen=True, kw_only=True):
    """
    `search_transit_gateway_routes`: one route. A blackhole has no attachments.
    """

    destination: IPv4Network | IPv6Network
    type: Literal["static", "propagated"]
    state: Literal["pending", "active", "blackhole", "deleting", "deleted"]
    attachment_ids: tuple[str, ...]
    prefix_list_id: str = ""


class TgwRouteTable(Resource, frozen=True, kw_only=True):
    """
    `describe_transit_gateway_route_tables` with its routes, associations and propagations.

    `associations` and `propagations` are attachment IDs in state associated / enabled.
    `routes_complete` is False when AWS said that additional routes are available.
    """

    transit_gateway_id: str | None
    state: str
    default_association: bool
    default_propagation: bool
    routes: tuple[TgwRoute, ...]
    associations: tuple[str, ...]
    propagations: tuple[str, ...]
    routes_complete: bool = True


class FlowLog(Resource, frozen=True, kw_only=True):
    """
    `describe_flow_logs`. `traffic_type` is "ALL", "ACCEPT" or "REJECT".
    """

    resource_id: str | None
    status: str
    deliver_status: str | None
    traffic_type: str | None
    destination_type: str
    destination: str | None


class LogGroup(Resource, frozen=True, kw_only=True):
    """
    CloudWatch Logs `describe_log_groups`; `id` is the name. Retention 0 means that events never expire.
    """

    retention_days: int | None


class BucketLifecycle(Resource, frozen=True, kw_only=True):
    """
    S3 `get_bucket_lifecycle_configuration`; `id` is the bucket. 0 means that no enabled rule expires objects.
    """

    expiration_days: int


class LoadBalancer(Resource, frozen=True, kw_only=True):
    """
    ELBv2 `describe_load_balancers`; `id` is the ARN.
    """

    lb_name: str
    type: str
    scheme: str
    state: str
    vpc_id: str | None
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...] = ()


class Listener(Resource, frozen=True, kw_only=True):
    """
    ELBv2 `describe_listeners`; `id` is the ARN.
    """

    load_balancer_id: str | None
    port: int
    protocol: str
    target_group_ids: tuple[str, ...]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """
    ELBv2 `describe_target_health`: one target. `health` is "healthy", "unhealthy", ….
    """

    id: str
    port: int | None
    health: str


class TargetGroup(Resource, frozen=True, kw_only=True):
    """
    ELBv2 `describe_target_groups` with target health; `id` is the ARN. `targets` is None when not observable.
    """

    port: int | None
    protocol: str
    target_type: str
    vpc_id: str | None
    health_check_interval_s: int
    unhealthy_threshold: int
    healthy_threshold: int
    targets: tuple[Target, ...] | None = ()


class EndpointService(Resource, frozen=True, kw_only=True):
    """
    `describe_vpc_endpoint_service_configurations`: a PrivateLink service.
    """

    service_name: str
    state: str
    load_balancer_ids: tuple[str, ...]


class Accelerator(Resource, frozen=True, kw_only=True):
    """
    Global Accelerator `describe_accelerator`; `id` is the ARN, `region` is "global".
    """

    accelerator_name: str
    enabled: bool
    status: str | None
    ips: tuple[IPv4Address, ...]
    dns_name: str | None = ""


class AcceleratorEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """
    One endpoint of an endpoint group.
    """

    endpoint_id: str | None
    health: str | None
    client_ip_preservation: bool = False


class EndpointGroup(Resource, frozen=True, kw_only=True):
    """
    Global Accelerator `list_endpoint_groups`; `region` is "global", `endpoint_region` where the endpoints are.
    """

    accelerator_id: str | None
    endpoint_region: str
    endpoints: tuple[AcceleratorEndpoint, ...]
    health_check_interval_s: int = 30
    threshold: int = 3


class FsxFileSystem(Resource, frozen=True, kw_only=True):
    """
    FSx `describe_file_systems`.
    """

    type: str
    lifecycle: str
    vpc_id: str | None
    subnet_ids: tuple[str, ...]
    network_interface_ids: tuple[str, ...] | None
    storage_gib: int
    throughput_mb_per_s_per_tib: int | None
    deployment_type: str = ""
    mount_name: str | None = ""
    kms_key_id: str = ""


class TableReplica(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """
    One replica of a DynamoDB table.
    """

    region: str
    status: str


class DynamoTable(Resource, frozen=True, kw_only=True):
    """
    DynamoDB `describe_table`; `id` is the table's name.
    """

    status: str
    replicas: tuple[TableReplica, ...]
    version: str = ""
    multi_region_consistency: str = ""
    kms_key_id: str = ""


class MetricAlarm(Resource, frozen=True, kw_only=True):
    """
    CloudWatch `describe_alarms`; `id` is the alarm's name.
    """

    namespace: str
    metric: str
    dimensions: dict[str, str]
    actions_enabled: bool = True


class Metric(Resource, frozen=True, kw_only=True):
    """
    CloudWatch `list_metrics` with one statistic; `id` is "namespace/name/dim=value,…".

    `value` is the Sum over 30 days for TransitGateway bytes, the p99 in ms over a day for ReplicationLatency,
    and None when no data point exists.
    """

    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str = ""
    value: float | None = None


class EcsService(Resource, frozen=True, kw_only=True):
    """
    ECS `describe_services`; `id` is the ARN.
    """

    service_name: str
    cluster: str
    running_count: int | None
    desired_count: int
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    target_group_ids: tuple[str, ...]


class AutoScalingGroup(Resource, frozen=True, kw_only=True):
    """
    Auto Scaling `describe_auto_scaling_groups`; `id` is the group's name.
    """

    desired: int
    minimum: int
    maximum: int
    subnet_ids: tuple[str, ...]


class KmsAlias(Resource, frozen=True, kw_only=True):
    """
    KMS `list_aliases`; `id` is the alias name.
    """

    target_key_id: str | None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """
    One observed network: what a source saw, and what it could not see.

    `source` says in words where it came from; it takes no part in the comparison of networks
    (compare `network_of(state)` from `probes.model.canonical`).
    """

    source: str = ""
    regions: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_modelled: tuple[str, ...] = ()
    vpcs: tuple[Vpc, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    vpc_route_tables: tuple[VpcRouteTable, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    network_acls: tuple[NetworkAcl, ...] = ()
    prefix_lists: tuple[PrefixList, ...] = ()
    network_interfaces: tuple[NetworkInterface, ...] = ()
    instances: tuple[Instance, ...] = ()
    internet_gateways: tuple[InternetGateway, ...] = ()
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
