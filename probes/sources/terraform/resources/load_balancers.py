"""Load balancers, PrivateLink services and Global Accelerator."""

from collections.abc import Iterator

from msgspec import UNSET

from probes.model.state import (
    EndpointService,
    Listener,
    LoadBalancer,
    Subnet,
    TargetGroup,
)
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured
from probes.sources.terraform.resources.availability_zones import one_per_zone
from probes.sources.terraform.resources.reader import Reading, flag_of, number_of, tags_of, text_of
from probes.sources.terraform.schema import edge as balancer

INTERVAL_S = 30
THRESHOLD = 3
TYPICAL_UNHEALTHY = 2
TYPICAL_HEALTHY = 5


def read_load_balancers(reading: Reading, subnets: dict[str, Subnet]) -> list[LoadBalancer]:
    """Load balancers; the VPC is that of their subnets."""
    return [
        _load_balancer(reading, instance, subnets)
        for instance in reading.of(balancer.LoadBalancer, "aws_lb", "aws_alb")
    ]


def _load_balancer(
    reading: Reading, instance: Instance[balancer.LoadBalancer], subnets: dict[str, Subnet]
) -> LoadBalancer:
    attributes, place = instance.attributes, ("load_balancers", reading.identity(instance))
    listed = reading.many(instance, attributes.subnets, "subnets", *place, "subnet_ids")
    one_per_zone(reading, instance, attributes.subnets, "subnets", listed, *place)
    subnet_ids = {*listed, *_mapped(reading, instance)}
    vpcs = {subnets[subnet_id].vpc_id for subnet_id in subnet_ids if subnet_id in subnets}
    groups = attributes.security_groups
    if attributes.name is UNSET:
        reading.unknown(instance, "name", *place, "lb_name")
    kind = text_of(attributes.load_balancer_type, "application")
    if kind == "application" and groups is UNSET and not configured(instance, "security_groups"):
        reading.unknown(instance, "security_groups", *place, "group_ids")
    return LoadBalancer(
        region=instance.region,
        id=place[1],
        tags=tags_of(attributes),
        lb_name=text_of(attributes.name),
        type=kind,
        scheme="internal" if flag_of(attributes.internal, default=False) else "internet-facing",
        state="active",
        vpc_id=text_of(attributes.vpc_id) or (vpcs.pop() if len(vpcs) == 1 else None),
        subnet_ids=tuple(sorted(subnet_ids)),
        group_ids=reading.many(instance, groups, "security_groups", *place, "group_ids"),
    )


def _mapped(reading: Reading, instance: Instance[balancer.LoadBalancer]) -> Iterator[str]:
    mappings = instance.attributes.subnet_mapping
    listed = mappings if isinstance(mappings, list) else []
    yield from (mapping.subnet_id for mapping in listed if isinstance(mapping.subnet_id, str))
    if any(mapping.subnet_id is UNSET for mapping in listed) or (
        mappings is UNSET and configured(instance, "subnet_mapping")
    ):
        yield from reading.block_ids(instance, "subnet_mapping", "subnet_id", "load_balancers", "subnet_ids")


def read_listeners(reading: Reading) -> list[Listener]:
    """Listeners with every target group that their default actions forward to."""
    found = []
    for instance in reading.of(balancer.Listener, "aws_lb_listener", "aws_alb_listener"):
        attributes, place = instance.attributes, ("listeners", reading.identity(instance))
        owner = reading.one(
            instance, attributes.load_balancer_arn, "load_balancer_arn", *place, "load_balancer_id"
        )
        found.append(
            Listener(
                region=instance.region,
                id=place[1],
                tags=tags_of(attributes),
                load_balancer_id=owner,
                port=number_of(attributes.port) or 0,
                protocol=text_of(attributes.protocol),
                target_group_ids=tuple(sorted(set(_forwarded(reading, instance)))),
            )
        )
    return found


def _forwarded(reading: Reading, instance: Instance[balancer.Listener]) -> Iterator[str]:
    actions = instance.attributes.default_action
    values = list(_target_arns(actions if isinstance(actions, list) else []))
    yield from (value for value in values if isinstance(value, str) and value)
    if actions is UNSET or UNSET in values:
        place = ("listeners", "target_group_ids")
        yield from reading.block_ids(instance, "default_action", "target_group_arn", *place)


def _target_arns(actions: list[balancer.ListenerAction]) -> Iterator[object]:
    for action in actions:
        if text_of(action.type, "forward") != "forward":
            continue
        yield action.target_group_arn
        for forward in action.forward if isinstance(action.forward, list) else ():
            groups = forward.target_group
            yield from (group.arn for group in (groups if isinstance(groups, list) else ()))


def read_target_groups(reading: Reading) -> list[TargetGroup]:
    """Target groups. Their targets' health is not in any Terraform file."""
    return [
        _target_group(reading, instance)
        for instance in reading.of(balancer.TargetGroup, "aws_lb_target_group", "aws_alb_target_group")
    ]


def _target_group(reading: Reading, instance: Instance[balancer.TargetGroup]) -> TargetGroup:
    attributes, place = instance.attributes, ("target_groups", reading.identity(instance))
    reason = f"{instance.address}: Terraform does not show the health of targets"
    reading.gap(place[0], reason, region=instance.region, resource=place[1], field="targets")
    checks = attributes.health_check
    check = checks[0] if isinstance(checks, list) and checks else balancer.HealthCheck()
    return TargetGroup(
        region=instance.region,
        id=place[1],
        tags=tags_of(attributes),
        port=number_of(attributes.port),
        protocol=text_of(attributes.protocol),
        target_type=text_of(attributes.target_type, "instance"),
        vpc_id=reading.one(instance, attributes.vpc_id, "vpc_id", *place, "vpc_id"),
        health_check_interval_s=number_of(check.interval) or INTERVAL_S,
        unhealthy_threshold=number_of(check.unhealthy_threshold) or TYPICAL_UNHEALTHY,
        healthy_threshold=number_of(check.healthy_threshold) or TYPICAL_HEALTHY,
        targets=None,
    )


def read_endpoint_services(reading: Reading) -> list[EndpointService]:
    """PrivateLink services."""
    return [
        _endpoint_service(reading, instance)
        for instance in reading.of(balancer.EndpointService, "aws_vpc_endpoint_service")
    ]


def _endpoint_service(reading: Reading, instance: Instance[balancer.EndpointService]) -> EndpointService:
    attributes, identity = instance.attributes, reading.identity(instance)
    if not isinstance(attributes.service_name, str):
        reading.unknown(instance, "service_name", "endpoint_services", identity, "service_name")
    return EndpointService(
        region=instance.region,
        id=identity,
        tags=tags_of(attributes),
        service_name=text_of(attributes.service_name),
        state="Available",
        load_balancer_ids=tuple(sorted(_served(reading, instance))),
    )


def _served(reading: Reading, instance: Instance[balancer.EndpointService]) -> Iterator[str]:
    place = ("endpoint_services", reading.identity(instance), "load_balancer_ids")
    for attribute in ("network_load_balancer_arns", "gateway_load_balancer_arns"):
        yield from reading.many(instance, getattr(instance.attributes, attribute), attribute, *place)
