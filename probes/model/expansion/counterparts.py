"""What of one Region is what of another: names by place, addresses by distance."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from probes.model.expansion.addresses import Cidrs, cidrs_of
from probes.model.spec import Spec


class Counterparts:
    """Leads what belongs to one Region to what belongs to another; everything else to itself."""

    def __init__(self, spec: Spec, region: str, names: Mapping[str, str], cidrs: Cidrs) -> None:
        self.spec = spec
        self.region = region
        self.names = names
        own = [cidr for vpc in cidrs_of(spec, region) for cidr in vpc]
        self.pairs = tuple(zip(own, (cidr for vpc in cidrs for cidr in vpc), strict=True))

    def value(self, value: Any) -> Any:  # noqa: ANN401  # of a document
        """A value of the document, its names and addresses led to their counterparts."""
        if isinstance(value, dict):
            return {self._moved(key) or key: self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, str):
            return value
        return self.names.get(value) or self._moved(value) or value

    def routes(self, routes: dict[str, str]) -> dict[str, str]:
        """VPC routes, whose destinations may be VPCs."""
        return {self.value(destination): self.value(via) for destination, via in routes.items()}

    def _moved(self, text: str) -> str | None:
        cidr = network(text)
        found = self.of(cidr) if cidr and self.belongs(cidr) else ()
        return str(found[0]) if found else None

    def belongs(self, cidr: IPv4Network) -> bool:
        """Whether the range meets VPCs of this Region and of no other."""
        found = {
            region
            for region in self.spec.aws_regions
            for vpc in cidrs_of(self.spec, region)
            for own in vpc
            if own.overlaps(cidr)
        }
        return found == {self.region}

    def of(self, cidr: IPv4Network) -> tuple[IPv4Network, ...]:
        """The counterparts of a range: one where its own distance can be kept, else those of the CIDRs in it."""
        for old, new in self.pairs:
            start = int(cidr.network_address) + int(new.network_address) - int(old.network_address)
            if not old.overlaps(cidr) or start % cidr.num_addresses:
                continue
            moved = IPv4Network((start, cidr.prefixlen))
            if all(there.subnet_of(moved) for here, there in self.pairs if here.subnet_of(cidr)):
                return (moved,)
        return self.missing(cidr)

    def missing(self, cidr: IPv4Network) -> tuple[IPv4Network, ...]:
        """The counterparts of the CIDRs in a range that holds them, but not their counterparts."""
        return tuple(new for old, new in self.pairs if old.subnet_of(cidr) and not new.subnet_of(cidr))


def network(text: object) -> IPv4Network | None:
    """A text as a CIDR; None when it is none."""
    try:
        return IPv4Network(text) if isinstance(text, str) and "/" in text else None
    except ValueError:
        return None
