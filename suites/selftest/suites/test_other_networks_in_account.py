"""What else an account holds changes no verdict: default VPCs, and a whole network of another team."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from fixtures.build import build_state
from fixtures.lab.system import codec
from probes.model.state import State, Subnet, Vpc
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import BUNDLED, CATALOGUE
from suites.selftest.suites.static_runs import Judged, judge

DEFAULT = IPv4Network("172.31.0.0/16")
NARROWED = {
    'table: "*"': 'table: "gpu-cluster-*"',
    "    cidr: 10.66.": '    find: {name: "vpc-{region}"}\n    cidr: 10.66.',
    "catalogue: gpu-cluster": f"catalogue: {CATALOGUE.with_suffix('').with_suffix('')}",
}
STAGING = {"gpu-cluster": "staging", "use1": "bue1", "use2": "bue2", "usw2": "buw2"}
ANOTHER_TEAM = STAGING | {"10.66.": "10.99."}


def written(path: Path, changes: dict[str, str]) -> Path:
    text = BUNDLED.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


class Ours(NamedTuple):
    """Our network in an account of its own."""

    spec: Path
    state: State
    judged: Judged


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Ours:
    scratch = tmp_path_factory.mktemp("ours")
    spec = written(scratch / "own.yaml", NARROWED)
    state = build_state(load_spec(spec))
    return Ours(spec, state, judged(spec, state, scratch))


def judged(spec: Path, state: State, scratch: Path) -> Judged:
    (scratch / "state").write_bytes(codec.encode(state))
    (scratch / "waivers.yaml").write_text("[]\n", encoding="utf-8")
    plugin = ("-p", "suites.selftest.suites.given_state", "--given-state", str(scratch / "state"))
    return judge(scratch, "--spec", str(spec), "--waivers", str(scratch / "waivers.yaml"), *plugin)


def assert_same(found: Judged, expected: Judged) -> None:
    assert {row.id: row.verdict for row in found.requirements.values()} == {
        row.id: row.verdict for row in expected.requirements.values()
    }, found.output
    assert found.violations == expected.violations
    assert expected.violations  # those of the document as it is


def test_default_vpcs_change_no_verdict(ours: Ours, tmp_path: Path) -> None:
    regions = ours.state.regions
    vpcs = tuple(Vpc(region=r, id=f"vpc-default-{r}", cidrs=(DEFAULT,)) for r in regions)
    subnets = tuple(
        Subnet(region=r, id=f"subnet-default-{r}", vpc_id=f"vpc-default-{r}", cidr=DEFAULT, az=f"{r}a")
        for r in regions
    )
    state = replace(ours.state, vpcs=(*vpcs, *ours.state.vpcs), subnets=(*subnets, *ours.state.subnets))

    assert_same(judged(ours.spec, state, tmp_path), ours.judged)


@pytest.mark.parametrize("first", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("changes", [ANOTHER_TEAM, STAGING], ids=["another team", "a copy with its CIDRs"])
def test_another_network_changes_no_verdict(
    ours: Ours, tmp_path: Path, changes: dict[str, str], *, first: bool
) -> None:
    other = build_state(load_spec(written(tmp_path / "other.yaml", changes)))

    assert_same(judged(ours.spec, beside(ours.state, other, first=first), tmp_path), ours.judged)


def beside(state: State, other: State, *, first: bool) -> State:
    """Both in one account; what both have, such as AWS's own prefix lists, once."""
    fields = {field: getattr(state, field) for field in State.__struct_fields__}
    collections = {field: items for field, items in fields.items() if items and hasattr(items[0], "id")}
    merged = {
        field: (items, tuple(_new(items, getattr(other, field)))) for field, items in collections.items()
    }
    return replace(
        state, **{field: (*new, *old) if first else (*old, *new) for field, (old, new) in merged.items()}
    )


def _new(items: tuple[Any, ...], others: tuple[Any, ...]) -> Iterator[Any]:
    known = {(item.region, item.id) for item in items}
    return (item for item in others if (item.region, item.id) not in known)
