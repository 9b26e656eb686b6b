"""Mutated networks are judged right: what changes is told by the right rule, and what changes nothing by none.

A sample; `python -m suites.selftest.mutations` tries all and prints the table of docs.
"""

from functools import cache
from typing import NamedTuple

import pytest

from fixtures.build import build_state
from probes.sources.documents.spec import load_spec
from suites.selftest.mutations.counting import NETWORKS, SPECS, Outcome, table, tried
from suites.selftest.mutations.kinds import mutations_of


class Sample(NamedTuple):
    """Every so manieth mutation of a network."""

    network: str
    every: int


SAMPLES = (Sample("minimal", 10), Sample("segments", 12), Sample("web-shop", 30))


@cache
def outcomes(sample: Sample) -> tuple[Outcome, ...]:
    return tried(sample.network, sample.every)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.network)
def test_mutations_are_judged_right(sample: Sample) -> None:
    found = outcomes(sample)

    assert len(found) > 10
    assert [str(one) for one in found if not one.right] == []


def test_sample_has_harmful_and_harmless_ones() -> None:
    kinds = {one.kind.partition(":")[0] for sample in SAMPLES for one in outcomes(sample)}

    assert {"harmless", "VPC route", "TGW route", "subnet", "group"} <= kinds


def test_all_networks_that_ship_are_mutated_at_least_2000_times() -> None:
    specs = {name: load_spec(SPECS / f"{name}.yaml") for name in NETWORKS}
    counts = {name: sum(1 for _ in mutations_of(spec, build_state(spec))) for name, spec in specs.items()}

    assert all(counts.values())
    assert sum(counts.values()) > 2_000


def test_table_counts_by_kind() -> None:
    found = [
        Outcome("n", "route: lost", "a", right=True, said=("vpc-route",)),
        Outcome("n", "route: lost", "b", right=False, said=()),
    ]

    assert table(found)[2:] == ["| route | lost | 2 | 1 |", "| together | | 2 | 1 |"]
    assert str(found[1]) == "n: route: lost: b: nothing"
