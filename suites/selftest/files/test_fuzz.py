"""Whatever a file holds, its reader gives a value or one message that names the file: never a foreign exception."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model.errors import InputError
from probes.model.untrusted_text import visible
from suites.selftest.files.damage import DAMAGES
from suites.selftest.files.readers import READERS, Reader
from suites.selftest.fuzzing import inputs

JSON_READERS = ("dump", "plan", "results")
CASES = [
    *[(reader, damage) for reader in READERS for damage in ("noise", "damaged bytes")],
    *[(reader, "damaged values") for reader in JSON_READERS],
    ("dump", "responses"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def refusal_of(reader: Reader, path: Path) -> str | None:
    try:
        reader.read(path)
    except InputError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name, damage", CASES, ids=["-".join(case).replace(" ", "-") for case in CASES])
def test_any_content_is_read_or_refused_by_name(name: str, damage: str, folder: Path) -> None:
    reader = READERS[name]
    seeds = reader.seeds()
    path = folder / name / "us-east-1" / reader.file_name
    path.parent.mkdir(parents=True, exist_ok=True)

    @inputs()
    @given(st.integers(min_value=0, max_value=1 << 64))
    def read(seed: int) -> None:
        path.write_bytes(DAMAGES[damage](Random(seed), seeds))  # noqa: S311  # test inputs, no keys
        refusal = refusal_of(reader, path)
        assert refusal is None or (str(path.parent) in refusal and refusal == visible(refusal))

    read()


@pytest.mark.parametrize("name", READERS)
def test_the_seeds_of_the_campaign_are_valid(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    (tmp_path / "us-east-1").mkdir()
    for content in reader.seeds():
        path = tmp_path / "us-east-1" / reader.file_name
        path.write_bytes(content)
        reader.read(path)
