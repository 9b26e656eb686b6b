"""The answers of the services around the network, as typed items named as in botocore."""

import msgspec

from probes.sources.describe.fields import Part


class CamelPart(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A structure of a service that writes its keys in camel case: CloudWatch Logs and ECS."""


class RawLogGroup(CamelPart, frozen=True, kw_only=True):
    """CloudWatch Logs LogGroup. Without retentionInDays its events never expire."""

    log_group_name: str
    retention_in_days: int = 0


class LifecycleExpiration(Part, frozen=True, kw_only=True):
    """S3 LifecycleExpiration."""

    days: int = 0


class LifecycleRule(Part, frozen=True, kw_only=True):
    """S3 LifecycleRule."""

    status: str
    expiration: LifecycleExpiration = LifecycleExpiration()


class BucketRules(Part, frozen=True, kw_only=True):
    """The answer of get_bucket_lifecycle_configuration with the bucket that was asked for."""

    bucket: str
    rules: tuple[LifecycleRule, ...]


class LbState(Part, frozen=True, kw_only=True):
    """ELBv2 LoadBalancerState."""

    code: str


class LbZone(Part, frozen=True, kw_only=True):
    """ELBv2 AvailabilityZone."""

    subnet_id: str


class RawLoadBalancer(Part, frozen=True, kw_only=True):
    """ELBv2 LoadBalancer."""

    load_balancer_arn: str
    load_balancer_name: str
    type: str
    scheme: str = "internal"
    state: LbState
    vpc_id: str
    availability_zones: tuple[LbZone, ...] = ()
    security_groups: tuple[str, ...] = ()


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
    """ELBv2 Listener, or Global Accelerator's, which is answered under the same key and has no LoadBalancerArn."""

    listener_arn: str
    load_balancer_arn: str = ""
    port: int = 0
    protocol: str = ""
    default_actions: tuple[ListenerAction, ...] = ()


class RawTargetGroup(Part, frozen=True, kw_only=True):
    """ELBv2 TargetGroup."""

    target_group_arn: str
    port: int | None = None
    protocol: str = ""
    target_type: str
    vpc_id: str | None = None
    health_check_interval_seconds: int
    unhealthy_threshold_count: int
    healthy_threshold_count: int


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
    """The answer of describe_target_health with the target group that was asked for."""

    target_group_arn: str
    target_health_descriptions: tuple[TargetHealthDescription, ...]


class IpSet(Part, frozen=True, kw_only=True):
    """Global Accelerator IpSet. Its addresses may be IPv6 in a dual-stack accelerator."""

    ip_addresses: tuple[str, ...]


class RawAccelerator(Part, frozen=True, kw_only=True):
    """Global Accelerator Accelerator."""

    accelerator_arn: str
    name: str
    enabled: bool
    status: str | None = None
    ip_sets: tuple[IpSet, ...] = ()
    dns_name: str = ""


class EndpointDescription(Part, frozen=True, kw_only=True):
    """Global Accelerator EndpointDescription."""

    endpoint_id: str
    health_state: str | None = None
    client_ip_preservation: bool = msgspec.field(name="ClientIPPreservationEnabled", default=False)


class RawEndpointGroup(Part, frozen=True, kw_only=True):
    """Global Accelerator EndpointGroup."""

    endpoint_group_arn: str
    endpoint_group_region: str
    endpoint_descriptions: tuple[EndpointDescription, ...] = ()
    health_check_interval_seconds: int = 30
    threshold_count: int = 3
