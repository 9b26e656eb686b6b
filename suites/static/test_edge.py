"""The request path in front of the GPUs: Global Accelerator, load balancers, Regional Router."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import (
    accelerators,
    endpoint_groups,
    endpoint_services,
    listeners_of,
    network_load_balancers,
    router_services,
    target_groups_of,
)
from probes.model.conformance.verdict import Violation, mismatch, violation_unless
from probes.model.spec import Spec
from probes.model.spec.ports import port_range
from probes.model.state import TargetGroup

requirement = pytest.mark.requirement


@requirement("NLB-01")
def test_region_has_an_active_network_load_balancer(documented: Documented, region: str) -> None:
    """The documented VPC has a Network Load Balancer in state active."""
    balancers = network_load_balancers(documented, region)
    violations = violation_unless(
        any(lb.state == "active" for lb in balancers),
        resource=f"NLB of {region}",
        expected="an active Network Load Balancer in the documented VPC",
        observed=[f"{lb.label} {lb.state}" for lb in balancers],
        hint="create the regional NLB and wait until it is active",
    )

    assert violations == []


@requirement("NLB-02")
def test_load_balancer_listens_on_the_routers_ports(spec: Spec, documented: Documented, region: str) -> None:
    """The NLB has a listener that forwards each port on which the document lets the router be reached."""
    ports = tuple(port_range(port)[0] for port in spec.roles["router"].ports)
    violations = [
        Violation(
            resource=f"NLB of {region} port {port}",
            expected="a listener that forwards to a target group",
            observed="no listener" if not listeners else "a listener without target group",
            hint="create the listener with a forward action to the Regional Router's target group",
        )
        for port, listeners in listeners_of(documented, region, ports).items()
        if not any(listener.target_group_ids for listener in listeners)
    ]

    assert violations == []


@requirement("NLB-02")
def test_router_targets_are_healthy(documented: Documented, region: str) -> None:
    """Every target group of the NLB has a healthy target."""
    known = documented.collection("target_groups").known
    violations = [
        Violation(
            resource=group.label,
            expected="at least one healthy target",
            observed=", ".join(f"{t.id}:{t.port} {t.health}" for t in known(group, "targets")) or "no target",
            hint="register the Regional Router's tasks, and see why their health check fails",
        )
        for group in target_groups_of(documented, region)
        if not any(target.health == "healthy" for target in known(group, "targets"))
    ]

    assert violations == []


@requirement("ECS-01")
def test_regional_router_runs_on_ecs(documented: Documented, region: str) -> None:
    """An ECS service for the Regional Router runs at least one task behind the NLB."""
    known = documented.collection("ecs_services").known
    services = router_services(documented, region)
    violations = violation_unless(
        any(known(s, "running_count") > 0 and s.target_group_ids for s in services),
        resource=f"Regional Router of {region}",
        expected="an ECS service with running tasks behind the NLB",
        observed=[f"{s.label} {s.running_count} running" for s in services] or "no ECS service",
        hint="deploy the router's service with its load balancer configuration",
    )

    assert violations == []


@requirement("HA-03")
def test_load_balancer_notices_a_failure_in_time(spec: Spec, documented: Documented, region: str) -> None:
    """Interval times unhealthy threshold of the NLB's health check stays below the documented recovery time."""
    limit_s = spec.ha.recovery_limit_s
    violations = [
        Violation(
            resource=group.label,
            expected=f"failure detected in less than {limit_s:g} s",
            observed=f"{_detection_s(group)} s by interval and unhealthy threshold",
            hint="shorten the interval or the threshold; Global Accelerator uses the NLB's own health check",
        )
        for group in target_groups_of(documented, region)
        if _detection_s(group) >= limit_s
    ]

    assert violations == []


@requirement("GA-01")
def test_one_accelerator_is_deployed_with_its_static_addresses(spec: Spec, documented: Documented) -> None:
    """One Global Accelerator is enabled and deployed, with the documented number of static addresses."""
    known = documented.collection("accelerators").known
    wanted = f"1 accelerator, enabled, DEPLOYED, {spec.global_accelerator.static_ip_count} addresses"
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


@requirement("GA-02")
def test_each_region_has_one_endpoint_group_with_its_load_balancer(
    spec: Spec, documented: Documented
) -> None:
    """The accelerator has one endpoint group per documented Region, and its endpoint is that Region's NLB."""
    regions = [spec.region_named(alias) for alias in spec.global_accelerator.endpoint_regions]
    known = documented.collection("endpoint_groups").known
    groups = {
        region: [g for g in endpoint_groups(documented) if g.endpoint_region == region] for region in regions
    }
    violations = [
        Violation(
            resource=f"endpoint group of {region}",
            expected="one endpoint group with the Region's NLB as healthy endpoint",
            observed="; ".join(
                ", ".join(f"{e.endpoint_id} {e.health}" for e in known(group, "endpoints")) or "no endpoint"
                for group in found
            )
            or "no endpoint group",
            hint="create the endpoint group for this Region and add its NLB",
        )
        for region, found in groups.items()
        if len(found) != 1
        or not any(
            e.endpoint_id in {lb.id for lb in network_load_balancers(documented, region)}
            and e.health == "HEALTHY"
            for e in known(found[0], "endpoints")
        )
    ]

    assert violations == []


@requirement("GA-03")
def test_tenants_way_in_leads_to_the_load_balancer(documented: Documented, region: str) -> None:
    """The Region has an available endpoint service of its NLB: PrivateLink can lead to nothing else."""
    balancers = {balancer.id for balancer in network_load_balancers(documented, region)}
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
