"""The instances that play a documented role."""

from fnmatch import fnmatchcase

from probes.model.checks.documented import Documented
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
