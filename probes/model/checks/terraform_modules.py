"""Where Terraform declares the parts of the network: the document's deployment steps name modules."""

from collections.abc import Iterable
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


def misplaced(addresses: Iterable[str], resource_type: str, module: str) -> tuple[str, ...]:
    """The addresses of a type that are not in their documented module.

    A module counts by its name in the call, alone or before a suffix: `module.vpc_use1` and
    `module.vpc["use1"]` are both the module vpc. Raises EmptySelectionError when there is none of the type.
    """
    found = [address for address in addresses if _type_of(address) == resource_type]
    if not found:
        raise EmptySelectionError(f"Terraform declares no {resource_type}")
    return tuple(address for address in found if not _is_in(address, module))


def _is_in(address: str, wanted: str) -> bool:
    names = _module_names(address)
    if wanted == ROOT:
        return not names
    plain = wanted.replace("-", "_")
    return any(name == plain or name.startswith(f"{plain}_") for name in names)


def _module_names(address: str) -> list[str]:
    steps = _steps(address)
    return [steps[index + 1].replace("-", "_") for index, step in enumerate(steps[:-2]) if step == "module"]


def _type_of(address: str) -> str:
    return _steps(address)[-2]


@cache
def _steps(address: str) -> tuple[str, ...]:
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
