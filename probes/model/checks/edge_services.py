"""The services at the edges of the documented network, found by what joins them to it."""

from fnmatch import fnmatchcase
from typing import TypeVar

from probes.model.checks.documented import Documented
from probes.model.errors import EmptySelectionError
from probes.model.state import (
    Accelerator,
    AutoScalingGroup,
    DynamoTable,
    EcsService,
    EndpointGroup,
    EndpointService,
    FsxFileSystem,
    Listener,
    LoadBalancer,
    Resource,
    TargetGroup,
)
from probes.model.state.base import GLOBAL

ResourceT = TypeVar("ResourceT", bound=Resource)


def network_load_balancers(documented: Documented, region: str) -> tuple[LoadBalancer, ...]:
    """The Network Load Balancers of the documented VPC; empty when it has none."""
    vpc = documented.vpc(region)
    found = documented.collection("load_balancers").in_region(region)
    return tuple(lb for lb in found if lb.vpc_id == vpc.id and lb.type == "network")


def listeners_of(
    documented: Documented, region: str, ports: tuple[int, ...]
) -> dict[int, tuple[Listener, ...]]:
    """The listeners of the Region's Network Load Balancers on each of these ports.

    Raises EmptySelectionError when the Region has no Network Load Balancer.
    """
    balancers = {lb.id for lb in some(network_load_balancers(documented, region), f"NLB in {region}")}
    found = documented.collection("listeners").in_region(region)
    mine = [listener for listener in found if listener.load_balancer_id in balancers]
    return {port: tuple(listener for listener in mine if listener.port == port) for port in ports}


def target_groups_of(documented: Documented, region: str) -> tuple[TargetGroup, ...]:
    """The target groups that the Region's Network Load Balancers forward to.

    Raises EmptySelectionError when there is none.
    """
    balancers = {lb.id for lb in some(network_load_balancers(documented, region), f"NLB in {region}")}
    listeners = documented.collection("listeners").in_region(region)
    wanted = {g for ls in listeners if ls.load_balancer_id in balancers for g in ls.target_group_ids}
    found = documented.collection("target_groups").in_region(region)
    return some(tuple(group for group in found if group.id in wanted), f"target group of the NLB in {region}")


def router_services(documented: Documented, region: str) -> tuple[EcsService, ...]:
    """The ECS services whose tasks are the Regional Router: in its group, or named after it and in the VPC."""
    found = documented.collection("ecs_services").in_region(region)
    group = documented.security_group(region, "router").id
    return tuple(
        s
        for s in found
        if group in s.group_ids
        or (fnmatchcase(s.service_name, "*router*") and _may_run_in(documented, region, s.subnet_ids))
    )


def accelerators(documented: Documented) -> tuple[Accelerator, ...]:
    """The Global Accelerators of the account that are likeliest the documented one.

    Those with a documented load balancer behind them, else those that lead to a documented Region, else all.
    """
    found = documented.collection("accelerators").in_region(GLOBAL)
    regions = documented.spec.regions
    leading = [group for group in _groups(documented) if group.endpoint_region in regions]
    if len({group.accelerator_id for group in leading}) > 1:
        balancers = {lb.id for region in regions for lb in network_load_balancers(documented, region)}
        own = [group for group in leading if balancers.intersection(e.endpoint_id for e in group.endpoints)]
        leading = own or leading
    wanted = {group.accelerator_id for group in leading}
    return tuple(a for a in found if a.id in wanted) or found


def endpoint_groups(documented: Documented) -> tuple[EndpointGroup, ...]:
    """The endpoint groups of the documented accelerator.

    Raises EmptySelectionError when there is no accelerator.
    """
    wanted = {a.id for a in some(accelerators(documented), "Global Accelerator")}
    return tuple(group for group in _groups(documented) if group.accelerator_id in wanted)


def endpoint_services(documented: Documented, region: str) -> tuple[EndpointService, ...]:
    """The PrivateLink endpoint services of a Region; empty when it has none."""
    return documented.collection("endpoint_services").in_region(region)


def file_systems(documented: Documented, region: str) -> tuple[FsxFileSystem, ...]:
    """The FSx for Lustre file systems of the documented VPC; empty when it has none."""
    vpc = documented.vpc(region)
    found = documented.collection("fsx_file_systems").in_region(region)
    return tuple(fs for fs in found if fs.type == "LUSTRE" and fs.vpc_id in (vpc.id, None))


def some_file_systems(documented: Documented, region: str) -> tuple[FsxFileSystem, ...]:
    """As `file_systems`; raises EmptySelectionError when there is none."""
    return some(file_systems(documented, region), f"FSx for Lustre file system in {region}")


def global_tables(documented: Documented, region: str) -> tuple[DynamoTable, ...]:
    """The DynamoDB tables of a Region that the spec's glob names.

    Raises EmptySelectionError when there is none.
    """
    found = documented.collection("dynamo_tables").in_region(region)
    named = tuple(t for t in found if fnmatchcase(t.id, documented.spec.dynamodb.table))
    return some(named, f"DynamoDB table like {documented.spec.dynamodb.table!r} in {region}")


def gpu_scaling_groups(documented: Documented, region: str) -> tuple[AutoScalingGroup, ...]:
    """The Auto Scaling groups that launch into the private subnets.

    Raises EmptySelectionError when there is none.
    """
    private = {subnet.id for subnet in documented.subnets_of_tier(region, "private")}
    found = documented.collection("auto_scaling_groups").in_region(region)
    mine = tuple(group for group in found if private.intersection(group.subnet_ids))
    return some(mine, f"Auto Scaling group in the private subnets of {region}")


def some(found: tuple[ResourceT, ...], what: str) -> tuple[ResourceT, ...]:
    """What was found; raises EmptySelectionError when that is nothing."""
    if not found:
        raise EmptySelectionError(f"found no {what}")
    return found


def _may_run_in(documented: Documented, region: str, subnet_ids: tuple[str, ...]) -> bool:
    """Whether these are subnets of the documented VPC; a service on EC2 may name none."""
    own = {subnet.id for subnet in documented.subnets(region)}
    return not subnet_ids or not own.isdisjoint(subnet_ids)


def _groups(documented: Documented) -> tuple[EndpointGroup, ...]:
    return documented.collection("endpoint_groups").in_region(GLOBAL)
