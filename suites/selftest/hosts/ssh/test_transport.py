"""The SSH transport against a real sshd."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from probes.hosts.errors import (
    CommandTimeoutError,
    HostError,
    HostUnreachableError,
    OutputTooLargeError,
    ToolMissingError,
)
from probes.hosts.fleet import measure_all
from probes.hosts.ssh.connection import JumpHosts
from probes.hosts.ssh.deadline import Deadline
from probes.hosts.ssh.shell import CommandResult, require_tool
from probes.hosts.ssh.transport import SshShell
from probes.model.errors import InputError
from suites.selftest.hosts.sshd import Sshd, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd"), "MaxSessions 10") as running:
        yield running


@pytest.fixture
def shell(server: Sshd) -> Iterator[SshShell]:
    jump_hosts = JumpHosts()
    with SshShell("a", server.address, jump_hosts) as connected:
        yield connected
    jump_hosts.close()


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def ends(pid: int) -> bool:
    """Whether a killed process that another buries is gone within ten seconds."""
    deadline = Deadline(10)
    while alive(pid) and not deadline.expired:
        time.sleep(0.01)
    return not alive(pid)


def test_exit_status_and_both_streams_come_back(shell: SshShell) -> None:
    result = shell.run(["sh", "-c", "echo out; echo err >&2; exit 3"], deadline_s=20)
    assert (result.exit_status, result.stdout, result.stderr) == (3, "out\n", "err\n")


@pytest.mark.parametrize(
    "hostile",
    [
        "a b",
        "$(touch /tmp/pwned)",
        "`id`",
        "'; exit 7; '",
        '"$HOME"',
        "-n",
        "*",
        "tab\tand\nnewline",
        "back\\slash",
        "é ☃",
        "",
        "!history",
        "~",
        "#",
    ],
)
def test_arguments_arrive_byte_for_byte(shell: SshShell, hostile: str) -> None:
    result = shell.run(["printf", "<%s>", hostile], deadline_s=20)
    assert (result.exit_status, result.stdout) == (0, f"<{hostile}>")


@pytest.mark.parametrize("argv", [[], ["echo", "nul\0byte"]])
def test_what_no_shell_can_pass_on_is_refused(shell: SshShell, argv: list[str]) -> None:
    with pytest.raises(InputError, match="not a command"):
        shell.run(argv, deadline_s=20)


def test_streams_beyond_the_ssh_window_do_not_deadlock(shell: SshShell) -> None:
    script = "head -c 5000000 /dev/zero >&2; head -c 5000000 /dev/zero; echo end >&2"
    result = shell.run(["sh", "-c", script], deadline_s=60)
    assert (len(result.stdout), len(result.stderr)) == (5_000_000, 5_000_004)


def test_endless_output_is_cut_off(shell: SshShell) -> None:
    with pytest.raises(OutputTooLargeError, match="printed more than 100000 bytes"):
        shell.run(["yes"], deadline_s=60, max_output_bytes=100_000)
    assert shell.run(["echo", "alive"], deadline_s=20).stdout == "alive\n"


def test_session_takes_no_descriptor(shell: SshShell) -> None:
    shell.run(["true"], deadline_s=20)  # connects
    before = sorted(Path("/proc/self/fd").iterdir())
    with shell.start(["sleep", "60"], deadline_s=60) as sleeping:
        during = sorted(Path("/proc/self/fd").iterdir())
    assert (sleeping.pid > 0, during) == (True, before)


@pytest.mark.parametrize("script", ["sleep 300", "trap '' TERM; while :; do sleep 9; done", "yes >/dev/null"])
def test_deadline_ends_a_command_and_not_the_connection(shell: SshShell, script: str) -> None:
    with pytest.raises(CommandTimeoutError, match=r"^a: sh did not finish within 1 s and was killed$"):
        shell.run(["sh", "-c", script], deadline_s=1)
    assert shell.run(["echo", "alive"], deadline_s=20).stdout == "alive\n"


def test_slow_drip_does_not_renew_the_deadline(shell: SshShell) -> None:
    with pytest.raises(CommandTimeoutError):
        shell.run(["sh", "-c", "while :; do echo x; sleep 0.1; done"], deadline_s=1)


def test_command_killed_by_a_signal_is_told_from_the_deadline(shell: SshShell) -> None:
    assert shell.run(["sh", "-c", "kill -9 $$"], deadline_s=60).exit_status == -1


def test_own_exit_status_124_is_no_timeout(shell: SshShell) -> None:
    assert shell.run(["sh", "-c", "exit 124"], deadline_s=60).exit_status == 124


def test_missing_program_is_named(shell: SshShell) -> None:
    result = shell.run(["no-such-tool"], deadline_s=20)
    with pytest.raises(ToolMissingError, match=r"a: no-such-tool cannot be run: .*No such file"):
        require_tool(shell, result, "no-such-tool")


@pytest.mark.parametrize("trap", ["", "trap '' TERM;"])
def test_background_program_ends_by_pid(shell: SshShell, trap: str) -> None:
    script = f"{trap} echo ready $$; while :; do sleep 300; done"
    with shell.start(["sh", "-c", script], deadline_s=600) as process:
        process.wait_for("ready", deadline_s=20)
        assert alive(process.pid)

    inner = int(process.stop().stdout.split("ready ")[1])
    assert not alive(process.pid)
    assert ends(inner)


def test_closing_the_shell_stops_what_runs_in_the_background(server: Sshd) -> None:
    jump_hosts = JumpHosts()
    shell = SshShell("a", server.address, jump_hosts)
    process = shell.start(["sleep", "300"], deadline_s=600)
    shell.close()
    jump_hosts.close()
    assert not alive(process.pid)


def test_background_program_that_ends_early_says_why(shell: SshShell) -> None:
    process = shell.start(["sh", "-c", "echo address in use >&2; exit 1"], deadline_s=60)
    with process, pytest.raises(HostError, match="ended before it printed 'ready': address in use"):
        process.wait_for("ready", deadline_s=20)
    assert process.stop().exit_status == 1


def test_background_program_that_says_nothing_is_given_up(shell: SshShell) -> None:
    with (
        shell.start(["sleep", "300"], deadline_s=600) as process,
        pytest.raises(CommandTimeoutError, match=r"did not print 'ready' within 0.5 s"),
    ):
        process.wait_for("ready", deadline_s=0.5)
    assert not alive(process.pid)


def test_background_program_ends_by_itself_when_nobody_stops_it(shell: SshShell) -> None:
    process = shell.start(["sleep", "300"], deadline_s=1)
    with process, pytest.raises(HostError, match="ended before it printed"):
        process.wait_for("never", deadline_s=30)
    assert not alive(process.pid)


def test_more_commands_at_once_than_the_server_has_sessions(server: Sshd) -> None:
    jump_hosts = JumpHosts()
    with SshShell("a", server.address, jump_hosts) as shell:
        tasks = {n: partial(shell.run, ["echo", str(n)], deadline_s=60) for n in range(24)}
        results = measure_all(tasks)
    jump_hosts.close()
    printed = {n: result.stdout for n, result in results.items() if isinstance(result, CommandResult)}
    assert printed == {n: f"{n}\n" for n in range(24)}


def test_lost_connection_is_known_at_once(tmp_path: Path) -> None:
    jump_hosts = JumpHosts()
    with sshd(tmp_path) as server, SshShell("a", server.address, jump_hosts) as shell:
        parent = int(shell.run(["sh", "-c", "ps -o ppid= -p $PPID"], deadline_s=20).stdout)
        with pytest.raises(HostUnreachableError, match=r"^a: the SSH connection was lost"):
            shell.run(["sh", "-c", f"kill -9 {parent}; sleep 300"], deadline_s=60)
        with pytest.raises(HostUnreachableError, match=r"^a: the SSH connection was lost"):
            shell.run(["true"], deadline_s=60)
    jump_hosts.close()


def test_closed_shell_runs_nothing(server: Sshd) -> None:
    jump_hosts = JumpHosts()
    shell = SshShell("a", server.address, jump_hosts)
    shell.close()
    with pytest.raises(HostError, match="the connection was closed"):
        shell.run(["true"], deadline_s=20)
    jump_hosts.close()


def test_too_few_sessions_are_named_and_do_not_condemn_the_host(tmp_path: Path) -> None:
    jump_hosts = JumpHosts()
    with sshd(tmp_path, "MaxSessions 1") as server, SshShell("a", server.address, jump_hosts) as shell:
        process = shell.start(["sleep", "300"], deadline_s=3)
        with pytest.raises(HostError, match="MaxSessions"):
            shell.run(["true"], deadline_s=20)
        with pytest.raises(HostError, match="ended before"):
            process.wait_for("never", deadline_s=30)
        process.stop()
        assert eventually(lambda: shell.run(["echo", "alive"], deadline_s=20).stdout) == "alive\n"
    jump_hosts.close()


def eventually(attempt: Callable[[], str]) -> str:
    """The first answer within ten seconds: the server frees a session a moment after its client has left it."""
    deadline = Deadline(10)
    while True:
        try:
            return attempt()
        except HostError:
            if deadline.expired:
                raise
