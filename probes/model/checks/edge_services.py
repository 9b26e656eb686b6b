"""The services at the edges of the documented network, found by what joins them to it."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from ipaddress import IPv4Address
from typing import TypeVar

from probes.model.checks.documented import Documented
from probes.model.errors import EmptySelectionError
from probes.model.spec import DynamoSpec, EcsSpec
from probes.model.spec.ports import ports_of
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
    Target,
    TargetGroup,
)
from probes.model.state.base import GLOBAL

ResourceT = TypeVar("ResourceT", bound=Resource)


def network_load_balancers(documented: Documented, vpc: str) -> tuple[LoadBalancer, ...]:
    """The Network Load Balancers of the documented VPC; empty when it has none."""
    observed = documented.vpc(vpc)
    found = documented.collection("load_balancers").in_region(observed.region)
    return tuple(lb for lb in found if lb.vpc_id == observed.id and lb.type == "network")


def listeners_of(documented: Documented, vpc: str, ports: tuple[int, ...]) -> dict[int, tuple[Listener, ...]]:
    """The listeners of the VPC's Network Load Balancers on each of these ports.

    Raises EmptySelectionError when the VPC has no Network Load Balancer.
    """
    balancers = {lb.id for lb in some(network_load_balancers(documented, vpc), f"NLB in VPC {vpc}")}
    found = documented.collection("listeners").in_region(documented.spec.region_of(vpc))
    mine = [listener for listener in found if listener.load_balancer_id in balancers]
    return {port: tuple(listener for listener in mine if listener.port == port) for port in ports}


def zones_without(documented: Documented, vpc: str, balancers: Sequence[LoadBalancer]) -> tuple[str, ...]:
    """The zones of the balancer's tier in which none of the VPC's Network Load Balancers has a subnet."""
    claimed = documented.spec.load_balancer
    if claimed is None or not balancers:
        return ()
    zone_of = {subnet.id: subnet.az or "" for subnet in documented.subnets(vpc)}
    served = {zone_of.get(name, "") for each in balancers for name in each.subnet_ids}
    tier = documented.subnets_of_tier(vpc, documented.spec.roles[claimed.role].tier)
    return tuple(sorted({subnet.az for subnet in tier if subnet.az} - served))


def undocumented_listeners(documented: Documented, vpc: str, ports: Sequence[int]) -> tuple[Listener, ...]:
    """The listeners of the VPC's Network Load Balancers on other ports than these."""
    balancers = {lb.id for lb in network_load_balancers(documented, vpc)}
    found = documented.collection("listeners").in_region(documented.spec.region_of(vpc))
    return tuple(each for each in found if each.load_balancer_id in balancers and each.port not in ports)


def strange_targets(documented: Documented, vpc: str, role: str, group: TargetGroup) -> tuple[Target, ...]:
    """The targets that are no host of the role's tier, or listen on a port that the role does not."""
    spec, region = documented.spec, documented.spec.region_of(vpc)
    cidrs, ports = spec.vpcs[vpc].tier(spec.roles[role].tier), ports_of(spec.roles[role].listens)
    interfaces = documented.collection("network_interfaces").in_region(region)
    addresses = {each.instance_id: each.private_ips for each in interfaces if each.instance_id}
    targets: tuple[Target, ...] = documented.collection("target_groups").known(group, "targets")
    return tuple(
        target
        for target in targets
        if target.port not in ports
        or not any(address in cidr for address in _addresses(target, addresses) for cidr in cidrs)
    )


def _addresses(target: Target, of_instance: Mapping[str, Sequence[IPv4Address]]) -> Sequence[IPv4Address]:
    """The addresses of a target, which is an instance or an address."""
    if target.id in of_instance:
        return of_instance[target.id]
    try:
        return (IPv4Address(target.id),)
    except ValueError:
        return ()


def target_groups_of(documented: Documented, vpc: str) -> tuple[TargetGroup, ...]:
    """The target groups that the VPC's Network Load Balancers forward to.

    Raises EmptySelectionError when there is none.
    """
    wanted = _forwarded_to(documented, vpc)
    found = documented.collection("target_groups").in_region(documented.spec.region_of(vpc))
    return some(
        tuple(group for group in found if group.id in wanted), f"target group of the NLB in VPC {vpc}"
    )


def missing_target_groups(documented: Documented, vpc: str) -> tuple[tuple[str, Listener], ...]:
    """The target groups that are not there although a listener of the VPC's Network Load Balancers names them."""
    region = documented.spec.region_of(vpc)
    seen = {group.id for group in documented.collection("target_groups").in_region(region)}
    lost = {name: listener for name, listener in _forwarded_to(documented, vpc).items() if name not in seen}
    if lost:
        documented.collection("target_groups").whole(region=region)
    return tuple(lost.items())


def _forwarded_to(documented: Documented, vpc: str) -> dict[str, Listener]:
    """The IDs of the target groups behind the VPC's Network Load Balancers, each with a listener that names it."""
    balancers = {lb.id for lb in some(network_load_balancers(documented, vpc), f"NLB in VPC {vpc}")}
    listeners = documented.collection("listeners").in_region(documented.spec.region_of(vpc))
    mine = [listener for listener in listeners if listener.load_balancer_id in balancers]
    return {name: listener for listener in mine for name in listener.target_group_ids}


def role_services(documented: Documented, vpc: str, claimed: EcsSpec) -> tuple[EcsService, ...]:
    """The ECS services whose tasks have the role: in its group, or named as the spec says and in the VPC."""
    found = documented.collection("ecs_services").in_region(documented.spec.region_of(vpc))
    group = documented.group_id(vpc, claimed.role)
    return tuple(
        s
        for s in found
        if group in s.group_ids
        or (fnmatchcase(s.service_name, claimed.service) and _may_run_in(documented, vpc, s.subnet_ids))
    )


def accelerators(documented: Documented) -> tuple[Accelerator, ...]:
    """The Global Accelerators of the account that are likeliest the documented one.

    Those with a documented load balancer behind them, else those that lead to a documented Region, else all.
    """
    found = documented.collection("accelerators").in_region(GLOBAL)
    regions = documented.spec.aws_regions
    leading = [group for group in _groups(documented) if group.endpoint_region in regions]
    if len({group.accelerator_id for group in leading}) > 1:
        balancers = {lb.id for vpc in documented.spec.vpcs for lb in network_load_balancers(documented, vpc)}
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


def file_systems(documented: Documented, vpc: str) -> tuple[FsxFileSystem, ...]:
    """The FSx for Lustre file systems of the documented VPC; empty when it has none."""
    observed = documented.vpc(vpc)
    found = documented.collection("fsx_file_systems").in_region(observed.region)
    return tuple(fs for fs in found if fs.type == "LUSTRE" and fs.vpc_id in (observed.id, None))


def some_file_systems(documented: Documented, vpc: str) -> tuple[FsxFileSystem, ...]:
    """As `file_systems`; raises EmptySelectionError when there is none."""
    return some(file_systems(documented, vpc), f"FSx for Lustre file system in VPC {vpc}")


def tables_named(documented: Documented, region: str) -> tuple[DynamoTable, ...]:
    """As `global_tables`; empty when there is none."""
    try:
        return global_tables(documented, region)
    except EmptySelectionError:
        return ()


def global_tables(documented: Documented, region: str) -> tuple[DynamoTable, ...]:
    """The DynamoDB tables of a Region that the spec's glob names, the global ones of them where there are any.

    Raises EmptySelectionError when there is none.
    """
    claimed = documented.spec.dynamodb or DynamoSpec()
    found = documented.collection("dynamo_tables").in_region(region)
    named = tuple(t for t in found if fnmatchcase(t.id, claimed.table))
    named = tuple(table for table in named if table.replicas) or named
    return some(named, f"DynamoDB table like {claimed.table!r} in {region}")


def scaling_groups(documented: Documented, vpc: str, role: str) -> tuple[AutoScalingGroup, ...]:
    """The Auto Scaling groups that launch the hosts of a role; empty when there is none.

    They are those that have hosts of the role; where none has instances yet, those of the role's subnets. One whose
    Launch is suspended launches nothing.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
    """
    tier = documented.spec.roles[role].tier
    subnets = {subnet.id for subnet in documented.subnets_of_tier(vpc, tier)}
    found = documented.collection("auto_scaling_groups").in_region(documented.spec.region_of(vpc))
    near = [group for group in found if subnets.intersection(group.subnet_ids)]
    shown = documented.collection("auto_scaling_groups").shown
    members = [shown(group, "instance_ids", ()) for group in near]
    hosts = _hosts(documented, vpc, role) if any(members) else frozenset[str]()
    mine = [group for group, own in zip(near, members, strict=True) if not hosts or hosts.intersection(own)]
    return tuple(group for group in mine if "Launch" not in group.suspended)


def _hosts(documented: Documented, vpc: str, role: str) -> frozenset[str]:
    """The instances with the role's security group, or its name where it has no group."""
    observed = documented.vpc(vpc)
    try:
        group = documented.group_id(vpc, role)
    except EmptySelectionError:
        group = ""
    found = documented.collection("network_interfaces").in_region(observed.region)
    return frozenset(each.instance_id for each in found if each.instance_id and group in each.group_ids)


def some(found: tuple[ResourceT, ...], what: str) -> tuple[ResourceT, ...]:
    """What was found; raises EmptySelectionError when that is nothing."""
    if not found:
        raise EmptySelectionError(f"found no {what}")
    return found


def _may_run_in(documented: Documented, vpc: str, subnet_ids: tuple[str, ...]) -> bool:
    """Whether these are subnets of the documented VPC; a service on EC2 may name none."""
    own = {subnet.id for subnet in documented.subnets(vpc)}
    return not subnet_ids or not own.isdisjoint(subnet_ids)


def _groups(documented: Documented) -> tuple[EndpointGroup, ...]:
    return documented.collection("endpoint_groups").in_region(GLOBAL)
