"""Every section of a spec is judged by itself: without one of them the verdicts about all others are the same."""

from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import yaml

from fixtures.build import build_state
from probes.model.errors import InputError
from probes.model.state import State
from probes.sources.documents.spec import load_spec
from suites.selftest.mutations.judging import UNOBSERVABLE, Finding, with_judge
from suites.selftest.mutations.kinds import mutations_of
from suites.selftest.spec.edit import ROOT

SPECS = ROOT / "fixtures/specs"
ALWAYS = ("name", "regions", "vpcs", "catalogue")
FAULTS = {"segments": 3, "hub": 3, "web-shop": 2, "gpu-cluster-corrected": 1}
OF_A_SERVICE = ("group-attached", "no-other-group-rule")
"""Who a service's role consists of is told by the section of the service."""


class Verdicts(NamedTuple):
    """What is asked of a network, and what is said against it as it is and with faults."""

    claims: frozenset[tuple[str, str]]
    findings: tuple[frozenset[Finding], ...]

    def about(self, claims: frozenset[tuple[str, str]]) -> list[set[tuple[str, str, bool]]]:
        """For each network which of these claims fail, and whether that is certain."""
        return [
            {
                (each.rule, each.claim, each.resource != UNOBSERVABLE)
                for each in one
                if (each.rule, each.claim) in claims and each.rule not in OF_A_SERVICE
            }
            for one in self.findings
        ]


def verdicts(document: dict[str, Any], states: tuple[State, ...], folder: Path) -> Verdicts:
    path = folder / "spec.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    load_spec(path)
    return with_judge(
        path,
        states[0],
        lambda judge: Verdicts(judge.claims, tuple(frozenset(judge(each)) for each in states)),
    )


def broken_states(name: str) -> tuple[State, ...]:
    """The network of a spec as it is, and with one fault each."""
    spec = load_spec(SPECS / f"{name}.yaml")
    state = build_state(spec)
    harmful = [mutation.state for mutation in mutations_of(spec, state) if mutation.rules]
    return (state, *Random(1).sample(harmful, FAULTS[name]))  # noqa: S311 - the same ones each time


@pytest.mark.parametrize("name", FAULTS)
def test_without_a_section_the_verdicts_about_all_others_are_the_same(tmp_path: Path, name: str) -> None:
    document = yaml.safe_load((SPECS / f"{name}.yaml").read_text(encoding="utf-8"))
    if "catalogue" in document:
        document["catalogue"] = str(SPECS / document["catalogue"])
    states = broken_states(name)
    whole = verdicts(document, states, tmp_path)
    changed, compared = {}, 0
    for section in document.keys() - ALWAYS:
        rest = {key: value for key, value in document.items() if key != section}
        try:
            without = verdicts(rest, states, tmp_path)
        except InputError:  # others name something of this section
            continue
        both = whole.claims & without.claims
        compared += len(both)
        if whole.about(both) != without.about(both):
            changed[section] = [whole.about(both), without.about(both)]

    assert any(map(bool, whole.findings[1:]))
    assert compared > 100
    assert changed == {}
