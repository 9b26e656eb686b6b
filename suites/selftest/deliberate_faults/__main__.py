"""Plants each deliberate fault in one of the two evaluators, and prints which test of their agreement notices it.

The networks are those of `make test`. The exit code is 1 if a fault is not noticed, 2 if none is called as asked.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from suites.selftest.deliberate_faults.faults import FAULTS, ORACLE

ROOT = Path(__file__).resolve().parents[3]
COMPARISONS = (
    "suites/selftest/reachability/test_oracle.py",
    "suites/selftest/reachability/test_firewalls.py",
)
LIMIT_S = 600


def main() -> int:
    """Try all faults, or those whose name has one of the words that are given."""
    words = sys.argv[1:]
    chosen = [n for n, fault in enumerate(FAULTS) if not words or any(word in fault.name for word in words)]
    if not chosen:
        print(f"no fault is called like that; known are {', '.join(fault.name for fault in FAULTS)}")
        return 2
    print("| evaluator | fault | noticed by |\n|---|---|---|", flush=True)
    missed = 0
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for number, by in zip(chosen, pool.map(noticed_by, chosen), strict=True):
            evaluator = "oracle" if FAULTS[number].module.startswith(ORACLE) else "engine"
            print(f"| {evaluator} | {FAULTS[number].name} | {by or '**nothing**'} |", flush=True)
            missed += not by
    print(f"\n{len(chosen) - missed} of {len(chosen)} noticed")
    return int(missed > 0)


def noticed_by(number: int) -> str:
    """The first test that fails with a fault in place, and no test without one."""
    command = [sys.executable, "-m", "pytest", *COMPARISONS, "-x", "-q", "--report", "none"]
    plugins = ["-p", "suites.selftest.deliberate_faults.planting", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, *plugins],
        cwd=ROOT,
        env={**os.environ, "DELIBERATE_FAULT": str(number), "HYPOTHESIS_PROFILE": "unshrunk"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    failed = re.search(r"^(?:FAILED|UNOBSERVABLE|ERROR) \S+::(\w+)", ended.stdout, re.MULTILINE)
    if ended.returncode > 1 or (ended.returncode == 1 and failed is None):
        raise RuntimeError(
            f"{FAULTS[number].name}: pytest ended with {ended.returncode}\n{ended.stdout[-3000:]}"
        )
    return failed[1].removeprefix("test_").replace("_", " ") if failed else ""


if __name__ == "__main__":
    sys.exit(main())
