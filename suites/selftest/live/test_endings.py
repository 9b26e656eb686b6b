"""Whatever ends a run, wherever it is at that moment, no rule stays open, no process runs on, no folder stays."""

import os
import random
import signal
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from suites.selftest.live.ended_run import (
    EndedRun,
    Ending,
    started,
    to_group,
    to_process,
    to_workers,
    twice,
)
from suites.selftest.live.gated_ec2 import AUTHORISE, REVOKE
from suites.selftest.live.scene import Scene

INT, TERM, HUP, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL
WAYS = {
    "pytest": ("pytest",),
    "workers": ("pytest", "-n2"),
    "reports run": ("reports", "run"),
    "reports run, workers": ("reports", "run", "-n2"),
}
ENDINGS: dict[str, Ending] = {
    "ctrl-c": to_group(INT),
    "ctrl-c twice": twice(to_group(INT)),
    "INT": to_process(INT),
    "TERM": to_process(TERM),
    "HUP": to_process(HUP),
    "TERM to the group": to_group(TERM),
    "HUP to the group": to_group(HUP),
    "lost login": EndedRun.hang_up,
    "TERM to workers": to_workers(TERM),
    "HUP to workers": to_workers(HUP),
    "KILL": to_process(KILL),
}


class Moment(NamedTuple):
    """When the run is told to end: what is set up for that, what is waited for, and what happens then."""

    prepare: Callable[[Scene], None]
    wait: Callable[[Scene], bool]
    follow: Callable[[Scene], None] = lambda _: None


def revoking(scene: Scene, *, throttled: int = 0) -> None:
    """The test is over soon, and revoking its rule takes long, or is refused at first."""
    scene.hosts.take(test_s=0, lingering_s=0)
    scene.ec2.throttled[REVOKE] = throttled
    scene.ec2.hold(REVOKE)


def answer_late(scene: Scene) -> None:
    """EC2 answers after a while."""
    time.sleep(1)
    scene.ec2.release()


def asked(scene: Scene) -> bool:
    """Whether EC2 was asked, after a while."""
    return scene.ec2.wait_until_asked()


def after_a_second(_: Scene) -> bool:
    """Before anything is measured."""
    time.sleep(1)
    return True


MOMENTS = {
    "starting": Moment(lambda _: None, after_a_second),
    "opening": Moment(lambda scene: scene.ec2.hold(AUTHORISE), asked, answer_late),
    "open": Moment(lambda _: None, Scene.has_a_rule),
    "revoking": Moment(revoking, asked, answer_late),
    "throttled": Moment(partial(revoking, throttled=4), asked, answer_late),
}
ALWAYS = (
    ("pytest", "ctrl-c", "open"),
    ("pytest", "ctrl-c twice", "throttled"),
    ("pytest", "lost login", "open"),
    ("pytest", "TERM to the group", "opening"),
    ("workers", "ctrl-c", "open"),
    ("workers", "TERM", "open"),
    ("workers", "HUP to workers", "open"),
    ("workers", "KILL", "open"),
    ("reports run", "ctrl-c", "open"),
    ("reports run", "TERM", "revoking"),
    ("reports run", "KILL", "open"),
    ("reports run, workers", "HUP", "open"),
)


def cases() -> list[tuple[str, str, str]]:
    """What is tried: everything that may not leave a rule open, in a new order, when the suite is attacked."""
    if os.environ.get("HYPOTHESIS_PROFILE") != "attack":
        return list(ALWAYS)
    every = [
        (way, ending, moment)
        for way, ending, moment in product(WAYS, ENDINGS, MOMENTS)
        if ("workers" in way or "workers" not in ending) and (way, ending) != ("pytest", "KILL")
    ]
    random.shuffle(every)
    return every


@pytest.mark.parametrize("way, ending, moment", cases())
def test_nothing_is_left_whatever_ends_a_run(
    scene: Scene, tmp_path: Path, way: str, ending: str, moment: str
) -> None:
    when = MOMENTS[moment]
    when.prepare(scene)
    with started(tmp_path, scene.command(*WAYS[way], out=tmp_path / "out")) as run:
        assert when.wait(scene), run.output()
        ENDINGS[ending](run)
        when.follow(scene)
        code = run.wait()
        left = run.left()

        assert scene.ec2.open_rules() == [], run.output()
        assert left == [] or (ending == "KILL" and "process" not in " ".join(left)), run.output()
        assert code != 0
        if moment != "starting":  # while Python still imports pytest, Ctrl-C is Python's own
            assert "Traceback" not in run.output(), run.output()


def test_next_run_clears_what_a_killed_one_left(scene: Scene, tmp_path: Path) -> None:
    with started(tmp_path, scene.command("pytest", out=tmp_path / "out")) as run:
        assert scene.has_a_rule(), run.output()
        run.process.kill()
        run.wait()
        assert len(run.left()) == 1
    (rule,) = scene.ec2.open_rules()
    scene.hosts.take(test_s=0, lingering_s=0)
    with started(tmp_path, scene.command("pytest", out=tmp_path / "out")) as run:
        run.wait()

        assert scene.ec2.open_rules() == [], f"{rule} {run.output()}"
        assert run.left() == []
