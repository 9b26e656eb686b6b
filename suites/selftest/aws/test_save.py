"""Raw answers become a dump whole or not at all."""

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.build.describe import raw_responses
from probes.model.errors import InputError
from probes.model.state import State
from probes.sources.aws import load_aws
from probes.sources.aws.collect import Collected
from probes.sources.aws.merge import merged
from probes.sources.aws.save import save
from probes.sources.describe import typed_to_state
from probes.sources.dump import load_dump
from suites.selftest.state.random_networks import networks

ACCOUNT, EAST = "123456789012", "us-east-1"
NOWHERE = "http://127.0.0.1:9"


def collected(**answers: Any) -> Collected:  # noqa: ANN401  # any JSON value
    return Collected(responses={(ACCOUNT, EAST): answers})


def test_an_answer_is_one_file_under_its_key(tmp_path: Path) -> None:
    save(collected(Vpcs=[{"VpcId": "vpc-1"}]), tmp_path / "saved")

    file = tmp_path / "saved" / ACCOUNT / EAST / "Vpcs.json"
    assert json.loads(file.read_text()) == {"Vpcs": [{"VpcId": "vpc-1"}]}


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_only_this_user_may_read_what_is_saved(tmp_path: Path, umask: int) -> None:
    previous = os.umask(umask)
    try:
        save(collected(Vpcs=[]), tmp_path / "saved")
    finally:
        os.umask(previous)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "saved").rglob("*") if path.is_dir()}
    assert modes | {stat.S_IMODE((tmp_path / "saved").stat().st_mode)} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*.json")} == {0o600}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "saved").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InputError, match="is a link; name the folder itself"):
        load_aws([EAST], endpoint_url=NOWHERE, save_to=tmp_path / "saved")


def test_an_existing_empty_folder_is_filled(tmp_path: Path) -> None:
    save(collected(Vpcs=[]), tmp_path)

    assert [path.name for path in tmp_path.rglob("*.json")] == ["Vpcs.json"]


def test_what_an_answer_lacks_stands_beside_it(tmp_path: Path) -> None:
    answers = collected(Vpcs=[], Listeners=[])
    for key in ("Listeners", "NetworkAcls"):
        answers.spoil((ACCOUNT, EAST), key, f"{key} denied")

    save(answers, tmp_path / "saved")

    assert {path.name: json.loads(path.read_text()) for path in tmp_path.rglob("*.json")} == {
        "Vpcs.json": {"Vpcs": []},
        "Listeners.json": {
            "Listeners": [],
            "Unobserved": [{"Answer": "Listeners", "Reason": "Listeners denied"}],
        },
        "NetworkAcls.json": {"Unobserved": [{"Answer": "NetworkAcls", "Reason": "NetworkAcls denied"}]},
    }


@settings(max_examples=50)
@given(network=networks(), data=st.data())
def test_saved_answers_read_back_with_every_reason(network: State, data: st.DataObject) -> None:
    answers = {(ACCOUNT, region): found for region, found in raw_responses(network).items()}
    observed = Collected(responses=answers)
    for place, found in answers.items():
        _deny_some(observed, place, found, data)

    with tempfile.TemporaryDirectory() as folder:
        state = typed_to_state(merged(observed), missing=observed.missing_responses())
        save(observed, Path(folder) / "saved")
        dumped = load_dump(Path(folder) / "saved")

    assert msgspec.structs.replace(dumped, source="") == state


def _deny_some(
    observed: Collected, place: tuple[str, str], found: dict[str, list[Any]], data: st.DataObject
) -> None:
    """Some answers denied as a whole, some in part."""
    for key in data.draw(st.sets(st.sampled_from(sorted(found)), max_size=5)):
        observed.spoil(place, key, data.draw(st.sampled_from(["denied", "throttled"])))
        if data.draw(st.booleans()):
            del found[key]
        else:
            del found[key][1:]


def test_secrets_are_left_out_at_any_depth(tmp_path: Path) -> None:
    vpn = {"Options": [{"PreSharedKey": "hunter2", "TunnelInsideCidr": "169.254.0.0/30"}]}
    tagged = {"UserData": "hunter2", "Tags": [{"Key": "Password", "Value": "kept: the owner shows it"}]}

    save(collected(Reservations=[vpn, tagged]), tmp_path / "saved")

    (file,) = tmp_path.rglob("*.json")
    assert json.loads(file.read_text()) == {
        "Reservations": [
            {"Options": [{"TunnelInsideCidr": "169.254.0.0/30"}]},
            {"Tags": [{"Key": "Password", "Value": "kept: the owner shows it"}]},
        ]
    }


def test_an_interrupt_while_writing_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: object, **_more: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(msgspec.json, "format", interrupted)

    with pytest.raises(KeyboardInterrupt):
        save(collected(Vpcs=[]), tmp_path / "saved")

    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "Vpcs.json").write_text("{}")

    with pytest.raises(InputError, match="exists already; name a new or an empty folder"):
        load_aws([EAST], endpoint_url=NOWHERE, save_to=tmp_path)


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere is not a folder"):
        load_aws([EAST], endpoint_url=NOWHERE, save_to=tmp_path / "nowhere" / "saved")


KILLED_WHILE_WRITING = """
import os, sys
from pathlib import Path
import msgspec
from probes.sources.aws.collect import Collected
from probes.sources.aws.save import save
msgspec.json.format = lambda *_, **__: os.kill(os.getpid(), 9)
save(Collected(responses={("123456789012", "us-east-1"): {"Vpcs": []}}), Path(sys.argv[1]))
"""


def test_what_a_killed_run_left_is_no_dump_and_the_next_run_removes_it(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, tmp_path / "saved"], check=False)
    left = [path.name for path in tmp_path.iterdir()]
    (tmp_path / ".saved.of-somebody-else").mkdir()
    save(collected(Vpcs=[]), tmp_path / "saved")

    assert killed.returncode == -signal.SIGKILL
    assert [name.startswith(".saved.partial-") for name in left] == [True]
    assert {path.name for path in tmp_path.iterdir()} == {"saved", ".saved.of-somebody-else"}
