"""Proxy commands and jump hosts, also when they die, hang or were never there."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.hosts.errors import (
    HostUnreachableError,
)
from probes.hosts.ssh.address import SshAddress, hops
from probes.hosts.ssh.connection import JumpHosts
from probes.hosts.ssh.proxy import ProxySocket, expand
from probes.hosts.ssh.transport import SshShell
from probes.model.errors import InputError
from suites.selftest.hosts.sshd import Sshd, changed, children, free_port, hello, refusal, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_process_is_left_behind(server: Sshd) -> Iterator[None]:
    before = {*children(), server.pid}
    yield
    assert children() <= before


def relay(port: int) -> str:
    """A proxy command that carries bytes as `nc` would."""
    script = (
        f"import os,socket,threading\ns=socket.create_connection(('127.0.0.1',{port}))\n"
        "def up():\n while d:=os.read(0,65536): s.sendall(d)\n os._exit(0)\n"
        "threading.Thread(target=up,daemon=True).start()\n"
        "while d:=s.recv(65536): os.write(1,d)\n"
    )
    return f"python3 -c {shlex.quote(script)}"


def test_proxy_command_carries_the_connection_and_ends_with_it(server: Sshd) -> None:
    assert hello(changed(server.address, proxy_command=relay(server.address.port))) == "hello"


@pytest.mark.parametrize(
    "command,expected",
    [
        ("sh -c 'echo TargetNotConnected >&2; exit 254'", "ended with status 254: TargetNotConnected"),
        ("false", "ended with status 1: it said nothing"),
        ("no-such-program", "ended with status 127"),
        ("sh -c 'echo hello; exit 0'", "ended with status 0"),
    ],
)
def test_dead_proxy_command_is_named(server: Sshd, command: str, expected: str) -> None:
    assert expected in refusal(HostUnreachableError, changed(server.address, proxy_command=command))


@pytest.mark.parametrize("command", ["sleep 300", "sh -c 'trap \"\" TERM; while :; do sleep 300; done'"])
def test_silent_proxy_command_is_given_up_and_ended(server: Sshd, command: str) -> None:
    address = changed(server.address, proxy_command=command)
    message = refusal(HostUnreachableError, address, timeout_s=1)
    assert "no answer within 1 s; the proxy command was still running" in message


def test_proxy_command_dying_under_way_is_noticed_at_once(server: Sshd, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    command = f"sh -c {shlex.quote(f'echo $$ > {pid_file}; exec {relay(server.address.port)}')}"
    jump_hosts = JumpHosts()
    with SshShell("a", changed(server.address, proxy_command=command), jump_hosts) as shell:
        shell.run(["true"], deadline_s=20)
        subprocess.run(["kill", "-9", pid_file.read_text().strip()], check=True)
        with pytest.raises(HostUnreachableError):
            shell.run(["sleep", "300"], deadline_s=600)


def test_closing_a_proxy_twice_is_harmless() -> None:
    proxy = ProxySocket("cat")
    proxy.sendall(b"echo")
    assert proxy.recv(10) == b"echo"
    proxy.close()
    proxy.close()


def test_proxy_tokens_are_expanded() -> None:
    address = SshAddress(hostname="fe80::1%eth0", username="ec2-user", port=2222)
    assert expand("ssm '%h' --port %p -u \"%r\" 100%% %%h", address) == (
        "ssm 'fe80::1%eth0' --port 2222 -u \"ec2-user\" 100% %h"
    )


@pytest.mark.parametrize("name", ["i-0abc; reboot", "$(reboot)", "`reboot`", "'", '"', "-oX=y", "a\nb", ""])
@pytest.mark.parametrize("command", ["ssm %h", "ssm '%h'", 'ssm "%h"', "sh -c 'ssm \"%r\"'"])
def test_what_a_shell_could_act_on_is_refused_in_any_quotes(command: str, name: str) -> None:
    with pytest.raises(InputError, match="cannot be put into a proxy_command"):
        expand(command, SshAddress(hostname=name, username=name))
    assert expand("connect 10.0.0.1", SshAddress(hostname=name, username=name)) == "connect 10.0.0.1"


def test_jump_hosts_carry_the_connection(server: Sshd) -> None:
    first = changed(server.address, proxy_command=relay(server.address.port))
    assert hello(changed(server.address, proxy_jump=(first, server.address))) == "hello"


def test_jump_host_is_connected_once_for_a_fleet(tmp_path: Path) -> None:
    with sshd(tmp_path, "LogLevel VERBOSE") as running:
        behind = changed(running.address, proxy_jump=(running.address,))
        jump_hosts = JumpHosts()
        shells = [SshShell(f"h{number}", behind, jump_hosts) for number in range(3)]
        for shell in shells:
            shell.run(["true"], deadline_s=20)
            shell.close()
        jump_hosts.close()
        accepted = (tmp_path / "sshd.log").read_text().count("Accepted publickey")
    assert accepted == 4


def test_dead_jump_host_is_named_for_every_host_behind_it(server: Sshd) -> None:
    jump = changed(server.address, port=free_port())
    jump_hosts = JumpHosts()
    messages = []
    for name in ("a", "b"):
        with SshShell(name, changed(server.address, proxy_jump=(jump,)), jump_hosts) as shell:
            with pytest.raises(HostUnreachableError) as caught:
                shell.run(["true"], deadline_s=20)
            messages.append(str(caught.value))
    assert messages[0].startswith("jump host 127.0.0.1: cannot connect to")
    assert messages[0] == messages[1]


def test_target_refused_behind_a_jump_host_is_named(server: Sshd) -> None:
    address = changed(server.address, port=free_port(), proxy_jump=(server.address,))
    assert "a: cannot connect to" in refusal(HostUnreachableError, address)


def test_proxy_command_behind_a_jump_host_is_refused(server: Sshd) -> None:
    address = changed(server.address, proxy_jump=(server.address,), proxy_command="true")
    with pytest.raises(InputError, match="exclude each other"):
        hops(address)
