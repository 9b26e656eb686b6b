"""The instances that play a documented role, and the security groups that its hosts really have."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import network_load_balancers, role_services, some, some_file_systems
from probes.model.checks.vpc_endpoints import endpoints_of
from probes.model.errors import EmptySelectionError
from probes.model.state import Instance, LoadBalancer

BALANCER_INTERFACE = "network_load_balancer"  # as AWS spells the type of an NLB's interface
GONE = frozenset({"terminated", "shutting-down"})


def hosts_of(documented: Documented, vpc: str, role: str) -> tuple[Instance, ...]:
    """The instances of a role in the documented VPC, by the spec's glob for their Name tag.

    Raises EmptySelectionError when there is none.
    """
    pattern = documented.pattern(documented.spec.roles[role].hosts, vpc, role)
    observed = documented.vpc(vpc)
    found = documented.collection("instances").in_region(observed.region)
    mine = tuple(
        i for i in found if i.vpc_id == observed.id and i.state not in GONE and fnmatchcase(i.name, pattern)
    )
    if not mine:
        raise EmptySelectionError(f"no instance of role {role} named like {pattern!r} in {observed.label}")
    return mine


def attached_groups(documented: Documented, vpc: str, role: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    """What a role consists of, by label, each with the IDs of its security groups.

    Instances, file systems (FSx never returns their groups itself), endpoints and load balancers have interfaces;
    an ECS service's tasks get the service's groups. Raises EmptySelectionError when there is none.
    """
    ecs = documented.spec.ecs
    if ecs and role == ecs.role:
        found = some(role_services(documented, vpc, ecs), f"ECS service of role {role} in VPC {vpc}")
        return [(service.label, service.group_ids) for service in found]
    balancers = _planned_balancers(documented, vpc, role)
    if balancers:
        return [(balancer.label, balancer.group_ids) for balancer in balancers]
    wanted = {name for names in _interface_ids(documented, vpc, role) for name in names}
    interfaces = documented.collection("network_interfaces").in_region(documented.spec.region_of(vpc))
    mine = some(
        tuple(i for i in interfaces if i.id in wanted), f"network interface of role {role} in VPC {vpc}"
    )
    return [(interface.label, interface.group_ids) for interface in mine]


def _planned_balancers(documented: Documented, vpc: str, role: str) -> tuple[LoadBalancer, ...]:
    """The load balancers of the role, of which a plan shows the groups and not the interfaces."""
    if not (documented.spec.load_balancer and documented.spec.load_balancer.role == role):
        return ()
    return network_load_balancers(documented, vpc) if documented.network.is_planned else ()


def _interface_ids(documented: Documented, vpc: str, role: str) -> list[tuple[str, ...]]:
    spec, observed = documented.spec, documented.vpc(vpc)
    if spec.load_balancer and role == spec.load_balancer.role:
        interfaces = documented.collection("network_interfaces").in_region(observed.region)
        mine = [i for i in interfaces if i.vpc_id == observed.id and i.interface_type == BALANCER_INTERFACE]
        return [tuple(i.id for i in mine)]
    services = {s for endpoint in spec.vpc_endpoints if endpoint.role == role for s in endpoint.services}
    if services:
        endpoints = [e for service in sorted(services) for e in endpoints_of(documented, vpc, service)]
        return [e.network_interface_ids for e in endpoints if e.endpoint_type != "Gateway"]
    if not (spec.fsx and role == spec.fsx.role):
        return [instance.network_interface_ids for instance in hosts_of(documented, vpc, role)]
    known = documented.collection("fsx_file_systems").known
    return [known(each, "network_interface_ids") for each in some_file_systems(documented, vpc)]
