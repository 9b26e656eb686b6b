"""A field that the source does not know makes no requirement fail, and none pass that failed."""

import os
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from fixtures.build import build_state
from fixtures.lab.system import codec
from probes.model.conformance.verdict import Verdict
from probes.model.errors import UnobservableError
from probes.model.state import Gap, Resource, State, TgwAttachment
from probes.model.state.collection import Collection
from suites.selftest.suites.static_runs import Judged
from suites.selftest.suites.working_network import WORKING, judge_working

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
REGION = "us-east-2"
IDENTITY = ("region", "id", "tags")
EVERY = 1 if NIGHTLY else 6
PLAIN: dict[object, object] = {str: "", bool: False, int: 0, float: 0.0}


class Unknown(NamedTuple):
    """A field of one kind of resource, and the value that a source puts where it does not know it."""

    kind: str
    field: str
    value: object


def unknown_fields() -> Iterator[Unknown]:
    for kind, hint in get_type_hints(State).items():
        resource = get_args(hint)[0] if get_origin(hint) is tuple else None
        if isinstance(resource, type) and issubclass(resource, Resource):
            for field, wanted in get_type_hints(resource).items():
                if field in resource.__struct_fields__ and field not in IDENTITY:
                    yield Unknown(kind, field, empty(wanted))


def empty(hint: Any) -> object:  # noqa: ANN401  # any type hint
    origin, options = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if type(None) in options else empty(options[0])
    if origin is Literal:
        return options[0]
    return PLAIN[hint] if hint in PLAIN else origin()


def not_known(state: State, unknown: Unknown) -> State:
    def changed(item: Any) -> Any:  # noqa: ANN401  # a resource of any kind
        here = item.region == REGION
        return msgspec.structs.replace(item, **{unknown.field: unknown.value}) if here else item

    items = getattr(state, unknown.kind)
    gaps = tuple(
        Gap(kind=unknown.kind, region=REGION, resource=item.id, field=unknown.field, reason="not said")
        for item in items
        if item.region == REGION
    )
    return msgspec.structs.replace(
        state, gaps=state.gaps + gaps, **{unknown.kind: tuple(map(changed, items))}
    )


@pytest.fixture(scope="module")
def working() -> State:
    return build_state(WORKING)


def judged(state: State, scratch: Path) -> Judged:
    (scratch / "state").write_bytes(codec.encode(state))
    return judge_working(
        scratch, "-p", "suites.selftest.suites.given_state", "--given-state", str(scratch / "state")
    )


@pytest.fixture(scope="module")
def known(working: State, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    found = judged(working, tmp_path_factory.mktemp("known"))
    assert {"PEER-05", "HA-07", "RTB-12", "TEST-01", "TEST-03", "VPCE-04"} <= found.those(Verdict.CONFORMS), (
        found.output
    )
    return found


@pytest.mark.parametrize(
    "unknown",
    [pytest.param(u, id=f"{u.kind}.{u.field}") for u in sorted(unknown_fields())[::EVERY]],
)
def test_a_field_that_is_not_known_decides_nothing(
    working: State, known: Judged, unknown: Unknown, tmp_path: Path
) -> None:
    found = judged(not_known(working, unknown), tmp_path)

    assert found.those(Verdict.NONCONFORMING) <= known.those(Verdict.NONCONFORMING)
    assert not found.those(Verdict.CONFORMS) & known.those(Verdict.NONCONFORMING)


def test_a_resource_of_a_collection_says_why_a_field_is_not_known(working: State) -> None:
    state = not_known(working, Unknown("tgw_attachments", "subnet_ids", ()))
    seen: Collection[TgwAttachment] = Collection(state, "tgw_attachments")
    attachment = next(a for a in seen.in_region(REGION) if a.resource_type == "vpc")

    with pytest.raises(UnobservableError, match=r"att-use2.*: subnet_ids not observed: not said"):
        attachment.subnet_ids  # noqa: B018  # reading is what fails
    assert attachment.state == "available"
    assert any(a.subnet_ids for a in seen.in_region("us-east-1"))
