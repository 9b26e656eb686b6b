"""The attributes that the model needs of load balancers, PrivateLink and Global Accelerator."""

import msgspec
from msgspec import UNSET, UnsetType

from probes.sources.terraform.schema.attribute_types import Attributes, Flag, Number, Tagged, Text, Texts


class SubnetMapping(msgspec.Struct, gc=False):
    """A subnet of a load balancer, written with its address."""

    subnet_id: Text = UNSET


class LoadBalancer(Tagged, gc=False):
    """`aws_lb` and `aws_alb`."""

    name: Text = UNSET
    load_balancer_type: Text = UNSET
    internal: Flag = UNSET
    vpc_id: Text = UNSET
    subnets: Texts = UNSET
    subnet_mapping: list[SubnetMapping] | UnsetType | None = UNSET
    security_groups: Texts = UNSET


class ForwardTarget(msgspec.Struct, gc=False):
    """One target group of a weighted action."""

    arn: Text = UNSET


class Forward(msgspec.Struct, gc=False):
    """A weighted action."""

    target_group: list[ForwardTarget] | UnsetType | None = UNSET


class ListenerAction(msgspec.Struct, gc=False):
    """What a listener does with a connection."""

    type: Text = UNSET
    target_group_arn: Text = UNSET
    forward: list[Forward] | UnsetType | None = UNSET


class Listener(Tagged, gc=False):
    """`aws_lb_listener` and `aws_alb_listener`."""

    load_balancer_arn: Text = UNSET
    port: Number = UNSET
    protocol: Text = UNSET
    default_action: list[ListenerAction] | UnsetType | None = UNSET


class HealthCheck(msgspec.Struct, gc=False):
    """How a target group checks its targets."""

    interval: Number = UNSET
    unhealthy_threshold: Number = UNSET
    healthy_threshold: Number = UNSET


class TargetGroup(Tagged, gc=False):
    """`aws_lb_target_group` and `aws_alb_target_group`."""

    port: Number = UNSET
    protocol: Text = UNSET
    target_type: Text = UNSET
    vpc_id: Text = UNSET
    health_check: list[HealthCheck] | UnsetType | None = UNSET


class TargetGroupAttachment(Attributes, gc=False):
    """`aws_lb_target_group_attachment`."""

    target_group_arn: Text = UNSET


class EndpointService(Tagged, gc=False):
    """`aws_vpc_endpoint_service`."""

    service_name: Text = UNSET
    network_load_balancer_arns: Texts = UNSET
    gateway_load_balancer_arns: Texts = UNSET


class IpSet(msgspec.Struct, gc=False):
    """The addresses of one family."""

    ip_addresses: Texts = UNSET


class Accelerator(Tagged, gc=False):
    """`aws_globalaccelerator_accelerator`."""

    name: Text = UNSET
    enabled: Flag = UNSET
    dns_name: Text = UNSET
    ip_sets: list[IpSet] | UnsetType | None = UNSET


class AcceleratorListener(Attributes, gc=False):
    """`aws_globalaccelerator_listener`."""

    accelerator_arn: Text = UNSET


class EndpointConfiguration(msgspec.Struct, gc=False):
    """One endpoint of a group."""

    endpoint_id: Text = UNSET
    client_ip_preservation_enabled: Flag = UNSET


class EndpointGroup(Attributes, gc=False):
    """`aws_globalaccelerator_endpoint_group`."""

    listener_arn: Text = UNSET
    endpoint_group_region: Text = UNSET
    endpoint_configuration: list[EndpointConfiguration] | UnsetType | None = UNSET
    health_check_interval_seconds: Number = UNSET
    threshold_count: Number = UNSET
