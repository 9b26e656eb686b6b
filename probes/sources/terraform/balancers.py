"""
Load balancers, PrivateLink services and Global Accelerator.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from probes.model.state import (
    Accelerator,
    AcceleratorEndpoint,
    EndpointGroup,
    EndpointService,
    Listener,
    LoadBalancer,
    Subnet,
    TargetGroup,
)
from probes.sources.terraform import balancer_attributes as balancer
from probes.sources.terraform.reading import Reading, addresses_of, flag_of, number_of, tags_of, text_of
from probes.sources.terraform.regions import GLOBAL
from probes.sources.terraform.resolver import configured, references_of
from probes.sources.terraform.world import Instance

INTERVAL_S = 30
THRESHOLD = 3
TYPICAL_UNHEALTHY = 2
TYPICAL_HEALTHY = 5


def read_load_balancers(reading: Reading, subnets: dict[str, Subnet]) -> list[LoadBalancer]:
    """
    Load balancers; the VPC is that of their subnets.
    """
    found = []
    for instance in reading.of(balancer.LoadBalancer, "aws_lb", "aws_alb"):
        attributes, place = instance.attributes, ("load_balancers", reading.identity(instance))
        subnet_ids = {*reading.many(instance, attributes.subnets, "subnets", *place, "subnet_ids")}
        subnet_ids |= set(_mapped(reading, instance))
        vpcs = {subnets[subnet_id].vpc_id for subnet_id in subnet_ids if subnet_id in subnets}
        found.append(
            LoadBalancer(
                region=instance.region,
                id=place[1],
                tags=tags_of(attributes),
                lb_name=text_of(attributes.name),
                type=text_of(attributes.load_balancer_type, "application"),
                scheme="internal" if flag_of(attributes.internal, default=False) else "internet-facing",
                state="active",
                vpc_id=text_of(attributes.vpc_id) or (vpcs.pop() if len(vpcs) == 1 else None),
                subnet_ids=tuple(sorted(subnet_ids)),
                group_ids=reading.many(
                    instance, attributes.security_groups, "security_groups", *place, "group_ids"
                ),
            )
        )
    return found


def _mapped(reading: Reading, instance: Instance[balancer.LoadBalancer]) -> Iterator[str]:
    mappings = instance.attributes.subnet_mapping
    listed = mappings if isinstance(mappings, list) else []
    yield from (mapping.subnet_id for mapping in listed if isinstance(mapping.subnet_id, str))
    if any(mapping.subnet_id is UNSET for mapping in listed) or (
        mappings is UNSET and configured(instance, "subnet_mapping")
    ):
        yield from _block_ids(
            reading, instance, "subnet_mapping", "subnet_id", "load_balancers", "subnet_ids"
        )


def _block_ids(  # noqa: PLR0913, PLR0917  # a block's argument, and where a gap belongs
    reading: Reading, instance: Instance[Any], block: str, attribute: str, kind: str, field: str
) -> tuple[str, ...]:
    """
    Every ID that an argument of some blocks refers to.
    """
    answer = reading.resolver.all_of(instance, references_of(instance, block, attribute), attribute)
    if answer.missing:
        reading.unresolved(instance, f"{block}.{attribute}", answer, kind, reading.identity(instance), field)
    return answer.ids


def read_listeners(reading: Reading) -> list[Listener]:
    """
    Listeners with every target group that their default actions forward to.
    """
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
        yield from _block_ids(reading, instance, "default_action", "target_group_arn", *place)


def _target_arns(actions: list[balancer.ListenerAction]) -> Iterator[object]:
    for action in actions:
        if text_of(action.type, "forward") != "forward":
            continue
        yield action.target_group_arn
        for forward in action.forward if isinstance(action.forward, list) else ():
            groups = forward.target_group
            yield from (group.arn for group in (groups if isinstance(groups, list) else ()))


def read_target_groups(reading: Reading) -> list[TargetGroup]:
    """
    Target groups. Their targets' health is not in any Terraform file.
    """
    found = []
    for instance in reading.of(balancer.TargetGroup, "aws_lb_target_group", "aws_alb_target_group"):
        attributes, place = instance.attributes, ("target_groups", reading.identity(instance))
        reason = f"{instance.address}: Terraform does not show the health of targets"
        reading.gap(place[0], reason, region=instance.region, resource=place[1], field="targets")
        checks = attributes.health_check
        check = checks[0] if isinstance(checks, list) and checks else balancer.HealthCheck()
        found.append(
            TargetGroup(
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
        )
    return found


def read_endpoint_services(reading: Reading) -> list[EndpointService]:
    """
    PrivateLink services.
    """
    found = []
    for instance in reading.of(balancer.EndpointService, "aws_vpc_endpoint_service"):
        attributes, place = instance.attributes, ("endpoint_services", reading.identity(instance))
        if not isinstance(attributes.service_name, str):
            reason = f"{instance.address}: service_name is not known before apply"
            reading.gap(place[0], reason, region=instance.region, resource=place[1], field="service_name")
        balancers: set[str] = set()
        for attribute in ("network_load_balancer_arns", "gateway_load_balancer_arns"):
            balancers |= {
                *reading.many(
                    instance, getattr(attributes, attribute), attribute, *place, "load_balancer_ids"
                )
            }
        found.append(
            EndpointService(
                region=instance.region,
                id=place[1],
                tags=tags_of(attributes),
                service_name=text_of(attributes.service_name),
                state="Available",
                load_balancer_ids=tuple(sorted(balancers)),
            )
        )
    return found


def read_accelerators(reading: Reading) -> list[Accelerator]:
    """
    Global Accelerators. The provider waits until one is deployed, so an applied one is.
    """
    found = []
    for instance in reading.of(balancer.Accelerator, "aws_globalaccelerator_accelerator"):
        attributes, identity = instance.attributes, reading.identity(instance)
        sets = attributes.ip_sets if isinstance(attributes.ip_sets, list) else []
        texts = [text for ip_set in sets for text in (ip_set.ip_addresses or ()) if text]
        if not texts:
            reason = f"{instance.address}: ip_sets are not known before apply"
            reading.gap("accelerators", reason, region=GLOBAL, resource=identity, field="ips")
        found.append(
            Accelerator(
                region=GLOBAL,
                id=identity,
                tags=tags_of(attributes),
                accelerator_name=text_of(attributes.name),
                enabled=flag_of(attributes.enabled, default=True),
                status="DEPLOYED",
                ips=tuple(sorted(addresses_of(*texts))),
                dns_name=text_of(attributes.dns_name) or None,
            )
        )
    return found


def read_endpoint_groups(reading: Reading) -> list[EndpointGroup]:
    """
    Endpoint groups of Global Accelerators. The health of endpoints is not in any Terraform file.
    """
    accelerators = {
        reading.identity(listener): reading.one(
            listener, listener.attributes.accelerator_arn, "accelerator_arn", "endpoint_groups"
        )
        for listener in reading.of(balancer.AcceleratorListener, "aws_globalaccelerator_listener")
    }
    found = []
    for instance in reading.of(balancer.EndpointGroup, "aws_globalaccelerator_endpoint_group"):
        attributes, place = instance.attributes, ("endpoint_groups", reading.identity(instance))
        listener = reading.one(instance, attributes.listener_arn, "listener_arn", *place, "accelerator_id")
        found.append(
            EndpointGroup(
                region=GLOBAL,
                id=place[1],
                accelerator_id=accelerators.get(
                    listener or "", (listener or "").partition("/listener/")[0] or None
                ),
                endpoint_region=text_of(attributes.endpoint_group_region),
                endpoints=_endpoints(reading, instance),
                health_check_interval_s=number_of(attributes.health_check_interval_seconds) or INTERVAL_S,
                threshold=number_of(attributes.threshold_count) or THRESHOLD,
            )
        )
    return found


def _endpoints(
    reading: Reading, instance: Instance[balancer.EndpointGroup]
) -> tuple[AcceleratorEndpoint, ...]:
    configurations = instance.attributes.endpoint_configuration
    listed = configurations if isinstance(configurations, list) else []
    ids = [each.endpoint_id for each in listed if isinstance(each.endpoint_id, str)]
    if len(ids) < len(listed) or (configurations is UNSET and configured(instance, "endpoint_configuration")):
        place = ("endpoint_groups", "endpoints")
        ids += _block_ids(reading, instance, "endpoint_configuration", "endpoint_id", *place)
    preserved = all(flag_of(each.client_ip_preservation_enabled, default=False) for each in listed)
    reason = f"{instance.address}: Terraform does not show the health of endpoints"
    identity = reading.identity(instance)
    reading.gap("endpoint_groups", reason, region=GLOBAL, resource=identity, field="health")
    return tuple(
        AcceleratorEndpoint(endpoint_id=text, health=None, client_ip_preservation=bool(listed) and preserved)
        for text in sorted(set(ids))
    )
