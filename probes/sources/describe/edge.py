"""Logs, load balancers and accelerators: describe responses, named as in botocore, as resources of the model."""

from collections.abc import Iterable
from ipaddress import IPv4Address, ip_address
from typing import Any

import msgspec
from msgspec.structs import replace

from probes.model.state import (
    Accelerator,
    AcceleratorEndpoint,
    BucketLifecycle,
    EndpointGroup,
    Listener,
    LoadBalancer,
    LogGroup,
    Target,
    TargetGroup,
)
from probes.sources.describe.fields import FieldMap, Part, ids


class CamelPart(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A structure of a service that writes its keys in camel case: CloudWatch Logs and ECS."""


class RawLogGroup(CamelPart, frozen=True, kw_only=True):
    """CloudWatch Logs LogGroup. Without retentionInDays its events never expire."""

    id: str = msgspec.field(name="logGroupName")
    retention_days: int = msgspec.field(name="retentionInDays", default=0)


class LifecycleExpiration(Part, frozen=True, kw_only=True):
    """S3 LifecycleExpiration."""

    days: int = 0


class LifecycleAnd(Part, frozen=True, kw_only=True):
    """S3 LifecycleRuleAndOperator; with a prefix alone it is that prefix."""

    prefix: str = ""
    tags: tuple[Any, ...] = ()
    object_size_greater_than: int | None = None
    object_size_less_than: int | None = None


class LifecycleFilter(LifecycleAnd, frozen=True, kw_only=True):
    """S3 LifecycleRuleFilter."""

    tag: Any = None
    both: LifecycleAnd | None = msgspec.field(name="And", default=None)

    @property
    def reaches_all(self) -> bool:
        """Whether the rule is about every object with the prefix."""
        parts: list[LifecycleAnd] = [self, *([self.both] if self.both else [])]
        sizes = [
            size for part in parts for size in (part.object_size_greater_than, part.object_size_less_than)
        ]
        return not self.tag and not any(part.tags for part in parts) and set(sizes) == {None}


class LifecycleRule(Part, frozen=True, kw_only=True):
    """S3 LifecycleRule; older rules have their prefix beside the filter."""

    status: str
    expiration: LifecycleExpiration = LifecycleExpiration()
    prefix: str = ""
    filter: LifecycleFilter = LifecycleFilter()


class BucketRules(Part, frozen=True, kw_only=True):
    """The response of get_bucket_lifecycle_configuration with the bucket that was asked for."""

    id: str = msgspec.field(name="Bucket")
    rules: tuple[LifecycleRule, ...]


class LbState(Part, frozen=True, kw_only=True):
    """ELBv2 LoadBalancerState."""

    code: str


class LbZone(Part, frozen=True, kw_only=True):
    """ELBv2 AvailabilityZone."""

    subnet_id: str


class RawLoadBalancer(Part, frozen=True, kw_only=True):
    """ELBv2 LoadBalancer."""

    id: str = msgspec.field(name="LoadBalancerArn")
    lb_name: str = msgspec.field(name="LoadBalancerName")
    type: str
    scheme: str = "internal"
    state: LbState
    vpc_id: str
    availability_zones: tuple[LbZone, ...] = ()
    group_ids: tuple[str, ...] = msgspec.field(name="SecurityGroups", default=())


class ForwardTarget(Part, frozen=True, kw_only=True):
    """ELBv2 TargetGroupTuple."""

    target_group_arn: str


class ForwardConfig(Part, frozen=True, kw_only=True):
    """ELBv2 ForwardActionConfig."""

    target_groups: tuple[ForwardTarget, ...] = ()


class ListenerAction(Part, frozen=True, kw_only=True):
    """ELBv2 Action."""

    target_group_arn: str = ""
    forward_config: ForwardConfig = ForwardConfig()


class RawListener(Part, frozen=True, kw_only=True):
    """ELBv2 Listener."""

    id: str = msgspec.field(name="ListenerArn")
    load_balancer_id: str = msgspec.field(name="LoadBalancerArn")
    port: int = 0
    protocol: str = ""
    default_actions: tuple[ListenerAction, ...] = ()


class RawTargetGroup(Part, frozen=True, kw_only=True):
    """ELBv2 TargetGroup."""

    id: str = msgspec.field(name="TargetGroupArn")
    port: int | None = None
    protocol: str = ""
    target_type: str
    vpc_id: str | None = None
    health_check_interval_s: int = msgspec.field(name="HealthCheckIntervalSeconds")
    unhealthy_threshold: int = msgspec.field(name="UnhealthyThresholdCount")
    healthy_threshold: int = msgspec.field(name="HealthyThresholdCount")


class TargetDescription(Part, frozen=True, kw_only=True):
    """ELBv2 TargetDescription."""

    id: str
    port: int | None = None


class TargetHealth(Part, frozen=True, kw_only=True):
    """ELBv2 TargetHealth."""

    state: str


class TargetHealthDescription(Part, frozen=True, kw_only=True):
    """ELBv2 TargetHealthDescription."""

    target: TargetDescription
    target_health: TargetHealth


class TargetGroupHealth(Part, frozen=True, kw_only=True):
    """The response of describe_target_health with the target group that was asked for."""

    target_group_arn: str
    target_health_descriptions: tuple[TargetHealthDescription, ...]


class IpSet(Part, frozen=True, kw_only=True):
    """Global Accelerator IpSet. Its addresses may be IPv6 in a dual-stack accelerator."""

    ip_addresses: tuple[str, ...]

    def __post_init__(self) -> None:
        for text in self.ip_addresses:
            ip_address(text)  # ValueError for what is none


class RawAccelerator(Part, frozen=True, kw_only=True):
    """Global Accelerator Accelerator."""

    id: str = msgspec.field(name="AcceleratorArn")
    accelerator_name: str = msgspec.field(name="Name")
    enabled: bool
    status: str | None = None
    ip_sets: tuple[IpSet, ...] = ()
    dns_name: str = ""


class EndpointDescription(Part, frozen=True, kw_only=True):
    """Global Accelerator EndpointDescription."""

    endpoint_id: str
    health: str | None = msgspec.field(name="HealthState", default=None)
    client_ip_preservation: bool = msgspec.field(name="ClientIPPreservationEnabled", default=False)
    weight: int = 128


class RawEndpointGroup(Part, frozen=True, kw_only=True):
    """Global Accelerator EndpointGroup."""

    id: str = msgspec.field(name="EndpointGroupArn")
    endpoint_region: str = msgspec.field(name="EndpointGroupRegion")
    endpoint_descriptions: tuple[EndpointDescription, ...] = ()
    health_check_interval_s: int = msgspec.field(name="HealthCheckIntervalSeconds", default=30)
    threshold: int = msgspec.field(name="ThresholdCount", default=3)
    traffic_dial_percent: float = msgspec.field(name="TrafficDialPercentage", default=100.0)


def target_group(region: str, item: RawTargetGroup, health: TargetGroupHealth | None) -> TargetGroup:
    """A target group; without the response about their health its targets are None."""
    return replace(_TARGET_GROUP(region, item), targets=None if health is None else _targets(health))


def _expirations(item: BucketRules) -> dict[str, int]:
    found: dict[str, int] = {}
    for rule in item.rules:
        days, both = rule.expiration.days, rule.filter.both
        if rule.status == "Enabled" and days and rule.filter.reaches_all:
            prefix = rule.prefix or rule.filter.prefix or (both.prefix if both else "")
            found[prefix] = min(days, found.get(prefix, days))
    return found


def _forwarded(actions: Iterable[ListenerAction]) -> Iterable[str]:
    for action in actions:
        if action.target_group_arn:
            yield action.target_group_arn
        for target in action.forward_config.target_groups:
            yield target.target_group_arn


def _targets(health: TargetGroupHealth) -> tuple[Target, ...]:
    targets = [
        Target(id=each.target.id, port=each.target.port, health=each.target_health.state)
        for each in health.target_health_descriptions
    ]
    return tuple(sorted(targets, key=lambda target: (target.id, target.port or 0)))


def _ipv4_addresses(item: RawAccelerator) -> tuple[IPv4Address, ...]:
    parsed = [ip_address(text) for ip_set in item.ip_sets for text in ip_set.ip_addresses]
    return tuple(sorted(address for address in parsed if isinstance(address, IPv4Address)))


def _endpoints(item: RawEndpointGroup) -> tuple[AcceleratorEndpoint, ...]:
    return tuple(
        AcceleratorEndpoint(
            endpoint_id=each.endpoint_id,
            health=each.health,
            client_ip_preservation=each.client_ip_preservation,
            weight=each.weight,
        )
        for each in sorted(item.endpoint_descriptions, key=lambda each: each.endpoint_id)
    )


log_group = FieldMap(LogGroup)
bucket_lifecycle = FieldMap(BucketLifecycle, expirations=_expirations)
load_balancer = FieldMap(
    LoadBalancer,
    state="state.code",
    subnet_ids=lambda item: ids(zone.subnet_id for zone in item.availability_zones),
)
listener = FieldMap(Listener, target_group_ids=lambda item: ids(set(_forwarded(item.default_actions))))
_TARGET_GROUP = FieldMap(TargetGroup)
accelerator = FieldMap(Accelerator, ips=_ipv4_addresses)
endpoint_group = FieldMap(
    EndpointGroup,
    accelerator_id=lambda item: item.id.partition("/listener/")[0],  # its ARN continues the accelerator's
    endpoints=_endpoints,
)
