"""How a test's data reaches the recorder: user properties, which survive pytest-xdist and appear in JUnit XML.

| property | value |
|---|---|
| `requirement` | one catalogue ID; written by the recorder from the marker |
| `violation` | JSON of `probes.model.conformance.verdict.Violation`, one property each |
| `waiver` | JSON of `reports.results.model.WaiverResult`, one for each waiver that covered a violation |
| `measurement` | JSON of `reports.results.model.Measurement` with its `kind`; one property each |
| `unobservable` | the reason, as text |
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from probes.model.conformance.verdict import Violation
from probes.model.untrusted_text import cleaned, shown
from reports.results.model import Measurement, WaiverResult

Form = TypeVar("Form")


class TestData(msgspec.Struct, frozen=True, kw_only=True):
    """What one test's properties say; `problems` names the ones that could not be read."""

    __test__ = False

    requirements: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    waivers: tuple[WaiverResult, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    reason: str = ""
    problems: tuple[str, ...] = ()


def read(properties: Iterable[Sequence[object]]) -> TestData:
    """The data in a report's user properties; other people's properties are left alone."""
    values: dict[str, list[str]] = {}
    for name, value in properties:
        values.setdefault(str(name), []).append(str(value))
    problems: list[str] = []
    return TestData(
        requirements=tuple(dict.fromkeys(values.get("requirement", ()))),
        violations=_decoded(values, "violation", Violation, problems),
        waivers=tuple(map(_used, _decoded(values, "waiver", WaiverResult, problems))),
        measurements=_decoded(values, "measurement", Measurement, problems),
        reason="; ".join(dict.fromkeys(map(shown, values.get("unobservable", ())))),
        problems=tuple(problems),
    )


def _decoded(
    values: dict[str, list[str]],
    name: str,
    form: type[Form] | Any,  # noqa: ANN401  # a union of structs is no type
    problems: list[str],
) -> tuple[Form, ...]:
    decoded: list[Form] = []
    for text in dict.fromkeys(values.get(name, ())):
        try:
            decoded.append(msgspec.convert(cleaned(msgspec.json.decode(text)), form, strict=False))
        except msgspec.DecodeError as error:
            problems.append(f"property {name!r} is unreadable: {error}")
    return tuple(decoded)


def _used(waiver: WaiverResult) -> WaiverResult:
    """A waiver that a test names was used, unless the test says otherwise."""
    return msgspec.structs.replace(waiver, status="used") if waiver.status == "not judged" else waiver
