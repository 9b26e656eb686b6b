import json
from pathlib import Path

import msgspec
import pytest

from fixtures.build import build_state
from fixtures.build.describe import GLOBAL_RESPONSE_OF_KIND, RESPONSE_OF_KIND, write_dump
from probes.model.spec import Spec
from probes.sources.documents.spec import load_spec
from probes.sources.dump import load_dump
from suites.selftest.dump.botocore_shapes import deviations
from suites.selftest.state.canonical import kinds

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
BUNDLED = FIXTURES / "states" / "gpu-cluster"


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(FIXTURES / "specs" / "gpu-cluster.yaml")


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def label(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def test_the_bundled_dump_is_what_spec_and_builder_say(spec: Spec, tmp_path: Path) -> None:
    write_dump(build_state(spec), tmp_path)

    assert contents(BUNDLED) == contents(tmp_path), "run: python -m fixtures.build"


def test_the_bundled_dump_reads_back_as_what_was_built(spec: Spec) -> None:
    built = build_state(spec)

    read = load_dump(BUNDLED)

    assert msgspec.structs.replace(read, source=built.source) == built


def test_every_collection_is_written() -> None:
    special = {"tgw_attachments"}

    assert set(kinds()) == {*RESPONSE_OF_KIND, *GLOBAL_RESPONSE_OF_KIND, *special}


@pytest.mark.parametrize("path", sorted(BUNDLED.rglob("*.json")), ids=label)
def test_a_bundled_file_is_as_botocore_describes_the_answer(path: Path) -> None:
    answer = json.loads(path.read_bytes())

    assert [line for key, items in answer.items() for line in deviations(key, items)] == []


@pytest.mark.parametrize(
    "key, item",
    [
        ("Vpcs", {"VpcID": "vpc-1"}),
        ("Subnets", {"CidrBlock": 5}),
        ("TransitGatewayRoutes", {"TransitGatewayRouteTableId": "t", "Routes": [{"Destination": "x"}]}),
        ("TransitGatewayRoutes", {"RouteTable": "t", "Routes": []}),
        ("Tables", {"Name": "t"}),
    ],
    ids=["misspelt", "wrong type", "misspelt in a wrapper", "unknown wrapper field", "misspelt in a table"],
)
def test_a_deviating_answer_would_be_noticed(key: str, item: dict[str, object]) -> None:
    assert deviations(key, [item]) != []
