"""Raw answers of the services around the network as resources of the model."""

from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address

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
from probes.model.state.base import GLOBAL
from probes.sources.describe import raw_services as raw


def log_group(region: str, item: raw.RawLogGroup) -> LogGroup:
    """A log group."""
    return LogGroup(region=region, id=item.log_group_name, retention_days=item.retention_in_days)


def bucket_lifecycle(region: str, item: raw.BucketRules) -> BucketLifecycle:
    """A bucket's shortest expiry among its enabled rules."""
    days = [rule.expiration.days for rule in item.rules if rule.status == "Enabled" and rule.expiration.days]
    return BucketLifecycle(region=region, id=item.bucket, expiration_days=min(days, default=0))


def load_balancer(region: str, item: raw.RawLoadBalancer) -> LoadBalancer:
    """A load balancer."""
    return LoadBalancer(
        region=region,
        id=item.load_balancer_arn,
        lb_name=item.load_balancer_name,
        type=item.type,
        scheme=item.scheme,
        state=item.state.code,
        vpc_id=item.vpc_id,
        subnet_ids=tuple(sorted(zone.subnet_id for zone in item.availability_zones)),
        group_ids=tuple(sorted(item.security_groups)),
    )


def listener(region: str, item: raw.RawListener) -> Listener:
    """A listener with every target group that its default actions forward to."""
    return Listener(
        region=region,
        id=item.listener_arn,
        load_balancer_id=item.load_balancer_arn,
        port=item.port,
        protocol=item.protocol,
        target_group_ids=tuple(sorted(set(_forwarded(item.default_actions)))),
    )


def target_group(region: str, item: raw.RawTargetGroup, health: raw.TargetGroupHealth | None) -> TargetGroup:
    """A target group; without its health answer its targets are None."""
    return TargetGroup(
        region=region,
        id=item.target_group_arn,
        port=item.port,
        protocol=item.protocol,
        target_type=item.target_type,
        vpc_id=item.vpc_id,
        health_check_interval_s=item.health_check_interval_seconds,
        unhealthy_threshold=item.unhealthy_threshold_count,
        healthy_threshold=item.healthy_threshold_count,
        targets=None if health is None else _targets(health),
    )


def accelerator(item: raw.RawAccelerator) -> Accelerator:
    """A Global Accelerator with its IPv4 addresses."""
    texts = [address for ip_set in item.ip_sets for address in ip_set.ip_addresses]
    return Accelerator(
        region=GLOBAL,
        id=item.accelerator_arn,
        accelerator_name=item.name,
        enabled=item.enabled,
        status=item.status,
        ips=tuple(sorted(_ipv4_only(texts))),
        dns_name=item.dns_name,
    )


def endpoint_group(item: raw.RawEndpointGroup) -> EndpointGroup:
    """An endpoint group; its ARN continues that of its accelerator."""
    return EndpointGroup(
        region=GLOBAL,
        id=item.endpoint_group_arn,
        accelerator_id=item.endpoint_group_arn.partition("/listener/")[0],
        endpoint_region=item.endpoint_group_region,
        endpoints=tuple(
            AcceleratorEndpoint(
                endpoint_id=each.endpoint_id,
                health=each.health_state,
                client_ip_preservation=each.client_ip_preservation,
            )
            for each in sorted(item.endpoint_descriptions, key=lambda each: each.endpoint_id)
        ),
        health_check_interval_s=item.health_check_interval_seconds,
        threshold=item.threshold_count,
    )


def _forwarded(actions: Iterable[raw.ListenerAction]) -> Iterable[str]:
    for action in actions:
        if action.target_group_arn:
            yield action.target_group_arn
        for target in action.forward_config.target_groups:
            yield target.target_group_arn


def _targets(health: raw.TargetGroupHealth) -> tuple[Target, ...]:
    targets = [
        Target(id=each.target.id, port=each.target.port, health=each.target_health.state)
        for each in health.target_health_descriptions
    ]
    return tuple(sorted(targets, key=lambda target: (target.id, target.port or 0)))


def _ipv4_only(texts: Iterable[str]) -> Iterable[IPv4Address]:
    for text in texts:
        try:
            yield IPv4Address(text)
        except AddressValueError:
            continue
