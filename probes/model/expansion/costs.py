"""What more attachments cost, by the document's own prices."""

from collections.abc import Iterator

from probes.model.expansion.edits import Replacement
from probes.model.spec import Spec
from probes.model.spec.topology import attached_vpcs


def costs(spec: Spec, vpcs: int, peerings: int) -> Iterator[Replacement]:
    """The quantities and sums of the Transit Gateway's costs with so many more attachments of VPCs and peerings."""
    attached = sum(len(attached_vpcs(spec, gateway)) for gateway in spec.transit_gateways)
    growth = {
        "vpc-attachment-hour": (attached, vpcs),
        "peering-attachment-hour": (len(spec.peerings), peerings),
    }
    total_usd = spec.cost.tgw_total_usd
    for index, row in enumerate(spec.cost.tgw):
        before, more = growth.get(row.unit, (0, 0))
        if before and more:
            for name, value in (("quantity", row.quantity), ("usd_per_month", row.usd_per_month)):
                yield Replacement(path=("cost", "tgw", index, name), value=value * (before + more) / before)
            total_usd = total_usd and total_usd + row.usd_per_month * more / before
    if total_usd and total_usd != spec.cost.tgw_total_usd:
        yield Replacement(path=("cost", "tgw_total_usd"), value=total_usd)
