"""The request path in front of the hosts: Global Accelerator, load balancers, ECS services."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import (
    accelerators,
    endpoint_groups,
    endpoint_services,
    listeners_of,
    missing_target_groups,
    network_load_balancers,
    role_services,
    strange_targets,
    target_groups_of,
    undocumented_listeners,
    zones_without,
)
from probes.model.conformance.verdict import Violation, mismatch, violation_unless
from probes.model.spec import EcsSpec, GlobalAcceleratorSpec, LoadBalancerSpec, Spec
from probes.model.spec.claims import RegionClaim, VpcClaim
from probes.model.spec.ports import port_range
from probes.model.state import TargetGroup

rule = pytest.mark.rule
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
OVER_TCP = ("TCP", "TLS", "TCP_UDP")


@rule("nlb-active")
def test_vpc_has_an_active_network_load_balancer(documented: Documented, balancer_claim: VpcClaim) -> None:
    """The documented VPC has a Network Load Balancer in state active."""
    balancers = network_load_balancers(documented, balancer_claim.vpc)
    violations = violation_unless(
        any(lb.state == "active" for lb in balancers),
        resource=f"NLB of {documented.vpc(balancer_claim.vpc).region}",
        expected="an active Network Load Balancer in the documented VPC",
        observed=[f"{lb.label} {lb.state}" for lb in balancers],
        hint="create the regional NLB and wait until it is active",
    ) + [
        Violation(
            resource=f"{balancers[0].label} in {zone}",
            expected="a subnet in every zone of its tier",
            observed=f"no subnet in {zone}",
            hint="enable the zone: clients and targets there depend on another one",
        )
        for zone in zones_without(documented, balancer_claim.vpc, balancers)
    ]

    assert violations == []


@rule("nlb-listeners")
def test_load_balancer_listens_on_the_documented_ports(
    spec: Spec, documented: Documented, balancer_spec: LoadBalancerSpec, listening_balancer_claim: VpcClaim
) -> None:
    """The NLB has a listener that forwards each of its documented ports, else of the role behind it."""
    vpc, role = listening_balancer_claim.vpc, balancer_spec.forwards_to
    listens = spec.roles[balancer_spec.role].listens or spec.roles[role].listens
    ports = tuple(port_range(port)[0] for port in listens)
    violations = [
        Violation(
            resource=f"NLB of {spec.region_of(vpc)} port {port}",
            expected="a listener for TCP that forwards to a target group",
            observed=", ".join(
                f"{each.protocol} to {', '.join(each.target_group_ids) or 'no target group'}"
                for each in listeners
            )
            or "no listener",
            hint=f"create the listener with a forward action to the target group of role {role}",
        )
        for port, listeners in listeners_of(documented, vpc, ports).items()
        if not any(each.target_group_ids and each.protocol in OVER_TCP for each in listeners)
    ] + [
        Violation(
            resource=f"NLB of {spec.region_of(vpc)} port {listener.port}",
            expected=f"listeners on {', '.join(map(str, ports))} only",
            observed=f"a listener for {listener.protocol} {listener.port}",
            hint="delete the listener, or add the port to the role's `listens`",
        )
        for listener in undocumented_listeners(documented, vpc, ports)
    ]

    assert violations == []


@rule("nlb-targets")
def test_targets_of_the_load_balancer_are_healthy(
    documented: Documented, balancer_spec: LoadBalancerSpec, balancer_claim: VpcClaim
) -> None:
    """Every target group of the NLB has a healthy target, and no target but the role's on its documented ports."""
    known = documented.collection("target_groups").known
    lost = missing_target_groups(documented, balancer_claim.vpc)
    groups = target_groups_of(documented, balancer_claim.vpc) if not lost else ()
    violations = (
        [
            Violation(
                resource=listener.label,
                expected="a target group that is there",
                observed=f"forwards to {name}, which is not there",
                hint=f"create the target group, and register the targets of role {balancer_spec.forwards_to}",
            )
            for name, listener in lost
        ]
        + [
            Violation(
                resource=group.label,
                expected="a target group for TCP",
                observed=f"a target group for {group.protocol}",
                hint="create a target group for TCP: the protocol of one cannot be changed",
            )
            for group in groups
            if group.protocol not in OVER_TCP
        ]
        + [
            Violation(
                resource=group.label,
                expected="at least one healthy target",
                observed=", ".join(f"{t.id}:{t.port} {t.health}" for t in known(group, "targets"))
                or "no target",
                hint="register the targets, and see why their health check fails",
            )
            for group in groups
            if not any(target.health == "healthy" for target in known(group, "targets"))
        ]
        + [
            Violation(
                resource=group.label,
                expected=f"targets of role {balancer_spec.forwards_to} on its ports",
                observed=f"{target.id}:{target.port}",
                hint="deregister the target, or correct the document",
            )
            for group in groups
            for target in strange_targets(documented, balancer_claim.vpc, balancer_spec.forwards_to, group)
        ]
    )

    assert violations == []


@rule("ecs-running")
def test_role_runs_on_ecs(documented: Documented, ecs_spec: EcsSpec, ecs_claim: VpcClaim) -> None:
    """An ECS service of the role runs at least one task behind the NLB."""
    known = documented.collection("ecs_services").known
    services = role_services(documented, ecs_claim.vpc, ecs_spec)
    violations = violation_unless(
        any(known(s, "running_count") > 0 and s.target_group_ids for s in services),
        resource=f"{ecs_spec.role} of {documented.vpc(ecs_claim.vpc).region}",
        expected="an ECS service with running tasks behind the NLB",
        observed=[f"{s.label} {s.running_count} running" for s in services] or "no ECS service",
        hint="deploy the service with its load balancer configuration",
    )

    assert violations == []


@rule("failure-detected")
def test_load_balancer_notices_a_failure_in_time(
    spec: Spec, documented: Documented, recovery_claim: VpcClaim
) -> None:
    """Interval times unhealthy threshold of the NLB's health check stays below the documented recovery time."""
    limit_s = spec.ha.recovery_limit_s or 0
    violations = [
        Violation(
            resource=group.label,
            expected=f"failure detected in less than {limit_s:g} s",
            observed=f"{_detection_s(group)} s by interval and unhealthy threshold",
            hint="shorten the interval or the threshold; Global Accelerator uses the NLB's own health check",
        )
        for group in target_groups_of(documented, recovery_claim.vpc)
        if _detection_s(group) >= limit_s
    ]

    assert violations == []


@rule("accelerator-deployed")
@pytest.mark.usefixtures("accelerator_claim")
def test_one_accelerator_is_deployed_with_its_static_addresses(
    documented: Documented, accelerator_spec: GlobalAcceleratorSpec
) -> None:
    """One Global Accelerator is enabled and deployed, with the documented number of static addresses."""
    known = documented.collection("accelerators").known
    wanted = f"1 accelerator, enabled, DEPLOYED, {accelerator_spec.static_ip_count or 2} addresses"
    found = accelerators(documented)
    words = [
        f"{len(found)} accelerator, {'enabled' if a.enabled else 'disabled'}, {known(a, 'status')}, "
        f"{len(known(a, 'ips'))} addresses"
        for a in found
    ]
    violations = mismatch(
        resource="Global Accelerator",
        expected=wanted,
        observed="; ".join(words) or "none",
        hint="create one accelerator, enable it and wait until it is deployed",
    )

    assert violations == []


@rule("accelerator-endpoint")
def test_region_has_one_endpoint_group_with_its_load_balancer(
    spec: Spec, documented: Documented, accelerated_region_claim: RegionClaim
) -> None:
    """The accelerator has one endpoint group for the Region, and its endpoint is an NLB of that Region."""
    region = accelerated_region_claim.region
    known = documented.collection("endpoint_groups").known
    found = [group for group in endpoint_groups(documented) if group.endpoint_region == region]
    balancers = {lb.id for vpc in spec.vpcs_in(region) for lb in network_load_balancers(documented, vpc)}
    endpoints = [known(group, "endpoints") for group in found]
    violations = violation_unless(
        len(found) == 1
        and found[0].traffic_dial_percent > 0
        and any(e.endpoint_id in balancers and e.health == "HEALTHY" and e.weight > 0 for e in endpoints[0]),
        resource=f"endpoint group of {region}",
        expected="one endpoint group with traffic, and the Region's NLB as healthy endpoint with weight",
        observed="; ".join(
            f"dial {group.traffic_dial_percent:g} %: "
            + (", ".join(f"{e.endpoint_id} {e.health}, weight {e.weight}" for e in each) or "no endpoint")
            for group, each in zip(found, endpoints, strict=True)
        )
        or "no endpoint group",
        hint="create the endpoint group for this Region and add its NLB",
    )

    assert violations == []


@rule("endpoint-service")
def test_tenants_way_in_leads_to_the_load_balancer(
    spec: Spec, documented: Documented, endpoint_service_claim: VpcClaim
) -> None:
    """The Region has an available endpoint service of its NLB: PrivateLink can lead to nothing else."""
    region = spec.region_of(endpoint_service_claim.vpc)
    balancers = {balancer.id for balancer in network_load_balancers(documented, endpoint_service_claim.vpc)}
    services = endpoint_services(documented, region)
    violations = violation_unless(
        any(each.state == "Available" and balancers & {*each.load_balancer_ids} for each in services),
        resource=f"endpoint service of {region}",
        expected="an available endpoint service of the Region's NLB",
        observed=[f"{each.label} {each.state}" for each in services],
        hint="create the endpoint service for the NLB: tenants have no other private way in",
    )

    assert violations == []


def _detection_s(group: TargetGroup) -> int:
    return group.health_check_interval_s * group.unhealthy_threshold
