"""Hosts that do not answer: every failure is named, in time, and leaves nothing behind."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.hosts.errors import (
    AuthenticationFailedError,
    HostUnreachableError,
)
from probes.hosts.ssh import transport
from probes.hosts.ssh.connection import JumpHosts
from probes.hosts.ssh.transport import SshShell
from probes.model.errors import InputError
from suites.selftest.hosts.sshd import Sshd, changed, free_port, hello, new_key, refusal, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


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
    assert "has a passphrase; load it into ssh-agent" in message
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
    jump_hosts = JumpHosts(timeout_s=1)
    with SshShell("a", changed(server.address, port=silent_port), jump_hosts) as shell:
        errors = []
        for _ in range(3):
            with pytest.raises(HostUnreachableError) as caught:
                shell.run(["true"], deadline_s=20)
            errors.append(caught.value)
    assert errors[0] is errors[1] is errors[2]


def test_host_that_freezes_under_way_is_gone_for_everyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_GRACE_S", 0.5)
    monkeypatch.setattr(transport, "_ALIVE_S", 0.5)
    jump_hosts = JumpHosts()
    with sshd(tmp_path) as running, SshShell("a", running.address, jump_hosts) as shell:
        parent = shell.run(["sh", "-c", "ps -o ppid= -p $PPID"], deadline_s=20).stdout.strip()
        try:
            with pytest.raises(HostUnreachableError, match="a: stopped answering"):
                shell.run(["sh", "-c", f"kill -STOP {parent}; sleep 300"], deadline_s=0.5)
            with pytest.raises(HostUnreachableError, match="a: stopped answering"):
                shell.run(["true"], deadline_s=600)
        finally:
            subprocess.run(["kill", "-CONT", parent], check=True)
    jump_hosts.close()


def unfinished_login(port: int) -> socket.socket:
    """A connection that the server has greeted."""
    while True:
        connection = socket.create_connection(("127.0.0.1", port))
        if connection.recv(4) == b"SSH-":
            return connection
        connection.close()


def test_connection_that_sshd_drops_at_random_is_tried_again(tmp_path: Path) -> None:
    """One login that is not finished is all that this server takes: it drops every other one."""
    with (
        sshd(tmp_path, "MaxStartups 1:100:1") as busy,
        unfinished_login(busy.address.port) as unfinished,
    ):
        threading.Timer(0.3, unfinished.shutdown, (socket.SHUT_RDWR,)).start()

        hello(busy.address, timeout_s=15)


def test_server_that_always_drops_is_given_up_and_named(
    server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.hosts.ssh.handshake._PAUSE_S", 0.01)
    met: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drop() -> None:
            for _ in range(5):
                connection, _ = listener.accept()
                met.append(1)
                connection.close()

        threading.Thread(target=drop, daemon=True).start()
        message = refusal(HostUnreachableError, changed(server.address, port=listener.getsockname()[1]))

    assert len(met) == 5
    assert "banner" in message


@pytest.mark.parametrize(
    "content, message",
    [
        ("PuTTY-User-Key-File-3: ssh-ed25519\n", "is a key of PuTTY's"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me\n", "is a public key: key_file is the private one beside it"),
    ],
)
def test_key_of_another_kind_is_named(server: Sshd, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "key").write_text(content)

    assert message in refusal(InputError, changed(server.address, key_file=str(tmp_path / "key")))
