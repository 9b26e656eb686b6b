"""What is wrong, resource by resource: one cause for all that it breaks."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from ipaddress import IPv4Network

import msgspec

from probes.model.conformance.verdict import Verdict, Violation
from probes.model.conformance.waivers import Waiver
from reports.results.model import Results, TestResult
from reports.results.verdicts import counts
from reports.results.words import headline, plural

# A resource as the model labels it (`tgw-rtb-0a1 "main" (us-east-1)`), before what says more of it.
_LABEL = re.compile(r'(\S+)(?: "[^"]*")? \([a-z0-9-]+\)')
_CARRIER = re.compile(r"\b(?:tgw-attach|tgw|igw|nat|vpce)-[0-9a-f]{8,17}\b")
_PEERING = re.compile(r"peering (\S+) to (\S+)")
_HOSTS = re.compile(r"([^\s:;,]+) to ([^\s:;,]+)")
_ADDRESSES = re.compile(r"(\d+\.\d+\.\d+\.\d+)\S* -> (\d+\.\d+\.\d+\.\d+)")

EXAMPLES = 3
RegionSet = frozenset[str]
Key = str | RegionSet  # what decides: a resource, or the peering of two Regions


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


def explained(results: Results) -> Explained:
    """The causes of all nonconforming tests, and the reasons of those that could not decide."""
    wire = _Wire(results)
    found: dict[Key, list[Evidence]] = {}
    for test in results.tests:
        if test.verdict is Verdict.NONCONFORMING:
            for key, evidence in _evidence(test, wire):
                found.setdefault(key, []).append(evidence)
    roots = _roots(found, wire)
    unknown: dict[Key, list[TestResult]] = {}
    reasons: dict[str, list[TestResult]] = {}
    for test in results.tests:
        if test.verdict is Verdict.UNOBSERVABLE:
            pair = wire.regions_in(test.message)
            if pair in roots:
                unknown.setdefault(roots[pair], []).append(test)
            else:
                reasons.setdefault(test.message or "no reason given", []).append(test)
    causes = [
        _cause(root, {key: found[key] for key in found if roots[key] == root}, unknown.get(root, ()), wire)
        for root in dict.fromkeys(roots.values())
    ]
    return Explained(
        causes=tuple(sorted(causes, key=lambda cause: -len(cause.requirements))),
        reasons=tuple(Reason(text=text, tests=tuple(tests)) for text, tests in reasons.items()),
    )


def explanation(results: Results, found: Explained) -> str:
    """The verdict in one sentence: the headline, and what is behind it in numbers."""
    tally = counts(row.verdict for row in results.requirements)
    parts = []
    if found.causes:
        verb = "breaks" if len(found.causes) == 1 else "break"
        broken = plural(tally[Verdict.NONCONFORMING], "requirement")
        parts.append(f"{plural(len(found.causes), 'cause')} {verb} {broken}")
    if unknown := tally[Verdict.UNOBSERVABLE]:
        parts.append(f"{f'{unknown} more' if parts else plural(unknown, 'requirement')} could not be judged")
    return ": ".join(filter(None, (headline(results), ", ".join(parts))))


class _Wire:
    """Which Regions hosts and addresses are in, and between which no ping was answered."""

    def __init__(self, results: Results) -> None:
        ends = [(m.source, m.source_region) for m in results.measurements]
        ends += [(m.destination, m.destination_region) for m in results.measurements]
        self._region_of_host = dict(ends)
        self._networks = [
            (network, node.region)
            for node in results.topology.nodes
            for network in map(_network, node.detail)
            if network
        ]
        pings: dict[RegionSet, list[bool]] = {}
        for one in results.latency:
            pair = frozenset((one.source_region, one.destination_region))
            pings.setdefault(pair, []).append(one.avg_ms is not None)
        self.silent = {pair: len(answered) for pair, answered in pings.items() if not any(answered)}
        self.peered = {frozenset(budget.between) for budget in results.budgets}

    def regions_in(self, text: str) -> RegionSet | None:
        """The Regions of the hosts in "HOST to HOST", if the text is about one pair of Regions only."""
        regions = [
            frozenset((self._region_of_host[one], self._region_of_host[other]))
            for one, other in _HOSTS.findall(text)
            if {one, other} <= self._region_of_host.keys()
        ]
        return regions[0] if len(set(regions)) == 1 else None

    def regions_of(self, trace: Sequence[str]) -> RegionSet:
        """The Regions of the addresses of a traced packet."""
        found = _ADDRESSES.search(trace[0]) if trace else None
        addresses = filter(None, map(_network, found.groups() if found else ()))
        return frozenset(
            region
            for address in addresses
            for network, region in self._networks
            if address.subnet_of(network)
        )


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _evidence(test: TestResult, wire: _Wire) -> Iterator[tuple[Key, Evidence]]:
    """The violations of a test that no waiver covers, by what decides."""
    by_key: dict[Key, list[Violation]] = {}
    for violation in _unwaived(test):
        by_key.setdefault(_key(violation.resource, wire), []).append(violation)
    for key, violations in by_key.items():
        yield key, Evidence(tests=(test,), violations=tuple(violations))


def _key(resource: str, wire: _Wire) -> Key:
    """A labelled resource by its ID, a peering by its Regions, hosts by theirs."""
    if peering := _PEERING.fullmatch(resource):
        return frozenset(peering.groups())
    label = _LABEL.match(resource)
    return wire.regions_in(resource) or (label[1] if label else resource)


def _unwaived(test: TestResult) -> Iterator[Violation]:
    waivers = [
        Waiver(requirement=w.requirement, resource=w.resource, reason="", owner="", expires=date.max)
        for w in test.waivers
        if w.status == "used"
    ]
    for violation in test.violations:
        if not any(waiver.covers(test.requirements, violation.resource) for waiver in waivers):
            yield violation
    if not test.violations:
        yield Violation(resource=test.id, expected="", observed=test.message, hint="")


def _roots(found: Mapping[Key, Sequence[Evidence]], wire: _Wire) -> dict[Key, Key]:
    """The cause of each key: its own, or that of a resource which it names or which lost its packets."""
    parents = {key: _parent(key, found, wire) for key in found}
    roots: dict[Key, Key] = {}
    for key in found:
        root, seen = key, {key}
        while (parent := parents[root]) is not None and parent not in seen:
            root = parent
            seen.add(root)
        roots[key] = root
    return roots


def _parent(key: Key, found: Mapping[Key, Sequence[Evidence]], wire: _Wire) -> Key | None:
    if not isinstance(key, str):
        losers = (other for other, evidence in found.items() if other != key and key in _lost(evidence, wire))
        return next(losers, None) if key in wire.silent and not _is_observed(found[key]) else None
    lost = _lost(found[key], wire)
    if len(lost) == 1 and lost <= found.keys() and _is_observed(found[min(lost)]):
        return min(lost)
    about = [v for one in found[key] if not one.is_symptom for v in one.violations]
    named = {c for v in about for c in _CARRIER.findall(f"{v.resource} {v.expected} {v.observed}")}
    return next((other for other in found if other != key and other in named), None)


def _lost(evidence: Sequence[Evidence], wire: _Wire) -> set[RegionSet]:
    """The Regions between which packets were lost, by their traces."""
    regions = {wire.regions_of(v.trace) for one in evidence for v in one.violations}
    return {pair for pair in regions if len(pair) == 2}  # noqa: PLR2004  # two ends


def _is_observed(evidence: Sequence[Evidence]) -> bool:
    """The configuration says itself that the peering is not as it should be."""
    return any(_PEERING.fullmatch(v.resource) for one in evidence for v in one.violations)


def _cause(
    root: Key, parts: Mapping[Key, Sequence[Evidence]], unknown: Sequence[TestResult], wire: _Wire
) -> Cause:
    ordered = [(key, one) for key, evidence in parts.items() for one in evidence]
    ordered.sort(key=lambda pair: (pair[1].is_symptom, pair[0] != root))
    evidence = _by_requirements(one for _, one in ordered)
    subject, observed = _words(root, [one for key, one in ordered if key == root], wire)
    regions = _lost(evidence, wire) | {key for key in parts if not isinstance(key, str)}
    return Cause(
        subject=subject,
        observed=observed,
        evidence=evidence,
        unknown=tuple(unknown),
        regions=frozenset(regions),
    )


def _by_requirements(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Tests of the same requirements, such as those of both directions, as one."""
    found: dict[tuple[bool, tuple[str, ...]], list[Evidence]] = {}
    for one in evidence:
        found.setdefault((one.is_symptom, one.requirements), []).append(one)
    return tuple(
        Evidence(
            tests=tuple(test for one in same for test in one.tests),
            violations=tuple(violation for one in same for violation in one.violations),
        )
        for same in found.values()
    )


def _words(root: Key, evidence: Sequence[Evidence], wire: _Wire) -> tuple[str, str]:
    """What decides, and what is wrong with it."""
    first = evidence[0].violations[0]
    if isinstance(root, str):
        details = {v.resource for one in evidence for v in one.violations if not v.trace} or {first.resource}
        return min(details) if len(details) == 1 else _longest_label(root, evidence), _said(first)
    between = " – ".join(sorted(root))
    subject = f"peering {between}" if root in wire.peered else f"on the wire, {between}"
    if root in wire.silent:
        return subject, f"carries nothing: no ping of {plural(wire.silent[root], 'host pair')} is answered"
    return subject, _said(first)


def _longest_label(root: str, evidence: Sequence[Evidence]) -> str:
    labels = (_LABEL.match(v.resource) for one in evidence for v in one.violations)
    return max((label[0] for label in labels if label), key=len, default=root)


def _said(violation: Violation) -> str:
    """What was observed, beside what was expected; of a lost packet, why it was lost."""
    if violation.trace:
        return violation.trace[-1].partition("DROPPED ")[2] or violation.observed
    return (
        f"{violation.observed} (expected: {violation.expected})" if violation.expected else violation.observed
    )


def _requirements(tests: Iterable[TestResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for test in tests for name in test.requirements))


def _some(names: Sequence[str]) -> str:
    """Some names, so that the text stays short: two of them, and how many more."""
    if len(names) <= 3:  # noqa: PLR2004  # "and 1 more" would be no shorter
        return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    return f"{', '.join(names[:2])} and {len(names) - 2} more"
