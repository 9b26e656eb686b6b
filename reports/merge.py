"""Merge the results of several runs, such as the jobs of one CI matrix."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import chain
from typing import Any, TypeVar

import msgspec

from probes.model.errors import InputError
from reports.history.snapshot import subject
from reports.results.model import (
    Hosts,
    Judged,
    Measurement,
    Requirement,
    RequirementResult,
    Results,
    TestResult,
    WaiverResult,
    WaiverStatus,
)
from reports.results.verdicts import WORST_FIRST, by_kind, matrix, merged_measurements

Item = TypeVar("Item")
WAIVER_CERTAINTY: tuple[WaiverStatus, ...] = ("expired", "used", "stale", "not judged")


def merged(parts: Mapping[str, Results]) -> Results:
    """One result of several, by the name of each part.

    A test or measurement that several parts took on the same network counts once: the one with the worst
    verdict, with its own figures. On different networks each stays apart under its part's name. Raises
    InputError when there is nothing to merge or the parts were judged against different specs.
    """
    results = tuple(parts.values())
    if not results:
        raise InputError("nothing to merge")
    if len({(one.judged.spec, one.judged.spec_sha256) for one in results}) > 1:
        raise InputError(f"judged against different specs: {', '.join(parts)}")
    tests = _tests(parts)
    catalogue = {row.id: _entry(row) for one in results for row in one.requirements}
    return msgspec.structs.replace(
        min(results, key=lambda one: one.started_at),
        **_run(parts),
        **_contents(results),
        **_measurements(parts),
        tests=tests,
        requirements=matrix(tuple(catalogue.values()), tests),
    )


def _run(parts: Mapping[str, Results]) -> dict[str, Any]:
    """When the merged run was, and what it judged."""
    results = tuple(parts.values())
    judged = [one.judged for one in results]
    finished_at = max(one.finished_at for one in results)
    return {
        "run_id": sha256("".join(sorted(one.run_id for one in results)).encode()).hexdigest()[:32],
        "finished_at": finished_at,
        "duration_s": (finished_at - min(one.started_at for one in results)).total_seconds(),
        "interrupted": any(one.interrupted for one in results),
        "problems": tuple(f"{name}: {text}" for name, one in parts.items() for text in one.problems),
        "judged": _judged(judged),
        "merged_from": tuple(judged),
    }


def _contents(results: Sequence[Results]) -> dict[str, Any]:
    return {
        "waivers": _waivers(waiver for one in results for waiver in one.waivers),
        "lab": next((one.lab for one in results if one.lab), None),
        "sent": tuple(row for one in results for row in one.sent),
        "hosts": Hosts(
            known=max(one.hosts.known for one in results),
            measured=_distinct(one.hosts.measured for one in results),
        ),
        "deliveries": max((one.deliveries for one in results), key=lambda found: len(found.rows)),
        "topology": max((one.topology for one in results), key=lambda topology: len(topology.nodes)),
        **{
            name: _distinct(getattr(one, name) for one in results)
            for name in ("budgets", "lint", "gaps", "not_modelled")
        },
    }


def _measurements(parts: Mapping[str, Results]) -> dict[str, Any]:
    networks = {subject(one.judged) for one in parts.values() if one.latency or one.throughput}
    found: list[Measurement] = [
        m if len(networks) == 1 else msgspec.structs.replace(m, source=f"{part}: {m.source}")
        for part, one in parts.items()
        for m in one.measurements
    ]
    return by_kind(merged_measurements(found))


def _tests(parts: Mapping[str, Results]) -> tuple[TestResult, ...]:
    found: dict[str, list[tuple[str, TestResult]]] = {}
    for part, one in parts.items():
        for test in one.tests:
            found.setdefault(test.id, []).append((part, test))
    merged_tests: list[TestResult] = []
    for same in found.values():
        if len({subject(parts[part].judged) for part, _ in same}) == 1:
            merged_tests.append(min((test for _, test in same), key=lambda t: WORST_FIRST.index(t.verdict)))
        else:
            merged_tests += [
                msgspec.structs.replace(test, id=f"{part}: {test.id}", shard=part) for part, test in same
            ]
    return tuple(merged_tests)


def _entry(row: RequirementResult) -> Requirement:
    return Requirement(**{name: getattr(row, name) for name in Requirement.__struct_fields__})


def _judged(judged: Sequence[Judged]) -> Judged:
    return msgspec.structs.replace(
        judged[0],
        state="; ".join(dict.fromkeys(one.state for one in judged)),
        target="; ".join(dict.fromkeys(one.target for one in judged if one.target)),
        is_emulation=any(one.is_emulation for one in judged),
        is_example=any(one.is_example for one in judged),
        region_pairs=_distinct(one.region_pairs for one in judged),
        command=("python", "-m", "reports", "merge"),
    )


def _waivers(waivers: Iterable[WaiverResult]) -> tuple[WaiverResult, ...]:
    """Each waiver once; used anywhere, it is not stale."""
    found: dict[tuple[str, str], list[WaiverResult]] = {}
    for waiver in waivers:
        found.setdefault((waiver.requirement, waiver.resource), []).append(waiver)
    return tuple(min(same, key=lambda w: WAIVER_CERTAINTY.index(w.status)) for same in found.values())


def _distinct(lists: Iterable[Iterable[Item]]) -> tuple[Item, ...]:
    found: list[Item] = []
    for item in chain.from_iterable(lists):
        if item not in found:
            found.append(item)
    return tuple(found)
