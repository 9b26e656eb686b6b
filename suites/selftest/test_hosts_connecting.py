"""
Ways to a host, real ones and broken ones: every failure is named, in time, and leaves nothing behind.
"""

import contextlib
import os
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import paramiko
import pytest

from probes.hosts import transport
from probes.hosts.address import SshAddress, hops
from probes.hosts.connection import Gateway
from probes.hosts.deadline import Deadline
from probes.hosts.errors import (
    AuthenticationFailedError,
    HostKeyMismatchError,
    HostUnreachableError,
)
from probes.hosts.hostkeys import pinned_key
from probes.hosts.proxy import ProxySocket, expand
from probes.hosts.transport import SshShell
from probes.model.errors import InputError, ProbeError
from suites.selftest.hosts_sshd import Sshd, free_port, new_key, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def changed(address: SshAddress, **changes: object) -> SshAddress:
    return msgspec.structs.replace(address, **changes)


def hello(address: SshAddress, *, timeout_s: float = 20) -> str:
    gateway = Gateway(timeout_s=timeout_s)
    try:
        with SshShell("a", address, gateway) as shell:
            return shell.run(["echo", "hello"], deadline_s=20).stdout.strip()
    finally:
        gateway.close()


def refusal(kind: type[ProbeError], address: SshAddress, *, timeout_s: float = 20) -> str:
    """
    The message of the failure, once no descriptor of the attempt is left.
    """
    before = descriptors()
    with pytest.raises(kind) as caught:
        hello(address, timeout_s=timeout_s)
    deadline = Deadline(10)
    while descriptors() != before and not deadline.expired:
        pass
    assert descriptors() == before
    return str(caught.value)


def listed(folder: str) -> set[str]:
    return {entry.name for entry in Path(folder).iterdir()}


def descriptors() -> int:
    return len(listed("/proc/self/fd"))


def children() -> set[int]:
    """
    The PIDs whose parent is this process, zombies included.
    """
    stats = [entry / "stat" for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    found = set()
    for stat in stats:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            found |= {int(stat.parent.name)} if parent == os.getpid() else set()
    return found


@pytest.fixture(autouse=True)
def _no_process_is_left_behind(server: Sshd) -> Iterator[None]:
    before = {*children(), server.pid}
    yield
    assert children() <= before


def test_pinned_key_lets_in(server: Sshd) -> None:
    assert hello(server.address) == "hello"


def test_known_hosts_lets_in(server: Sshd, tmp_path: Path) -> None:
    [key] = server.address.host_keys
    name = f"[127.0.0.1]:{server.address.port}"
    salted = paramiko.HostKeys.hash_host(name)
    for number, listed in enumerate((name, f"other,{name}", salted)):
        path = tmp_path / f"known_hosts{number}"
        path.write_text(f"# comment\n\nbroken line\n{listed}   {key}\n@cert-authority * {key}\n")
        assert hello(changed(server.address, host_keys=(), known_hosts=str(path))) == "hello"


@pytest.mark.parametrize("port", ["127.0.0.1", "[127.0.0.1]:1"])
def test_unknown_host_is_refused(server: Sshd, tmp_path: Path, port: str) -> None:
    path = tmp_path / "known_hosts"
    path.write_text(f"{port} {server.address.host_keys[0]}\n")
    address = changed(server.address, host_keys=(), known_hosts=str(path))

    message = refusal(HostKeyMismatchError, address)
    assert f"[127.0.0.1]:{address.port} shows ssh-ed25519 SHA256:" in message
    assert f"{path} has no key for it; nothing was sent" in message


def test_wrong_host_key_names_host_and_both_fingerprints(server: Sshd, tmp_path: Path) -> None:
    wrong = new_key(tmp_path, "wrong").with_suffix(".pub").read_text()
    message = refusal(HostKeyMismatchError, changed(server.address, host_keys=(wrong,)))

    shown = fingerprint(server.address.host_keys[0])
    assert message.startswith(f"a: [127.0.0.1]:{server.address.port} shows ssh-ed25519 {shown}, but")
    assert f"ssh-ed25519 {fingerprint(wrong)}" in message


def fingerprint(line: str) -> str:
    return pinned_key(line).fingerprint


def test_both_keys_of_a_rotation_are_trusted(server: Sshd, tmp_path: Path) -> None:
    other = new_key(tmp_path, "next").with_suffix(".pub").read_text()
    assert hello(changed(server.address, host_keys=(other, *server.address.host_keys))) == "hello"


def test_revoked_key_is_refused(server: Sshd, tmp_path: Path) -> None:
    line = f"[127.0.0.1]:{server.address.port} {server.address.host_keys[0].strip()}"
    path = tmp_path / "known_hosts"
    path.write_text(f"{line}\n@revoked {line}\n")
    address = changed(server.address, host_keys=(), known_hosts=str(path))
    assert refusal(HostKeyMismatchError, address).endswith(f"which {path} revokes")


def test_missing_known_hosts_is_named(server: Sshd, tmp_path: Path) -> None:
    address = changed(server.address, host_keys=(), known_hosts=str(tmp_path / "absent"))
    assert "absent: cannot read known_hosts" in refusal(InputError, address)


def test_missing_key_file_is_named(server: Sshd, tmp_path: Path) -> None:
    address = changed(server.address, key_file=str(tmp_path / "absent"))
    assert "cannot read the key file" in refusal(InputError, address)


def test_refused_user_is_named_with_what_was_offered(server: Sshd, tmp_path: Path) -> None:
    key = new_key(tmp_path, "stranger")
    message = refusal(AuthenticationFailedError, changed(server.address, key_file=str(key)))
    assert f"{server.address.username}@[127.0.0.1]:{server.address.port} does not accept {key}" in message


def test_key_with_a_passphrase_says_what_to_do(server: Sshd, tmp_path: Path) -> None:
    key = new_key(tmp_path, "locked", passphrase="secret words")  # noqa: S106 -- made here
    message = refusal(InputError, changed(server.address, key_file=str(key)))
    assert "has a passphrase: load it into ssh-agent" in message
    assert "secret" not in message


def test_nothing_listening_is_named(server: Sshd) -> None:
    message = refusal(HostUnreachableError, changed(server.address, port=free_port()))
    assert "Connection refused" in message


def test_unknown_name_is_named(server: Sshd) -> None:
    refusal(HostUnreachableError, changed(server.address, hostname="no-such-host.invalid"))


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_host_that_never_answers_is_given_up(server: Sshd, silent_port: int) -> None:
    message = refusal(HostUnreachableError, changed(server.address, port=silent_port), timeout_s=1)
    assert message.endswith("no answer within 1 s")


def test_host_that_stops_after_its_banner_is_given_up(server: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                stop.wait(30)

        thread = threading.Thread(target=greet)
        thread.start()
        address = changed(server.address, port=listener.getsockname()[1])
        with pytest.raises(HostUnreachableError, match="no answer within 1 s"):
            hello(address, timeout_s=1)
        stop.set()
        thread.join()


def test_second_caller_of_a_dead_host_gets_the_same_error(server: Sshd, silent_port: int) -> None:
    gateway = Gateway(timeout_s=1)
    with SshShell("a", changed(server.address, port=silent_port), gateway) as shell:
        errors = []
        for _ in range(3):
            with pytest.raises(HostUnreachableError) as caught:
                shell.run(["true"], deadline_s=20)
            errors.append(caught.value)
    assert errors[0] is errors[1] is errors[2]


def relay(port: int) -> str:
    """
    A proxy command that carries bytes as `nc` would.
    """
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
    gateway = Gateway()
    with SshShell("a", changed(server.address, proxy_command=command), gateway) as shell:
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


def test_proxy_tokens_are_expanded_and_quoted() -> None:
    address = SshAddress(hostname="i-0abc; reboot", username="ec2-user", port=2222)
    assert expand("ssm %h --port %p -u %r 100%% %%h", address) == (
        "ssm 'i-0abc; reboot' --port 2222 -u ec2-user 100% %h"
    )


def test_jump_hosts_carry_the_connection(server: Sshd) -> None:
    first = changed(server.address, proxy_command=relay(server.address.port))
    assert hello(changed(server.address, proxy_jump=(first, server.address))) == "hello"


def test_jump_host_is_connected_once_for_a_fleet(tmp_path: Path) -> None:
    with sshd(tmp_path, "LogLevel VERBOSE") as running:
        behind = changed(running.address, proxy_jump=(running.address,))
        gateway = Gateway()
        shells = [SshShell(f"h{number}", behind, gateway) for number in range(3)]
        for shell in shells:
            shell.run(["true"], deadline_s=20)
            shell.close()
        gateway.close()
        accepted = (tmp_path / "sshd.log").read_text().count("Accepted publickey")
    assert accepted == 4


def test_dead_jump_host_is_named_for_every_host_behind_it(server: Sshd) -> None:
    jump = changed(server.address, port=free_port())
    gateway = Gateway()
    messages = []
    for name in ("a", "b"):
        with SshShell(name, changed(server.address, proxy_jump=(jump,)), gateway) as shell:
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


def test_host_that_freezes_under_way_is_gone_for_everyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_GRACE_S", 0.5)
    monkeypatch.setattr(transport, "_ALIVE_S", 0.5)
    gateway = Gateway()
    with sshd(tmp_path) as running, SshShell("a", running.address, gateway) as shell:
        parent = shell.run(["sh", "-c", "ps -o ppid= -p $PPID"], deadline_s=20).stdout.strip()
        try:
            with pytest.raises(HostUnreachableError, match="a: stopped answering"):
                shell.run(["sh", "-c", f"kill -STOP {parent}; sleep 300"], deadline_s=0.5)
            with pytest.raises(HostUnreachableError, match="a: stopped answering"):
                shell.run(["true"], deadline_s=600)
        finally:
            subprocess.run(["kill", "-CONT", parent], check=True)
    gateway.close()
