"""An archive is written once, removed from only by age, and reaches nothing that it did not write."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from probes.model.errors import InputError
from reports.__main__ import main
from reports.archive import archive, run_name
from reports.archive.local import expire
from reports.publish import publish
from suites.selftest.reports.sample import sample_results
from suites.selftest.reports.test_command import PROJECT

S3Client = Any  # the stubs of boto3 that are installed have no types of services
NAME = "conformance-20260301T060101Z-111111111111"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A folder with the reports of a run."""
    publish(sample_results(), tmp_path / "report")
    (tmp_path / "report/junit.xml").write_text("<testsuites/>")
    return tmp_path / "report"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """S3 with a bucket that locks its objects."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="kept", ObjectLockEnabledForBucket=True)
        yield client


def test_each_run_is_kept_in_a_folder_of_its_own(report: Path, tmp_path: Path) -> None:
    kept = Path(archive(sample_results(), report, str(tmp_path / "archive")))

    assert kept.name == NAME
    assert {file.name for file in kept.iterdir()} == {"results.json", "report.html", "junit.xml"}
    assert (kept / "results.json").read_bytes() == (report / "results.json").read_bytes()
    assert [path.name for path in (tmp_path / "archive").iterdir()] == [NAME]


def test_run_in_a_folder_is_never_overwritten(report: Path, tmp_path: Path) -> None:
    kept = Path(archive(sample_results(), report, str(tmp_path / "archive")))
    (report / "results.json").write_text("{}")

    with pytest.raises(InputError, match="is there already, and was not overwritten"):
        archive(sample_results(), report, str(tmp_path / "archive"))
    assert (kept / "results.json").stat().st_size > 2
    assert [path.name for path in (tmp_path / "archive").iterdir()] == [NAME]


def test_run_in_s3_is_written_once_with_a_checksum(report: Path, s3: S3Client) -> None:
    assert archive(sample_results(), report, "s3://kept/net/work/") == f"s3://kept/net/work/{NAME}"

    keys = [found["Key"] for found in s3.list_objects_v2(Bucket="kept")["Contents"]]
    assert keys == [f"net/work/{NAME}/{file}" for file in ("junit.xml", "report.html", "results.json")]
    stored = s3.get_object(Bucket="kept", Key=keys[2], ChecksumMode="ENABLED")
    assert stored["Body"].read() == (report / "results.json").read_bytes()
    assert stored["ChecksumSHA256"]
    assert stored["ContentType"] == "application/json"


def test_run_in_s3_is_never_overwritten(report: Path, s3: S3Client) -> None:
    archive(sample_results(), report, "s3://kept")
    with pytest.raises(InputError, match=f"s3://kept/{NAME}: is there already, and was not overwritten"):
        archive(sample_results(), report, "s3://kept")

    versions = s3.list_object_versions(Bucket="kept")["Versions"]
    assert len(versions) == 3


@pytest.mark.parametrize(
    "place, message", [("s3://missing", "NoSuchBucket"), ("s3://", "expected s3://bucket")]
)
@pytest.mark.usefixtures("s3")
def test_archive_that_cannot_be_written_is_named(report: Path, place: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        archive(sample_results(), report, place)


def kept_run(folder: Path, *, days: int) -> Path:
    """The folder of a run that ended some days ago."""
    run = folder / run_name(NOW - timedelta(days=days), "a" * 32)
    run.mkdir(parents=True)
    (run / "results.json").write_text("{}")
    return run


def test_retention_removes_old_runs_and_no_others(tmp_path: Path) -> None:
    old, young = kept_run(tmp_path, days=91), kept_run(tmp_path, days=89)

    assert expire(tmp_path, NOW - timedelta(days=90)) == (old.name,)
    assert not old.exists()
    assert young.exists()


def test_retention_reaches_nothing_that_the_archive_did_not_write(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    elsewhere = kept_run(tmp_path / "elsewhere", days=500)
    link = folder / run_name(NOW - timedelta(days=400), "b" * 32)
    folder.mkdir()
    link.symlink_to(elsewhere)
    foreign = folder / "conformance-of-mine"
    foreign.mkdir()
    (foreign / "results.json").write_text("{}")
    mixed = kept_run(folder, days=300)
    (mixed / "notes.txt").write_text("mine")
    linked = kept_run(folder, days=200)
    (linked / "report.html").symlink_to(elsewhere / "results.json")
    undated = folder / "conformance-20269999T999999Z-aaaaaaaaaaaa"
    undated.mkdir()

    assert expire(folder, NOW - timedelta(days=90)) == (linked.name,)
    assert (elsewhere / "results.json").exists()
    assert link.is_symlink()
    assert (foreign / "results.json").exists()
    assert (mixed / "notes.txt").exists()
    assert undated.exists()


@pytest.fixture
def project(tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one conforming test, as the working directory."""
    for name, text in PROJECT.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:cacheprovider")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_scheduled_run_is_archived_and_old_ones_are_removed(project: Path) -> None:
    old = kept_run(project / "archive", days=0)

    options = ["--report", "out", "--archive", "archive", "--retention-days", "2"]
    assert main(["run", *options, "test_one.py"]) == 0
    (kept,) = (project / "archive").iterdir()
    assert {file.name for file in kept.iterdir()} == {"results.json", "report.html", "junit.xml"}
    assert kept.name > old.name


def test_run_that_cannot_be_archived_does_not_pass(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "archive").write_text("a file")

    assert main(["run", "--report", "out", "--archive", "archive", "test_one.py"]) == 2
    assert "error: archive archive" in capsys.readouterr().err
    assert (project / "out/results.json").exists()
