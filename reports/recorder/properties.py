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
from reports.results.model import Measurement, WaiverResult
from reports.results.sanitise import may_hold_secrets, without_secrets

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
        reason="; ".join(dict.fromkeys(map(without_secrets, values.get("unobservable", ())))),
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
            decoded.append(_typed(text, form))
        except msgspec.DecodeError as error:
            problems.append(f"property {name!r} is unreadable: {error}")
    return tuple(decoded)


def _typed(text: str, form: type[Form] | Any) -> Form:  # noqa: ANN401  # as above
    if "\\" in text or may_hold_secrets(text):
        return msgspec.convert(_clean(msgspec.json.decode(text)), form, strict=False)
    return msgspec.json.decode(text, type=form, strict=False)


def _clean(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items()}
    return value


def _used(waiver: WaiverResult) -> WaiverResult:
    """A waiver that a test names was used, unless the test says otherwise."""
    return msgspec.structs.replace(waiver, status="used") if waiver.status == "not judged" else waiver
