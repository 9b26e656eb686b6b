"""The instances that play a documented role, and the security groups that its hosts really have."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import router_services, some, some_file_systems
from probes.model.errors import EmptySelectionError
from probes.model.state import Instance

GONE = frozenset({"terminated", "shutting-down"})


def hosts_of(documented: Documented, region: str, role: str) -> tuple[Instance, ...]:
    """The instances of a role in the documented VPC, by the spec's glob for their Name tag.

    Raises EmptySelectionError when there is none.
    """
    pattern = documented.spec.roles[role].host.format(alias=documented.spec.alias_of(region), region=region)
    vpc = documented.vpc(region)
    found = documented.collection("instances").in_region(region)
    mine = tuple(
        i for i in found if i.vpc_id == vpc.id and i.state not in GONE and fnmatchcase(i.name, pattern)
    )
    if not mine:
        raise EmptySelectionError(f"no instance of role {role} named like {pattern!r} in {vpc.label}")
    return mine


def attached_groups(documented: Documented, region: str, role: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    """What a role consists of, by label, each with the IDs of its security groups.

    GPU instances and file systems have interfaces (FSx never returns its groups itself); the Regional Router
    is an ECS service, whose tasks get the service's groups. Raises EmptySelectionError when there is none.
    """
    if role == "router":
        found = some(router_services(documented, region), f"ECS service of the Regional Router in {region}")
        return [(service.label, service.group_ids) for service in found]
    wanted = {name for names in _interface_ids(documented, region, role) for name in names}
    interfaces = documented.collection("network_interfaces").in_region(region)
    mine = some(
        tuple(i for i in interfaces if i.id in wanted), f"network interface of role {role} in {region}"
    )
    return [(interface.label, interface.group_ids) for interface in mine]


def _interface_ids(documented: Documented, region: str, role: str) -> list[tuple[str, ...]]:
    if role == "gpu":
        return [instance.network_interface_ids for instance in hosts_of(documented, region, role)]
    known = documented.collection("fsx_file_systems").known
    return [known(each, "network_interface_ids") for each in some_file_systems(documented, region)]
