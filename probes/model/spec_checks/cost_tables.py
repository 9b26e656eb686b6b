"""The cost tables, recomputed."""

from probes.model.conformance.verdict import Violation
from probes.model.spec import Spec, TgwCost, TransferCost
from probes.model.spec.arithmetic import billed_quantity, row_cost_usd

# A document may count 720 hours a month where AWS's calculator counts 730.
TOLERANCE_RATIO = 0.02


def _differs(one: float, other: float) -> bool:
    return abs(one - other) > TOLERANCE_RATIO * max(abs(one), abs(other))


def _violation(where: str, expected: float, observed: float, terms: str) -> tuple[Violation, ...]:
    violation = Violation(
        resource=f"spec {where}",
        expected=f"${expected:,.2f}: {terms}",
        observed=f"${observed:,.2f}",
        hint="correct the row or its terms",
    )
    return (violation,) if _differs(expected, observed) else ()


def transfer_row(index: int, row: TransferCost) -> tuple[Violation, ...]:
    """A row of the transfer table is its price times its volume."""
    terms = f"{row.gb_per_month:g} GB × ${row.usd_per_gb:g}"
    return _violation(f"cost.transfer[{index}]", row.gb_per_month * row.usd_per_gb, row.usd_per_month, terms)


def tgw_row(spec: Spec, index: int, row: TgwCost) -> tuple[Violation, ...]:
    """A row of the Transit Gateway table has the quantity that AWS bills, and is its price times that."""
    quantity = billed_quantity(spec, row)
    terms = f"{quantity:g} {row.unit} × ${row.usd_per_unit:g}"
    if row.unit != "gb":
        terms += f" × {spec.cost.hours_per_month:g} h"
    by_itself = row_cost_usd(spec, row, row.quantity)
    one_side = "" if _differs(by_itself, row.usd_per_month) else _one_side(row, quantity)
    where = f"cost.tgw[{index}]{one_side}"
    return _violation(where, row_cost_usd(spec, row, quantity), row.usd_per_month, terms)


def tgw_quantity(spec: Spec, index: int, row: TgwCost) -> tuple[Violation, ...]:
    """The quantity of a row is what AWS bills; a peering is billed to both owners."""
    billed = billed_quantity(spec, row)
    if not _differs(billed, row.quantity):
        return ()
    return (
        Violation(
            resource=f"spec cost.tgw[{index}].quantity{_one_side(row, billed)}",
            expected=f"{billed:g} {row.unit}",
            observed=f"{row.quantity:g}",
            hint="correct the quantity: AWS bills each side of a peering to its owner",
        ),
    )


def _one_side(row: TgwCost, billed: float) -> str:
    """What sets apart a row that counts each peering once from one that is wrong otherwise."""
    is_half = row.unit == "peering-attachment-hour" and row.quantity * 2 == billed
    return " by one side of each peering" if is_half else ""


def transfer_total(spec: Spec) -> tuple[Violation, ...]:
    """The transfer table's total is the sum of its rows."""
    rows = [row.usd_per_month for row in spec.cost.transfer]
    terms = " + ".join(f"${cost:g}" for cost in rows)
    return _violation("cost.transfer_total_usd", sum(rows), spec.cost.transfer_total_usd or 0, terms)


def tgw_total(spec: Spec) -> tuple[Violation, ...]:
    """The Transit Gateway table's total is what AWS bills for its rows."""
    costs = [row_cost_usd(spec, row, billed_quantity(spec, row)) for row in spec.cost.tgw]
    terms = " + ".join(f"${cost:g}" for cost in costs)
    return _violation("cost.tgw_total_usd", sum(costs), spec.cost.tgw_total_usd or 0, terms)
