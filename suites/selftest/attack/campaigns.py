"""What `make attack` runs: one row of the table in docs/safety.md each."""

from typing import NamedTuple

FILES = "suites/selftest/files"
HOSTS = "suites/selftest/hosts"
LAB = "suites/selftest/lab"
LIVE = "suites/selftest/live"
SCHEDULED = ("test_child", "test_command", "test_damage")
REPORTS = "suites/selftest/reports"


class Campaign(NamedTuple):
    """Some selftests, and what they attack. `selection` is what pytest is given.

    `share` weighs its time in a run of some minutes; a night runs it `nightly` times, whole.
    """

    attacked: str
    selection: tuple[str, ...]
    share: int = 1
    nightly: int = 1


CAMPAIGNS: tuple[Campaign, ...] = (
    Campaign(
        "probe window: signals × ways of running × moments", (f"{LIVE}/test_endings.py",), share=6, nightly=4
    ),
    Campaign(
        "probe window: denied, throttled, late, answers lost, several runs",
        (f"{HOSTS}/test_window.py", f"{HOSTS}/test_window_faults.py", f"{HOSTS}/test_window_runs.py"),
        nightly=10,
    ),
    Campaign("overlapping runs on one target", (f"{LIVE}/test_target_lock.py",), nightly=10),
    Campaign(
        "scheduled runs: signals, crashes, damaged files", tuple(f"{REPORTS}/{n}.py" for n in SCHEDULED)
    ),
    Campaign("host output: ping", (f"{HOSTS}/test_ping.py",)),
    Campaign("host output: iperf3", (f"{HOSTS}/test_iperf3.py",)),
    Campaign("host output: every reader, damaged", (f"{HOSTS}/test_damaged_output.py",), share=2),
    Campaign("host output: one host's in a whole run", (f"{LIVE}/test_run.py",)),
    Campaign("host keys: known_hosts beside the real ssh", (f"{HOSTS}/test_known_hosts.py",)),
    Campaign(
        "files: every reader, any content", (f"{FILES}/test_fuzz.py", f"{FILES}/test_reading.py"), share=2
    ),
    Campaign("a lab without CPU time: its figures", (f"{LAB}/test_starved.py",), share=2, nightly=25),
    Campaign("specs: damaged", ("suites/selftest/spec/test_file.py",)),
    Campaign("Terraform plans: damaged", ("suites/selftest/terraform/test_damage.py",)),
    Campaign("texts: masking of secrets, hostile characters", (f"{REPORTS}/test_untrusted_text.py",)),
    Campaign("reports: damaged results and history", (f"{REPORTS}/test_damage.py",)),
    Campaign("reports: every output", (f"{REPORTS}/test_outputs.py", f"{REPORTS}/test_html.py")),
)
