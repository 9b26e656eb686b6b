"""The cost tables, recomputed."""

from collections.abc import Callable

from probes.model.conformance.verdict import Violation
from probes.model.errors import EmptySelectionError
from probes.model.spec import Spec, TgwCost, TransferCost
from probes.model.spec.arithmetic import billed_quantity, row_cost_usd

Check = Callable[[Spec], tuple[Violation, ...]]

# The document counts 720 hours a month where AWS's calculator counts 730.
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
    """A row of the Transit Gateway table is its price times what AWS bills."""
    quantity = billed_quantity(spec, row)
    terms = f"{quantity:g} {row.unit} × ${row.usd_per_unit:g}"
    if row.unit != "gb":
        terms += f" × {spec.cost.hours_per_month:g} h"
    return _violation(f"cost.tgw[{index}]", row_cost_usd(spec, row, quantity), row.usd_per_month, terms)


def rows_of(requirement: str) -> Check:
    """The check of the table rows that name a requirement. Raises EmptySelectionError when none does."""

    def check(spec: Spec) -> tuple[Violation, ...]:
        transfer, tgw = enumerate(spec.cost.transfer), enumerate(spec.cost.tgw)
        judged = [transfer_row(index, row) for index, row in transfer if row.requirement == requirement]
        judged += [tgw_row(spec, index, row) for index, row in tgw if row.requirement == requirement]
        if not judged:
            raise EmptySelectionError(f"no row of the spec's cost tables names {requirement}")
        return tuple(violation for violations in judged for violation in violations)

    return check


def transfer_total(spec: Spec) -> tuple[Violation, ...]:
    """COST-04: the transfer table's total is the sum of its rows."""
    rows = [row.usd_per_month for row in spec.cost.transfer]
    terms = " + ".join(f"${cost:g}" for cost in rows)
    return _violation("cost.transfer_total_usd", sum(rows), spec.cost.transfer_total_usd, terms)


def tgw_total(spec: Spec) -> tuple[Violation, ...]:
    """COST-08: the Transit Gateway table's total is what AWS bills for its rows."""
    costs = [row_cost_usd(spec, row, billed_quantity(spec, row)) for row in spec.cost.tgw]
    terms = " + ".join(f"${cost:g}" for cost in costs)
    return _violation("cost.tgw_total_usd", sum(costs), spec.cost.tgw_total_usd, terms)


COST_CHECKS: dict[str, Check] = {
    "COST-01": rows_of("COST-01"),
    "COST-02": rows_of("COST-02"),
    "COST-03": rows_of("COST-03"),
    "COST-04": transfer_total,
    "COST-05": rows_of("COST-05"),
    "COST-06": rows_of("COST-06"),
    "COST-07": rows_of("COST-07"),
    "COST-08": tgw_total,
}
