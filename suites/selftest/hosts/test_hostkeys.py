"""Only a host with a trusted key is talked to."""

from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from probes.hosts.errors import (
    HostKeyMismatchError,
)
from probes.hosts.ssh.hostkeys import pinned_key
from probes.model.errors import InputError
from suites.selftest.hosts.sshd import Sshd, changed, hello, new_key, refusal, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


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
    return str(pinned_key(line)).split()[1]


def test_both_keys_of_a_rotation_are_trusted(server: Sshd, tmp_path: Path) -> None:
    other = new_key(tmp_path, "next").with_suffix(".pub").read_text()
    assert hello(changed(server.address, host_keys=(other, *server.address.host_keys))) == "hello"


def test_revoked_key_is_refused(server: Sshd, tmp_path: Path) -> None:
    line = f"[127.0.0.1]:{server.address.port} {server.address.host_keys[0].strip()}"
    path = tmp_path / "known_hosts"
    path.write_text(f"{line}\n@revoked {line}\n")
    address = changed(server.address, host_keys=(), known_hosts=str(path))
    assert refusal(HostKeyMismatchError, address).endswith(f"which {path}:2 revokes")


def test_missing_known_hosts_is_named(server: Sshd, tmp_path: Path) -> None:
    address = changed(server.address, host_keys=(), known_hosts=str(tmp_path / "absent"))
    assert "absent: no such file; expected a known_hosts file" in refusal(InputError, address)
