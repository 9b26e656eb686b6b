"""The life of a lab: it comes up, tells the truth, and leaves nothing behind, however it ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from fixtures.lab.errors import LabError
from fixtures.lab.lab import Lab, down, is_up, up
from fixtures.lab.system import run_directory
from probes.model.errors import InputError
from suites.selftest.lab.machine import (
    lab_name,
    left_behind,
    left_in_the_end,
    pids_of,
    processes_of,
    running_lab,
)
from suites.selftest.lab.networks import documented_plan, documented_state

ROOT = Path(__file__).parents[3]
OWNER = """
import signal, sys
from fixtures.lab.lab import up
from suites.selftest.lab.networks import documented_plan
up(documented_plan(), sys.argv[1])
signal.pause()
"""


def lab_command(*words: str, name: str) -> list[str]:
    return [sys.executable, "-m", "fixtures.lab", words[0], "--name", name, *words[1:]]


def run(*words: str, name: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        lab_command(*words, name=name), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def wait_until_gone(pid: int) -> None:
    end_s = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end_s:
        time.sleep(0.01)


def wait_until_up(name: str) -> None:
    end_s = time.monotonic() + 30
    while not (run_directory.run_dir(name) / run_directory.SOCKET).exists() and time.monotonic() < end_s:
        time.sleep(0.02)


@contextmanager
def deaf_ear() -> Iterator[int]:
    """The writing end of a pipe that is full and that nobody reads."""
    ear, mouth = os.pipe()
    os.set_blocking(mouth, False)
    with suppress(BlockingIOError):
        while True:
            os.write(mouth, b".")
    os.set_blocking(mouth, True)
    yield mouth
    os.close(mouth)
    os.close(ear)


def test_lab_that_is_ended_leaves_nothing() -> None:
    name = lab_name("ended")
    with running_lab(documented_plan(), name) as lab:
        assert {host.condition for host in lab.status().hosts} == {"running"}
        assert processes_of(name) != []

    assert (left_behind(name), is_up(name)) == ([], False)


def test_lab_remembers_the_configuration_it_was_built_from() -> None:
    name = lab_name("remembering")
    try:
        assert up(documented_plan(), name, documented_state()).state() == documented_state()
    finally:
        down(name)
    with (
        running_lab(documented_plan(), name) as lab,
        pytest.raises(LabError, match="built from a plan alone"),
    ):
        lab.state()


def test_killed_lab_leaves_files_only_and_the_next_one_clears_them() -> None:
    name = lab_name("killed")
    first = up(documented_plan(), name)
    os.kill(first.pid, signal.SIGKILL)
    wait_until_gone(first.pid)

    assert (is_up(name), processes_of(name)) == (False, [])
    with running_lab(documented_plan(), name) as second:
        assert second.pid != first.pid
    assert left_behind(name) == []


def test_end_of_a_killed_lab_removes_its_files() -> None:
    name = lab_name("removed")
    lab = up(documented_plan(), name)
    os.kill(lab.pid, signal.SIGKILL)

    assert down(name)
    assert left_behind(name) == []


def test_files_of_a_killed_lab_are_removed_with_the_next_one_of_any_name() -> None:
    name = lab_name("forgotten")
    lab = up(documented_plan(), name)
    os.kill(lab.pid, signal.SIGKILL)
    wait_until_gone(lab.pid)
    assert left_behind(name) != []

    assert not down(lab_name("another"))

    assert left_behind(name) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
@pytest.mark.parametrize("after_s", [0.2, 0.4, 0.6, 0.8])
def test_start_that_is_killed_leaves_nothing(how: signal.Signals, after_s: float) -> None:
    name = lab_name("killed-start")
    with subprocess.Popen(
        lab_command("up", name=name), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as starting:
        time.sleep(after_s)
        starting.send_signal(how)
        said, _ = starting.communicate(timeout=30)

    if "is up after" in said:  # whoever was told of a lab has to end it
        down(name)
    left_in_the_end(name)
    run_directory.remove_dead()
    assert left_behind(name) == []


@pytest.mark.parametrize("after_s", [0.3, 0.6, 1.0])
def test_interrupted_start_leaves_nothing(after_s: float) -> None:
    name = lab_name("interrupted")
    with subprocess.Popen(
        lab_command("up", name=name), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as starting:
        time.sleep(after_s)
        starting.send_signal(signal.SIGINT)
        said = "".join(starting.communicate(timeout=30))

    was_up_already = "is up after" in said
    if was_up_already:
        down(name)
    assert left_in_the_end(name) == []
    assert was_up_already or starting.returncode != 0


def test_lab_that_nobody_was_told_of_ends() -> None:
    name = lab_name("untold")
    heeding = ["env", "--default-signal=INT"]  # a CI in the background may have left us deaf to Ctrl-C
    with (
        deaf_ear() as ear,
        subprocess.Popen(
            [*heeding, *lab_command("up", name=name)], cwd=ROOT, stdout=ear, stderr=subprocess.DEVNULL
        ) as starting,
    ):
        wait_until_up(name)
        time.sleep(0.5)  # by now it is about to say so
        assert Lab(name).status().fabric_running
        starting.send_signal(signal.SIGINT)

    assert (starting.returncode, left_in_the_end(name)) == (130, [])


def test_lab_ends_with_its_owner() -> None:
    name = lab_name("orphaned")
    with subprocess.Popen([sys.executable, "-c", OWNER, name], cwd=ROOT) as owner:
        wait_until_up(name)
        owner.kill()

    assert left_in_the_end(name) == []


def test_several_labs_stand_side_by_side() -> None:
    names = [lab_name("one"), lab_name("two")]
    with running_lab(documented_plan(), names[0]) as one, running_lab(documented_plan(), names[1]) as two:
        ping = ["ping", "-c", "1", "-W", "2", "10.66.74.10"]
        gpu = next(host.name for host in one.hosts if host.role == "gpu")

        assert [lab.exec(gpu, ping).returncode for lab in (one, two)] == [0, 0]
        assert down(names[0])
        assert two.exec(gpu, ping).returncode == 0


def test_taken_name_is_refused_and_the_lab_stays() -> None:
    name = lab_name("taken")
    with running_lab(documented_plan(), name) as lab:
        with pytest.raises(LabError, match="is up already"):
            up(documented_plan(), name)
        assert lab.status().fabric_running


def test_status_tells_the_truth() -> None:
    name = lab_name("truth")
    assert run("status", name=name).returncode == 1
    with running_lab(documented_plan(), name) as lab:
        healthy = run("status", name=name)
        (server,) = pids_of(f"{lab.run_dir}/hosts/{lab.hosts[0].name}/sshd_config")
        os.kill(server, signal.SIGKILL)
        wounded = run("status", name=name)

    assert (healthy.returncode, wounded.returncode) == (0, 1)
    assert "SSH SERVER GONE" in wounded.stdout


def test_question_to_a_lab_that_is_down_says_how_to_bring_it_up() -> None:
    name = lab_name("absent")

    answer = run("shell", "gpu", name=name)

    assert (answer.returncode, answer.stderr) == (
        1,
        f"lab: lab {name!r} is not up; `python -m fixtures.lab up --name {name}` brings it up\n",
    )
    assert not down(name)


def _writable_by_all(base: Path, _victim: Path) -> None:
    base.mkdir()
    base.chmod(0o777)


def _link_to_the_victim(base: Path, victim: Path) -> None:
    base.symlink_to(victim)


def _link_to_the_victim_inside(base: Path, victim: Path) -> None:
    base.mkdir(0o700)
    (base / "lab").symlink_to(victim)


@pytest.mark.parametrize("prepare", [_writable_by_all, _link_to_the_victim, _link_to_the_victim_inside])
@pytest.mark.parametrize("use", [run_directory.take, is_up, down, Lab], ids=lambda use: use.__name__)
def test_directory_that_somebody_else_prepared_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Path, Path], None],
    use: Callable[[str], object],
) -> None:
    victim = tmp_path / "victim"
    (victim / "lab").mkdir(parents=True)
    (victim / "lab" / run_directory.RECORD).write_text("untouched")
    prepare(tmp_path / "labs", victim)
    monkeypatch.setattr(run_directory, "base_dir", lambda: tmp_path / "labs")

    with pytest.raises(InputError, match=r"may be another user's|it is a link"):
        use("lab")
    assert (victim / "lab" / run_directory.RECORD).read_text() == "untouched"


def test_without_roots_privileges_the_lab_stands_in_a_user_namespace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = lab_name("rootless")
    nobody = ["unshare", "--user", "--map-user=65534", "--map-group=65534"] if os.geteuid() == 0 else []
    gpu = next(host.name for host in documented_plan().hosts if host.role == "gpu")
    lab = f"{sys.executable} -m fixtures.lab"
    command = (
        f"{lab} up --name {name} && trap '{lab} down --name {name}' EXIT && "
        f"{lab} shell --name {name} {gpu} -- ping -c 2 -i 0.2 10.66.74.10"
    )
    with tempfile.TemporaryDirectory(prefix="lab") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        done = subprocess.run(
            [*nobody, "bash", "-c", command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        left = list(Path(runtime).iterdir())

    assert "2 received" in done.stdout, done.stderr
    assert left == []


def test_plan_that_the_tools_refuse_leaves_nothing() -> None:
    name = lab_name("refused")
    plan = documented_plan()
    twin = plan.hosts[0]

    with pytest.raises(LabError, match="could not be built"):
        up(replace(plan, hosts=(*plan.hosts, twin)), name)
    assert left_behind(name) == []


def test_lab_object_needs_a_lab() -> None:
    with pytest.raises(LabError, match="is not up"):
        Lab(lab_name("nowhere"))
