"""How many mutations of a network the suite notices, and those that it does not."""

from collections.abc import Container, Iterable
from typing import NamedTuple

from fixtures.build import build_state
from probes.sources.documents.spec import load_spec
from suites.selftest.mutations.judging import UNOBSERVABLE, Finding, Judge, with_judge
from suites.selftest.mutations.kinds import mutations_of
from suites.selftest.mutations.mutation import Mutation
from suites.selftest.spec.edit import ROOT

SPECS = ROOT / "fixtures/specs"
NETWORKS = tuple(
    sorted(path.stem for path in SPECS.glob("*.yaml") if not path.name.endswith(".waivers.yaml"))
)


class Outcome(NamedTuple):
    """One mutation: whether the suite said what it has to say, and what it said."""

    network: str
    kind: str
    site: str
    right: bool
    said: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.network}: {self.kind}: {self.site}: {'; '.join(self.said[:3]) or 'nothing'}"


def tried(network: str, every: int = 1, first: int = 0) -> tuple[Outcome, ...]:
    """The mutations of a network, or every so manieth of them: only those of which the spec says something."""
    spec = SPECS / f"{network}.yaml"
    document = load_spec(spec)
    state = build_state(document)

    def judged(judge: Judge) -> tuple[Outcome, ...]:
        before = frozenset(judge(state))
        asked = [m for m in mutations_of(document, state) if not m.rules or judge.asked.intersection(m.rules)]
        return tuple(_outcome(network, judge, mutation, before) for mutation in asked[first::every])

    return with_judge(spec, state, judged)


def _outcome(network: str, judge: Judge, mutation: Mutation, before: Container[Finding]) -> Outcome:
    """A harmless mutation changes no answer; any other one is a violation of one of its rules."""
    said: list[Finding] = []
    for finding in judge(mutation.state, mutation.rules):
        if finding not in before:
            said.append(finding)
            if not mutation.rules or finding.resource != UNOBSERVABLE:
                break
    is_violation = bool(said) and said[-1].resource != UNOBSERVABLE
    right = is_violation if mutation.rules else not said
    return Outcome(network, mutation.kind, mutation.site, right, tuple(map(str, said)))


def table(outcomes: Iterable[Outcome]) -> list[str]:
    """How many were tried and judged right of what is mutated, with the kinds of it, as a table in Markdown."""
    kinds: dict[str, list[bool]] = {}
    changes: dict[str, dict[str, None]] = {}
    for outcome in outcomes:
        what, _, change = outcome.kind.partition(": ")
        kinds.setdefault(what, []).append(outcome.right)
        changes.setdefault(what, {})[change] = None
    every = [right for rights in kinds.values() for right in rights]
    rows = [
        f"| {what} | {', '.join(changes[what])} | {len(rights):,} | {sum(rights):,} |"
        for what, rights in kinds.items()
    ]
    return [
        "| mutated | how | tried | right |",
        "|---|---|---:|---:|",
        *rows,
        f"| together | | {len(every):,} | {sum(every):,} |",
    ]
