"""The instances that play a documented role, and the security groups that its hosts really have."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import role_services, some, some_file_systems
from probes.model.errors import EmptySelectionError
from probes.model.state import Instance

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

    Instances and file systems have interfaces (FSx never returns its groups itself); an ECS service's tasks get
    the service's groups. Raises EmptySelectionError when there is none.
    """
    ecs = documented.spec.ecs
    if ecs and role == ecs.role:
        found = some(role_services(documented, vpc, ecs), f"ECS service of role {role} in VPC {vpc}")
        return [(service.label, service.group_ids) for service in found]
    wanted = {name for names in _interface_ids(documented, vpc, role) for name in names}
    interfaces = documented.collection("network_interfaces").in_region(documented.spec.region_of(vpc))
    mine = some(
        tuple(i for i in interfaces if i.id in wanted), f"network interface of role {role} in VPC {vpc}"
    )
    return [(interface.label, interface.group_ids) for interface in mine]


def _interface_ids(documented: Documented, vpc: str, role: str) -> list[tuple[str, ...]]:
    if not (documented.spec.fsx and role == documented.spec.fsx.role):
        return [instance.network_interface_ids for instance in hosts_of(documented, vpc, role)]
    known = documented.collection("fsx_file_systems").known
    return [known(each, "network_interface_ids") for each in some_file_systems(documented, vpc)]
