"""Finds the resource behind the violations and unknowns of many tests."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from probes.model.conformance.verdict import Verdict, Violation
from probes.model.conformance.waivers import covered
from reports.causes.model import Cause, Evidence, Explained, Reason, RegionSet
from reports.causes.regions import Regions
from reports.results.model import Results, TestResult
from reports.results.words import plural

# A resource as the model labels it (`tgw-rtb-0a1 "main" (us-east-1)`), before what says more of it.
_LABEL = re.compile(r'(\S+)(?: "[^"]*")? \([a-z0-9-]+\)')
_CARRIER = re.compile(r"\b(?:tgw-attach|tgw|igw|nat|vpce)-[0-9a-f]{8,17}\b")
_PEERING = re.compile(r"peering (\S+) to (\S+)")

Key = str | RegionSet  # what decides: a resource, or the peering of two Regions


def explained(results: Results) -> Explained:
    """The causes of all nonconforming tests, and the reasons of those that could not decide."""
    regions = Regions(results)
    found: dict[Key, list[Evidence]] = {}
    for test in results.tests:
        if test.verdict is Verdict.NONCONFORMING and not test.known:
            for key, evidence in _evidence(test, regions):
                found.setdefault(key, []).append(evidence)
    roots = _roots(found, regions)
    unknown: dict[Key, list[TestResult]] = {}
    reasons: dict[str, list[TestResult]] = {}
    for test in results.tests:
        if test.verdict is Verdict.UNOBSERVABLE and not test.known:
            pair = regions.of_hosts(test.message)
            if pair in roots:
                unknown.setdefault(roots[pair], []).append(test)
            else:
                reasons.setdefault(test.message or "no reason given", []).append(test)
    causes = [
        _cause(root, {key: found[key] for key in found if roots[key] == root}, unknown.get(root, ()), regions)
        for root in dict.fromkeys(roots.values())
    ]
    return Explained(
        causes=tuple(sorted(causes, key=lambda cause: -len(cause.requirements))),
        reasons=tuple(Reason(text=text, tests=tuple(tests)) for text, tests in reasons.items()),
    )


def _evidence(test: TestResult, regions: Regions) -> Iterator[tuple[Key, Evidence]]:
    """The violations of a test that no waiver covers, by what decides."""
    by_key: dict[Key, list[Violation]] = {}
    for violation in _unwaived(test):
        by_key.setdefault(_key(violation.resource, regions), []).append(violation)
    for key, violations in by_key.items():
        yield key, Evidence(tests=(test,), violations=tuple(violations))


def _key(resource: str, regions: Regions) -> Key:
    """A labelled resource by its ID, a peering by its Regions, hosts by theirs."""
    if peering := _PEERING.fullmatch(resource):
        return frozenset(peering.groups())
    label = _LABEL.match(resource)
    return regions.of_hosts(resource) or (label[1] if label else resource)


def _unwaived(test: TestResult) -> Iterator[Violation]:
    used = [w for w in test.waivers if w.status == "used" and w.requirement in test.requirements]
    for violation in test.violations:
        if not any(covered(waiver.resource, violation.resource) for waiver in used):
            yield violation
    if not test.violations:
        yield Violation(resource=test.id, expected="", observed=test.message, hint="")


def _roots(found: Mapping[Key, Sequence[Evidence]], regions: Regions) -> dict[Key, Key]:
    """The cause of each key: its own, or that of a resource which it names or which lost its packets."""
    parents = {key: _parent(key, found, regions) for key in found}
    roots: dict[Key, Key] = {}
    for key in found:
        root, seen = key, {key}
        while (parent := parents[root]) is not None and parent not in seen:
            root = parent
            seen.add(root)
        roots[key] = root
    return roots


def _parent(key: Key, found: Mapping[Key, Sequence[Evidence]], regions: Regions) -> Key | None:
    if not isinstance(key, str):
        losers = (
            other for other, evidence in found.items() if other != key and key in _lost(evidence, regions)
        )
        return next(losers, None) if key in regions.silent and not _is_observed(found[key]) else None
    lost = _lost(found[key], regions)
    if len(lost) == 1 and lost <= found.keys() and _is_observed(found[min(lost)]):
        return min(lost)
    about = [v for one in found[key] if not one.is_symptom for v in one.violations]
    named = {c for v in about for c in _CARRIER.findall(f"{v.resource} {v.expected} {v.observed}")}
    return next((other for other in found if other != key and other in named), None)


def _lost(evidence: Sequence[Evidence], regions: Regions) -> set[RegionSet]:
    """The Regions between which packets were lost, by their traces."""
    between = {regions.of_packet(v.trace) for one in evidence for v in one.violations}
    return {pair for pair in between if len(pair) == 2}  # noqa: PLR2004  # two ends


def _is_observed(evidence: Sequence[Evidence]) -> bool:
    """The configuration says itself that the peering is not as it should be."""
    return any(_PEERING.fullmatch(v.resource) for one in evidence for v in one.violations)


def _cause(
    root: Key, parts: Mapping[Key, Sequence[Evidence]], unknown: Sequence[TestResult], regions: Regions
) -> Cause:
    ordered = [(key, one) for key, evidence in parts.items() for one in evidence]
    ordered.sort(key=lambda pair: (pair[1].is_symptom, pair[0] != root, pair[1].is_drawn))
    evidence = _by_requirements(one for _, one in ordered)
    subject, observed = _words(root, [one for key, one in ordered if key == root], regions)
    between = _lost(evidence, regions) | {key for key in parts if not isinstance(key, str)}
    return Cause(
        subject=subject,
        observed=observed,
        evidence=evidence,
        unknown=tuple(unknown),
        regions=frozenset(between),
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


def _words(root: Key, evidence: Sequence[Evidence], regions: Regions) -> tuple[str, str]:
    """What decides, and what is wrong with it."""
    first = evidence[0].violations[0]
    if isinstance(root, str):
        details = {v.resource for one in evidence for v in one.violations if not v.trace} or {first.resource}
        return min(details) if len(details) == 1 else _longest_label(root, evidence), _said(first)
    between = " – ".join(sorted(root))
    subject = f"peering {between}" if root in regions.peered else f"on the wire, {between}"
    if root in regions.silent:
        return subject, f"carries nothing: no ping of {plural(regions.silent[root], 'host pair')} is answered"
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
