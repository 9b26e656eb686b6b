"""What is wrong, resource by resource: one cause for all that it breaks."""

from collections.abc import Iterable, Sequence

import msgspec

from probes.model.conformance.verdict import Verdict, Violation
from reports.results.model import Results, TestResult
from reports.results.words import headline, plural

EXAMPLES = 3
RegionSet = frozenset[str]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests of the same requirements hold against a cause."""

    tests: tuple[TestResult, ...]
    violations: tuple[Violation, ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        """What the tests decide."""
        return _requirements(self.tests)

    @property
    def examples(self) -> tuple[Violation, ...]:
        """The first violations that expect different things."""
        return tuple({v.expected: v for v in reversed(self.violations)}.values())[::-1][:EXAMPLES]

    @property
    def hidden(self) -> int:
        """How many violations are no examples."""
        return len(self.violations) - len(self.examples)

    @property
    def is_drawn(self) -> bool:
        """The tests drew an example: those that look at the resource say more."""
        return all(name.startswith("drawn-") for name in self.requirements)

    @property
    def is_symptom(self) -> bool:
        """The violations are about packets; only their traces lead to the resource."""
        return bool(self.violations[0].trace)


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One resource, or two Regions on the wire, and what it breaks.

    The `evidence` about the resource itself comes first. `unknown` are tests that could not decide because of it.
    `regions` are each two Regions between which it breaks something.
    """

    subject: str
    observed: str
    evidence: tuple[Evidence, ...]
    unknown: tuple[TestResult, ...] = ()
    regions: frozenset[RegionSet] = frozenset()

    @property
    def requirements(self) -> tuple[str, ...]:
        """What is nonconforming because of it."""
        return _requirements(test for one in self.evidence for test in one.tests)

    @property
    def unknown_requirements(self) -> tuple[str, ...]:
        """What else could not be judged because of it."""
        return tuple(name for name in _requirements(self.unknown) if name not in self.requirements)

    @property
    def tests(self) -> tuple[TestResult, ...]:
        """The tests that fail or cannot decide because of it."""
        return (*(test for one in self.evidence for test in one.tests), *self.unknown)

    @property
    def trace(self) -> tuple[str, ...]:
        """The shortest way of a packet that is decided by it."""
        traces = [v.trace for one in self.evidence for v in one.violations if v.trace]
        return min(traces, key=len, default=())

    @property
    def effect(self) -> str:
        """What it breaks and leaves open, in words."""
        unknown = self.unknown_requirements
        left_open = f"; {_some(unknown)} could not be judged" if unknown else ""
        return f"breaks {_some(self.requirements)}{left_open}"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why tests could not decide, where no cause explains it."""

    text: str
    tests: tuple[TestResult, ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        """What could not be judged."""
        return _requirements(self.tests)

    @property
    def summary(self) -> str:
        """The first line of the reason."""
        return self.text.partition("\n")[0]

    @property
    def effect(self) -> str:
        """What it leaves open, in words."""
        return f"{_some(self.requirements)} could not be judged"


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that keeps a run from passing: what breaks most comes first."""

    causes: tuple[Cause, ...]
    reasons: tuple[Reason, ...]


def explanation(results: Results, found: Explained) -> str:
    """The verdict in one sentence: the headline, and what is behind it in numbers."""
    parts = []
    if found.causes:
        verb = "breaks" if len(found.causes) == 1 else "break"
        broken = plural(len({name for cause in found.causes for name in cause.requirements}), "requirement")
        parts.append(f"{plural(len(found.causes), 'cause')} {verb} {broken}")
    doubtful = {
        name
        for test in results.tests
        if test.verdict is Verdict.UNOBSERVABLE and not test.known
        for name in test.requirements
    }
    rows = (row for row in results.requirements if row.verdict is Verdict.UNOBSERVABLE)
    if unknown := sum(row.id in doubtful for row in rows):
        parts.append(f"{f'{unknown} more' if parts else plural(unknown, 'requirement')} could not be judged")
    return ": ".join(filter(None, (headline(results), ", ".join(parts))))


def _requirements(tests: Iterable[TestResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for test in tests for name in test.requirements))


def _some(names: Sequence[str]) -> str:
    """Some names, so that the text stays short: two of them, and how many more."""
    if len(names) <= 3:  # noqa: PLR2004  # "and 1 more" would be no shorter
        return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    return f"{', '.join(names[:2])} and {len(names) - 2} more"
