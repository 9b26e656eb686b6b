"""known_hosts files as ssh itself reads them: each is shown to both."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.hosts.errors import HostKeyMismatchError
from probes.hosts.ssh import hostkeys
from probes.hosts.ssh.known_hosts import known_keys
from probes.model.errors import InputError
from suites.selftest.fuzzing import inputs
from suites.selftest.hosts.sshd import Sshd, changed, hello, new_key, refusal, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> str:
    return public(new_key(tmp_path_factory.mktemp("keys"), "other"))


def public(private: Path) -> str:
    return " ".join(private.with_suffix(".pub").read_text().split()[:2])


def written(folder: Path, server: Sshd, other: str, text: str) -> Path:
    """The file, with PORT, KEY, OTHER, SHORT (a key cut off) and HASHED in place."""
    port, key = str(server.address.port), " ".join(server.address.host_keys[0].split()[:2])
    path = folder / "known_hosts"
    hashed = paramiko.HostKeys.hash_host(f"[127.0.0.1]:{port}")
    for word, value in (
        ("HASHED", hashed),
        ("PORT", port),
        ("SHORT", key[:40]),
        ("KEY", key),
        ("OTHER", other),
    ):
        text = text.replace(word, value)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


def ssh_lets_in(server: Sshd, path: Path) -> bool:
    """Whether the real ssh believes the server by this file alone."""
    address = server.address
    options = {
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(path),
        "GlobalKnownHostsFile": "/dev/null",
        "IdentityFile": str(address.key_file),
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
    }
    argv = ["ssh", "-F", "none", "-p", str(address.port)]
    argv += [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    run = subprocess.run(
        [*argv, f"{address.username}@127.0.0.1", "true"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert run.returncode in (0, 255), run.stderr
    return run.returncode == 0


ACCEPTED = {
    "port": "[127.0.0.1]:PORT KEY",
    "comment behind": "[127.0.0.1]:PORT KEY root@host 2026",
    "blanks and tabs": "\t [127.0.0.1]:PORT\t  KEY",
    "carriage returns": "# written on Windows\r\n[127.0.0.1]:PORT KEY comment\r\n\r",
    "list": "example.com,[127.0.0.1]:PORT,[::1]:PORT KEY",
    "capitals": "EXAMPLE.com,[127.0.0.1]:PORT KEY",
    "star": "[127.0.0.*]:PORT KEY",
    "star alone": "* KEY",
    "question mark": "[127.0.?.1]:PORT KEY",
    "negation of others": "!example.com,[127.0.0.*]:PORT KEY",
    "hashed": "HASHED KEY",
    "two keys": "[127.0.0.1]:PORT OTHER\n[127.0.0.1]:PORT KEY",
    "broken lines of others": "broken line\n[127.0.0.1]:1 ssh-ed25519 SHORT\n|1|x|y KEY\n[127.0.0.1]:PORT KEY",
    "broken line of its own": "[127.0.0.1]:PORT ssh-ed25519 AAAA\n[127.0.0.1]:PORT KEY",
    "revoked for others": "@revoked example.com KEY\n[127.0.0.1]:PORT KEY",
    "revoked with an exception": "@revoked ![127.0.0.1]:PORT,!127.0.0.1,* KEY\n[127.0.0.1]:PORT KEY",
    "another key revoked": "@revoked * OTHER\n[127.0.0.1]:PORT KEY",
    "authority besides": "@cert-authority * OTHER\n[127.0.0.1]:PORT KEY",
}
REFUSED = {
    "nothing": "# nobody",
    "other key": "[127.0.0.1]:PORT OTHER",
    "other port": "[127.0.0.1]:1 KEY",
    "negated": "![127.0.0.1]:PORT,!127.0.0.1,* KEY",
    "negated behind": "*,![127.0.0.*]:PORT,!127.0.0.? KEY",
    "brackets are no set": "[1]27.0.0.1 KEY",
    "hashed among others": "example.com,HASHED KEY",
    "authority alone": "@cert-authority * KEY",
    "revoked for all": "[127.0.0.1]:PORT KEY\n@revoked * KEY",
    "revoked before": "@revoked [127.0.0.1]:PORT KEY\n[127.0.0.1]:PORT KEY",
    "revoked as hashed": "@revoked HASHED KEY\n* KEY",
    "revoked by pattern": "@revoked [127.*]:* KEY\n* KEY",
    "revoked authority": "@revoked * KEY\n@cert-authority * KEY\n* KEY",
    "protocol 1": "[127.0.0.1]:PORT 1024 35 1234567890",
    "key cut off": "[127.0.0.1]:PORT SHORT",
}
STRICTER = {  # ssh lets in, for it leaves the line out
    "bare marker": "@revoked\n* KEY",
    "revoked key is missing": "@revoked *\n* KEY",
    "revoked key cut off": "@revoked * SHORT\n* KEY",
    "revoked key of another kind": "@revoked * ssh-rsa AAAAB3NzaC1lZDI1NTE5\n* KEY",
    "revoked name is no hash": "@revoked |1|x|y KEY\n* KEY",
    "capitals": "@Revoked * KEY\n* KEY",
    "unknown marker": "@revoke * KEY\n* KEY",
    "two markers": "@cert-authority @revoked * KEY\n* KEY",
    "byte order mark": "\ufeff@revoked * KEY\n* KEY",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_server_that_ssh_believes_is_believed(server: Sshd, other: str, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, server, other, ACCEPTED[name])

    assert ssh_lets_in(server, path)
    assert hello(changed(server.address, host_keys=(), known_hosts=str(path))) == "hello"


@pytest.mark.parametrize("name", REFUSED)
def test_server_that_ssh_refuses_is_refused(server: Sshd, other: str, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, server, other, REFUSED[name])

    assert not ssh_lets_in(server, path)
    assert str(path) in refusal(
        HostKeyMismatchError, changed(server.address, host_keys=(), known_hosts=str(path))
    )


@pytest.mark.parametrize("name", STRICTER)
def test_marker_that_cannot_be_understood_is_an_error(
    server: Sshd, other: str, tmp_path: Path, name: str
) -> None:
    path = written(tmp_path, server, other, STRICTER[name])

    assert ssh_lets_in(server, path)
    message = refusal(InputError, changed(server.address, host_keys=(), known_hosts=str(path)))
    assert message.startswith(f"{path}:1: ")


def test_key_revoked_for_the_name_alone_is_revoked_at_every_port(
    server: Sshd, other: str, tmp_path: Path
) -> None:
    path = written(tmp_path, server, other, "@revoked 127.0.0.1 KEY\n[127.0.0.1]:PORT KEY")
    address = changed(server.address, host_keys=(), known_hosts=str(path))

    assert refusal(HostKeyMismatchError, address).endswith(f"which {path}:1 revokes")


def test_server_off_port_22_is_looked_up_with_its_port(server: Sshd, other: str, tmp_path: Path) -> None:
    path = written(tmp_path, server, other, "127.0.0.1 KEY")

    assert ssh_lets_in(server, path)  # it tries the name alone as well
    refusal(HostKeyMismatchError, changed(server.address, host_keys=(), known_hosts=str(path)))


def test_several_files_count_and_a_revocation_in_any_of_them(
    server: Sshd, other: str, tmp_path: Path
) -> None:
    listing, revoking = tmp_path / "listing", tmp_path / "revoking"
    listing.mkdir()
    revoking.mkdir()
    nobody = written(tmp_path, server, other, "example.com OTHER")
    trusted = written(listing, server, other, "[127.0.0.1]:PORT KEY")
    revoked = written(revoking, server, other, "@revoked * KEY")

    both = changed(server.address, host_keys=(), known_hosts=(str(nobody), str(trusted)))
    assert hello(both) == "hello"
    all_three = changed(both, known_hosts=(str(nobody), str(trusted), str(revoked)))
    assert refusal(HostKeyMismatchError, all_three).endswith(f"which {revoked}:1 revokes")


def test_revocation_for_the_whole_machine_counts_too(
    server: Sshd, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = tmp_path / "etc"
    machine.mkdir()
    everywhere = written(machine, server, other, "@revoked * KEY")
    monkeypatch.setattr(hostkeys, "GLOBAL_FILES", (str(everywhere),))
    path = written(tmp_path, server, other, "[127.0.0.1]:PORT KEY")

    message = refusal(HostKeyMismatchError, changed(server.address, host_keys=(), known_hosts=str(path)))
    assert message.endswith(f"which {everywhere}:1 revokes")


def test_lines_that_might_have_listed_the_key_are_named(server: Sshd, other: str, tmp_path: Path) -> None:
    path = written(tmp_path, server, other, "@cert-authority * OTHER\n* ssh-ed25519 AAAA\n* 1024 35 17")
    message = refusal(HostKeyMismatchError, changed(server.address, host_keys=(), known_hosts=str(path)))

    assert (
        f"{path}:1 trusts a certificate authority, but certificates of hosts are not verified here" in message
    )
    assert message.endswith(f"not understood: {path}:2, {path}:3")


def test_file_that_is_none_is_named(server: Sshd) -> None:
    address = changed(server.address, host_keys=(), known_hosts="/dev/zero")
    assert refusal(InputError, address) == "/dev/zero: is a device; expected a known_hosts file"


WORDS = st.sampled_from(["@revoked", "*", "|1|", "ssh-ed25519", "AAAA", "AAAAC3NzaC1lZDI1NTE5", "\t", "\n"])


@inputs()
@given(st.text() | st.lists(WORDS).map(" ".join))
def test_any_other_text_trusts_nobody(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        known = known_keys("host", "[host]:23", [path])
    except InputError as error:
        assert str(error).startswith(f"{path}:")  # noqa: PT017  # either is right
    else:
        assert known.trusted == ()
