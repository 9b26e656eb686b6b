"""Where AWS takes one subnet per zone, a list that refers to more of them must pick some: no plan shows which."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import UNSET

from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import Answer
from probes.sources.terraform.resources.reader import Reading
from probes.sources.terraform.schema.attribute_types import Texts


def one_per_zone(  # noqa: PLR0913, PLR0917  # as `Reading.many`, whose answer this judges
    reading: Reading,
    instance: Instance[Any],
    values: Texts,
    attribute: str,
    subnet_ids: Iterable[str],
    kind: str,
    resource: str,
) -> None:
    """A gap when subnets that were found by reference cannot all be meant."""
    if values is not UNSET and None not in (values or ()):
        return
    zones = reading.zones
    crowded = [zone for zone, uses in Counter(map(zones.get, subnet_ids)).items() if zone and uses > 1]
    if crowded:
        answer = Answer(
            missing=f"refers to several subnets in {', '.join(sorted(crowded))}, AWS takes one each"
        )
        reading.unresolved(instance, attribute, answer, kind, resource, "subnet_ids")
