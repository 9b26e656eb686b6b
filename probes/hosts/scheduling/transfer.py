"""How much a run may send over the peerings, and how long and fast each throughput test is within that.

A test shows that a path carries its floor without sending more than a little above it, and a short one does where
the rate is steady. What does not fit into the budget is not run.
"""

from collections.abc import Iterable

import msgspec

from probes.model.spec import Spec
from probes.model.spec.arithmetic import usd_per_gb
from probes.model.spec.topology import peering_between
from probes.model.spec.tried_flows import Pair

SHORTEST_S = 3
_ABOVE_FLOOR = 1.25  # so that a path at its floor is told from one that carries more
_DIRECTIONS = 2
_MBIT_PER_GB = 8000


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """The throughput tests of a pair of Regions, one per direction.

    Each sends at most `rate_mbit_per_s` for `seconds`, and once more for `longer_s` if that decides nothing; both
    include the start, which is not judged. `seconds` is 0 where the tests do not fit into the budget.
    `usd_per_gb` is None where the spec names no price.
    """

    pair: Pair
    rate_mbit_per_s: float
    seconds: int = 0
    longer_s: int = 0
    usd_per_gb: float | None = None

    @property
    def most_gb(self) -> float:
        """What both directions send at most."""
        return _gb(self.rate_mbit_per_s, self.seconds + self.longer_s)

    @property
    def most_usd(self) -> float | None:
        """What that costs, by the spec's prices."""
        return None if self.usd_per_gb is None else self.usd_per_gb * self.most_gb


class TransferPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of a run that has a budget."""

    budget_gb: float
    needed_gb: float
    transfers: tuple[Transfer, ...]

    def of(self, one: str, other: str) -> Transfer | None:
        """The tests between two Regions; None where they have no floor to be judged by."""
        return next((each for each in self.transfers if {*each.pair} == {one, other}), None)

    def refusal(self, one: str, other: str) -> str:
        """Why the tests between two Regions are not run; empty when they are."""
        transfer = self.of(one, other)
        if transfer is None or transfer.seconds:
            return ""
        return (
            f"up to {self.needed_gb:.3g} GB would be sent, more than the budget of {self.budget_gb:.3g} GB: "
            f"--transfer-budget {self.needed_gb + 0.05:.1f} allows it"
        )

    def words(self) -> str:
        """What is sent at most, and what it costs, before anything is sent."""
        run = [each for each in self.transfers if each.seconds]
        left = len(self.transfers) - len(run)
        priced = [each.most_usd for each in run if each.most_usd is not None]
        cost = f", ${sum(priced):.2f} by the spec's prices" if priced else ""
        unpriced = "" if len(priced) == len(run) else ", some of it without a price in the spec"
        beside = f"; {left} of {len(self.transfers)} pairs do not fit and are not run" if left else ""
        sent = sum(each.most_gb for each in run)
        return f"throughput sends at most {sent:.3g} of {self.budget_gb:.3g} GB{cost}{unpriced}{beside}"


def plan_transfers(spec: Spec, pairs: Iterable[Pair], budget_gb: float) -> TransferPlan:
    """The tests of these pairs of Regions that fit into the budget, as many as possible, in the order of the pairs.

    All get a short test first; what is then left of the budget is for longer ones where the short one is undecided.
    """
    short_s = SHORTEST_S + round(spec.live.iperf3_omit_s)
    asked = [each for pair in pairs if (each := _asked(spec, pair))]
    planned, left_gb = [], budget_gb
    for each in asked:
        fits = _gb(each.rate_mbit_per_s, short_s) <= left_gb
        planned.append(msgspec.structs.replace(each, seconds=short_s if fits else 0))
        left_gb -= planned[-1].most_gb
    longer_s = _longer_s(spec, planned, left_gb)
    return TransferPlan(
        budget_gb=budget_gb,
        needed_gb=sum(_gb(each.rate_mbit_per_s, short_s) for each in asked),
        transfers=tuple(
            msgspec.structs.replace(each, longer_s=longer_s if each.seconds else 0) for each in planned
        ),
    )


def _asked(spec: Spec, pair: Pair) -> Transfer | None:
    floor = peering_between(spec, *pair).throughput_floor_mbit_per_s
    if not floor:
        return None
    return Transfer(pair=pair, rate_mbit_per_s=_ABOVE_FLOOR * floor, usd_per_gb=usd_per_gb(spec, *pair))


def _longer_s(spec: Spec, planned: Iterable[Transfer], left_gb: float) -> int:
    """How long another test of each pair may be, up to the spec's; 0 where that is no longer than the first."""
    each_second_gb = sum(_gb(each.rate_mbit_per_s, 1) for each in planned if each.seconds)
    omit_s = round(spec.live.iperf3_omit_s)
    longest_s = round(spec.live.iperf3_duration_s) + omit_s
    affordable_s = int(left_gb / each_second_gb) if each_second_gb else 0
    seconds = min(longest_s, affordable_s)
    return seconds if seconds > SHORTEST_S + omit_s else 0


def _gb(rate_mbit_per_s: float, seconds: float) -> float:
    """What both directions of a pair send."""
    return _DIRECTIONS * rate_mbit_per_s * seconds / _MBIT_PER_GB
