"""`make attack`: tries to break the suite for a bounded time, and prints what was tried, how often, what was left.

Every campaign runs selftests with new random inputs, again and again until its share of the time is used up, or
with `--night` whole, as often as a night does. The exit code is 1 if anything was left.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from suites.selftest.attack.campaigns import CAMPAIGNS, Campaign
from suites.selftest.attack.counting import Count, over

ROOT = Path(__file__).resolve().parents[3]
MINUTES = 10.0
_END_S = 60.0
_NIGHT_S = 4 * 3600.0
_FIRST_S = 240.0
"""How much longer a campaign may take that has not ended its first test, as a lab without CPU time."""
_OK, _FAILED, _INTERRUPTED = 0, 1, 2  # pytest's
_STARTING = -signal.SIGINT  # a Python that Ctrl-C met before pytest ran
_SHOWN = 20_000


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one campaign did. `left` counts tests that failed; `problem` says why it did not end as it should.

    `readers` are the tests that drew inputs, where there are several.
    """

    attempts: int
    left: int
    problem: str = ""
    readers: tuple[Count, ...] = ()


def main() -> int:
    """Run the campaigns that were asked for, all of them by default."""
    options = _options()
    chosen = [c for c in CAMPAIGNS if not options.only or any(word in c.attacked for word in options.only)]
    if not chosen:
        print(f"no campaign is called like that; known are {', '.join(c.attacked for c in CAMPAIGNS)}")
        return 2
    print("| attacked | tried | left |\n|---|---:|---:|", flush=True)
    total = sum(campaign.share for campaign in chosen)
    seconds = options.minutes * 60
    outcomes = [
        run(campaign, None if options.night else seconds * campaign.share / total) for campaign in chosen
    ]
    print(f"| together | {sum(o.attempts for o in outcomes):,} | {sum(o.left for o in outcomes)} |")
    return int(any(outcome.left or outcome.problem for outcome in outcomes))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.attack", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=MINUTES, help="how long in all (10)")
    length.add_argument("--night", action="store_true", help="everything whole: a million inputs, some hours")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="WORDS", help="campaigns whose name has these"
    )
    return parser.parse_args()


def run(campaign: Campaign, seconds: float | None) -> Outcome:
    """Repeat a campaign for this long, or as often as a night does; print its rows, and say what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder, "counts")
        problem = _at_night(campaign, counts) if seconds is None else _repeated(campaign, counts, seconds)
        outcome = _outcome(counts, problem)
    print(
        f"| {campaign.attacked} | {outcome.attempts:,} | {outcome.left or outcome.problem or 0} |", flush=True
    )
    for reader in outcome.readers:
        print(f"| — {reader.test} | {reader.attempts:,} | {int(reader.failed)} |", flush=True)
    return outcome


def _repeated(campaign: Campaign, counts: Path, seconds: float) -> str:
    end_s = time.monotonic() + seconds
    problem = _once(campaign, counts, seconds)
    while not problem and time.monotonic() < end_s:
        problem = _once(campaign, counts, end_s - time.monotonic())
    return problem


def _at_night(campaign: Campaign, counts: Path) -> str:
    for _ in range(campaign.nightly):
        if problem := _once(campaign, counts, _NIGHT_S, profile="nightly"):
            return problem
    return ""


def _once(campaign: Campaign, counts: Path, seconds: float, profile: str = "attack") -> str:
    """One pytest session, interrupted when the time is over; what kept it from ending well, or nothing."""
    command = [sys.executable, "-m", "pytest", *campaign.selection, "-q", "--report", "none"]
    plugins = ["-p", "suites.selftest.attack.counting", "-p", "no:cacheprovider"]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": profile, "ATTACK_COUNTS": str(counts)}
    session = subprocess.Popen(
        [*command, *plugins],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_heed_ctrl_c,  # noqa: PLW1509  # one thread; a shell's background job ignores it, and so would the session
    )
    problem, ends = "", {_OK, _FAILED, _INTERRUPTED}
    try:
        output = _awaited(session, counts, seconds)
    except subprocess.TimeoutExpired:
        output, problem = _stopped(session, counts)
        ends.add(_STARTING)
    if "\nFAILED " in output or "\nERROR " in output:
        print(output[-_SHOWN:], file=sys.stderr)
    if session.returncode not in ends:
        problem = problem or f"pytest ended with {session.returncode}"
    return problem


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _awaited(session: "subprocess.Popen[str]", counts: Path, seconds: float) -> str:
    """What a session prints that ends in time; its first test may take longer. Raises TimeoutExpired."""
    over_s = time.monotonic() + seconds
    while True:
        now_s = time.monotonic()
        try:
            return session.communicate(timeout=max(over_s - now_s, 1))[0]
        except subprocess.TimeoutExpired:
            if counts.exists() or now_s > over_s + _FIRST_S:
                raise


def _stopped(session: "subprocess.Popen[str]", counts: Path) -> tuple[str, str]:
    """End a session whose time is over: what it printed, and whether it had to be killed. What it tried counts."""
    over(counts).touch()
    session.send_signal(signal.SIGINT)
    try:
        return session.communicate(timeout=_END_S)[0], ""
    except subprocess.TimeoutExpired:
        session.kill()
        return session.communicate()[0], f"did not end within {_END_S:g} s of Ctrl-C"


def _outcome(counts: Path, problem: str) -> Outcome:
    lines = counts.read_bytes().splitlines() if counts.exists() else []
    tests = [msgspec.json.decode(line, type=Count) for line in lines]
    return Outcome(
        attempts=sum(test.attempts for test in tests),
        left=sum(test.failed for test in tests),
        problem=problem or ("" if tests else "nothing was tried"),
        readers=_readers(tests),
    )


def _readers(tests: list[Count]) -> tuple[Count, ...]:
    """The tests that drew inputs, each with all its repetitions, if they are several."""
    drew: dict[str, Count] = {}
    for one in tests:
        if one.drawn:
            test = _words(one.test)
            so_far = drew.get(test, Count(test=test, attempts=0, drawn=0, failed=False))
            attempts, failed = so_far.attempts + one.attempts, so_far.failed or one.failed
            drew[test] = Count(test=test, attempts=attempts, drawn=so_far.drawn + one.drawn, failed=failed)
    return tuple(drew.values()) if len(drew) > 1 else ()


def _words(test: str) -> str:
    """The case of a parametrised test, or the name of the test in words."""
    return (test.partition("[")[2].removesuffix("]") or test.removeprefix("test_")).replace("_", " ")


if __name__ == "__main__":
    sys.exit(main())
