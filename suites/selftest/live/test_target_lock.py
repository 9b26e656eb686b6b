"""Two live runs on one target never measure at once."""

import os
import threading
from pathlib import Path

import pytest

from fixtures.live import target_lock
from fixtures.live.target_lock import TargetInUseError, claim, release, share
from probes.model.errors import InputError
from reports.results.files import read_results
from suites.selftest.live.ended_run import started
from suites.selftest.live.scene import Scene

ONE, OTHER, THIRD = (f"host 10.66.10.{n} of us-east-1" for n in (10, 11, 12))


@pytest.fixture
def claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory for claims, which is not there yet."""
    monkeypatch.setattr(target_lock, "claims_directory", lambda: tmp_path / "claims")
    return tmp_path / "claims"


def refused(*targets: str) -> str:
    """Why the targets cannot be claimed now."""
    with pytest.raises(TargetInUseError) as caught:
        claim(frozenset(targets), 0, pytest.fail)
    return str(caught.value)


@pytest.mark.usefixtures("claims")
def test_claimed_target_is_refused_and_its_run_named() -> None:
    held = claim(frozenset({ONE, OTHER}), 0, pytest.fail)

    who = f"process {os.getpid()} of user "
    assert refused(OTHER, THIRD).startswith(f"{OTHER} is being measured by another run ({who}")
    assert "--wait SECONDS (now 0)" in refused(ONE)
    release(claim(frozenset({THIRD}), 0, pytest.fail))
    release(held)
    release(claim(frozenset({ONE}), 0, pytest.fail))


def test_claim_of_a_run_that_was_killed_blocks_nobody(claims: Path) -> None:
    held = claim(frozenset({ONE}), 0, pytest.fail)
    os.close(held.fd)  # as the kernel does

    release(claim(frozenset({ONE}), 0, pytest.fail))
    assert list(claims.iterdir()) == []


@pytest.mark.usefixtures("claims")
def test_claim_lives_as_long_as_any_process_of_its_run() -> None:
    held = claim(frozenset({ONE}), 0, pytest.fail)
    worker = share(held.path)
    os.close(held.fd)

    assert ONE in refused(ONE)
    os.close(worker)
    release(claim(frozenset({ONE}), 0, pytest.fail))


@pytest.mark.usefixtures("claims")
def test_second_run_waits_and_says_once_for_whom() -> None:
    held = claim(frozenset({ONE}), 0, pytest.fail)
    told: list[str] = []
    timer = threading.Timer(1.5, release, [held])
    timer.start()
    release(claim(frozenset({ONE}), 60, told.append))
    timer.join()

    (line,) = told
    assert line.startswith(
        f"waiting up to 60 s for another run that measures {ONE}: process {os.getpid()} of "
    )


def test_directory_of_claims_that_others_can_control_is_refused(claims: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    claims.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InputError, match="it is a link"):
        claim(frozenset({ONE}), 0, pytest.fail)


def test_second_run_measures_after_the_first_or_not_at_all(scene: Scene, tmp_path: Path) -> None:
    scene.hosts.take(test_s=4, lingering_s=0)
    folders = [tmp_path / name for name in ("first", "second", "third")]
    for folder in folders:
        folder.mkdir()
    with started(folders[0], scene.command("pytest", out=folders[0] / "out")) as first:
        assert scene.has_a_rule(), first.output()
        with started(folders[1], scene.command("pytest", "--wait=0", out=folders[1] / "out")) as second:
            assert second.wait() == pytest.ExitCode.USAGE_ERROR
            assert (
                f"is being measured by another run (process {first.process.pid} of user " in second.output()
            )
        with started(folders[2], scene.command("pytest", "-n2", out=folders[2] / "out")) as third:
            first.wait()
            assert not (folders[2] / "out/results.json").exists()
            third.wait()
            assert "waiting up to 600 s for another run that measures " in third.output()
    verdicts = [
        {row.id: row.verdict for row in read_results(folder / "out/results.json").requirements}
        for folder in (folders[0], folders[2])
    ]
    assert verdicts[0] == verdicts[1]
