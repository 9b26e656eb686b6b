"""Where Terraform declares the parts of the network: the document's deployment steps name modules."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache

from probes.model.errors import EmptySelectionError

ROOT = "root"
PLACED = (
    "aws_vpc",
    "aws_vpc_endpoint",
    "aws_ec2_transit_gateway",
    "aws_ec2_transit_gateway_route",
    "aws_ec2_transit_gateway_peering_attachment",
)
"""
The resource types whose module a document may name.
"""


def misplaced(
    addresses: Iterable[str], resource_type: str, module: str, regions: Iterable[str]
) -> tuple[str, ...]:
    """The addresses of a type that are not in their documented module.

    A module counts by its name in the call, a glob of the document's, alone or before one of the `regions`' names:
    `module.vpc["use1"]`, `module.vpc_use1` and `module.vpc_us_east_1` are the module vpc, `module.vpc_old` is not.
    Raises EmptySelectionError when there is none of the type.
    """
    plain = _plain(module)
    wanted = (plain, *(f"{plain}_{_plain(region)}" for region in regions))
    found = [address for address in addresses if _type_of(address) == resource_type]
    if not found:
        raise EmptySelectionError(f"Terraform declares no {resource_type}")
    return tuple(address for address in found if not _is_in(address, wanted))


def _is_in(address: str, wanted: Sequence[str]) -> bool:
    names = _module_names(address)
    if wanted[0] == ROOT:
        return not names
    return any(fnmatchcase(name, pattern) for name in names for pattern in wanted)


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _module_names(address: str) -> list[str]:
    steps = steps_of(address)
    return [_plain(steps[index + 1]) for index, step in enumerate(steps[:-2]) if step == "module"]


def _type_of(address: str) -> str:
    return steps_of(address)[-2]


@cache
def steps_of(address: str) -> tuple[str, ...]:
    """The names of an address, instance keys left out: a key may hold dots and brackets itself."""
    steps, quoted, depth = [""], False, 0
    for character in address:
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "[]":
            depth += 1 if character == "[" else -1
        elif not depth and character == ".":
            steps.append("")
        elif not depth:
            steps[-1] += character
    return tuple(steps)
