"""Which security groups the hosts of a documented role really have."""

from collections.abc import Iterable

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import router_services, some, some_file_systems
from probes.model.checks.hosts import hosts_of


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
