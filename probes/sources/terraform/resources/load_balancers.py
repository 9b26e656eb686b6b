"""Load balancers, their listeners and target groups, and PrivateLink services."""

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from probes.model import state
from probes.sources.terraform.resources.fields import Field, always, never_shown, number, one, text
from probes.sources.terraform.resources.reader import ResourceReader
from probes.sources.terraform.resources.values import listed, number_of, text_of
from probes.sources.terraform.schema.base import Attributes, FieldMap, Flag, Number, Tagged, Text, Texts


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


def _scheme(resource: ResourceReader[LoadBalancer], field: str) -> str:
    return "internal" if resource.flag("internal", field, default=False) else "internet-facing"


def _subnets(resource: ResourceReader[LoadBalancer], field: str) -> tuple[str, ...]:
    mapped = resource.in_blocks("subnet_mapping", "subnet_id", field)
    return tuple(sorted({*resource.one_per_zone("subnets", field), *mapped}))


def _vpc(resource: ResourceReader[LoadBalancer], _field: str) -> str | None:
    """The VPC is that of the subnets."""
    found = _subnets(resource, "subnet_ids")
    vpcs = {resource.subnets[each].vpc_id for each in found if each in resource.subnets}
    return text_of(resource.attributes.vpc_id) or (vpcs.pop() if len(vpcs) == 1 else None)


def _groups(resource: ResourceReader[LoadBalancer], field: str) -> tuple[str, ...]:
    """AWS gives the VPC's default group to an application load balancer for which nobody chose one."""
    attributes = resource.attributes
    is_left_open = attributes.security_groups is UNSET and not resource.instance.configures("security_groups")
    if is_left_open and text_of(attributes.load_balancer_type, "application") == "application":
        resource.chosen("security_groups", field)
    return resource.many("security_groups", field)


LOAD_BALANCER = FieldMap(
    state.LoadBalancer,
    {
        "lb_name": text("name", computed=True),
        "type": text("load_balancer_type", "application"),
        "scheme": _scheme,
        "state": always("active"),
        "vpc_id": _vpc,
        "subnet_ids": _subnets,
        "group_ids": _groups,
    },
)


def _forwarded(resource: ResourceReader[Listener], field: str) -> tuple[str, ...]:
    """Every target group that the default actions forward to."""
    actions = resource.attributes.default_action
    arns = list(_target_arns(listed(actions)))
    found = {arn for arn in arns if isinstance(arn, str) and arn}
    if actions is UNSET or UNSET in arns:
        found |= {*resource.referred_in_blocks("default_action", "target_group_arn", field)}
    return tuple(sorted(found))


def _target_arns(actions: list[ListenerAction]) -> Iterator[object]:
    for action in actions:
        if text_of(action.type, "forward") == "forward":
            yield action.target_group_arn
            yield from (group.arn for each in listed(action.forward) for group in listed(each.target_group))


LISTENER = FieldMap(
    state.Listener,
    {
        "load_balancer_id": one("load_balancer_arn"),
        "port": number(default=0),
        "protocol": text(),
        "target_group_ids": _forwarded,
    },
)


def _health_check(attribute: str, default: int) -> Field:
    def read(resource: ResourceReader[TargetGroup], field: str) -> int:
        checks = resource.attributes.health_check
        if checks is UNSET and resource.instance.configures("health_check"):
            resource.unknown("health_check", field)
        first = next(iter(listed(checks)), HealthCheck())
        return number_of(getattr(first, attribute)) or default

    return read


TARGET_GROUP = FieldMap(
    state.TargetGroup,
    {
        "port": number(),
        "protocol": text(),
        "target_type": text(default="instance"),
        "vpc_id": one(),
        "health_check_interval_s": _health_check("interval", 30),
        "unhealthy_threshold": _health_check("unhealthy_threshold", 2),
        "healthy_threshold": _health_check("healthy_threshold", 5),
        "targets": never_shown("the health of targets"),
    },
)


def _served(resource: ResourceReader[EndpointService], field: str) -> tuple[str, ...]:
    attributes = ("network_load_balancer_arns", "gateway_load_balancer_arns")
    return tuple(sorted(arn for attribute in attributes for arn in resource.many(attribute, field)))


ENDPOINT_SERVICE = FieldMap(
    state.EndpointService,
    {
        "service_name": text(computed=True),
        "state": always("Available"),
        "load_balancer_ids": _served,
    },
)
