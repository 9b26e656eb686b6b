"""
Raw answers become a dump whole or not at all.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from probes.model.errors import InputError
from probes.sources.aws import load_aws
from probes.sources.aws.collect import Collected
from probes.sources.aws.save import save

ACCOUNT, EAST = "123456789012", "us-east-1"
NOWHERE = "http://127.0.0.1:9"


def collected(**answers: Any) -> Collected:  # noqa: ANN401  # any JSON value
    return Collected(answers={(ACCOUNT, EAST): answers})


def test_an_answer_is_one_file_under_its_key(tmp_path: Path) -> None:
    save(collected(Vpcs=[{"VpcId": "vpc-1"}]), tmp_path / "saved")

    file = tmp_path / "saved" / ACCOUNT / EAST / "Vpcs.json"
    assert json.loads(file.read_text()) == {"Vpcs": [{"VpcId": "vpc-1"}]}


def test_an_existing_empty_folder_is_filled(tmp_path: Path) -> None:
    save(collected(Vpcs=[]), tmp_path)

    assert [path.name for path in tmp_path.rglob("*.json")] == ["Vpcs.json"]


def test_an_incomplete_answer_is_left_out(tmp_path: Path) -> None:
    answers = collected(Vpcs=[], Listeners=[])
    answers.spoil(ACCOUNT, EAST, "Listeners", "denied")

    save(answers, tmp_path / "saved")

    assert [path.name for path in tmp_path.rglob("*.json")] == ["Vpcs.json"]


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
