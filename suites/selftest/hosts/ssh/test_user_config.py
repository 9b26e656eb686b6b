"""The user's ~/.ssh/config says how hosts are reached, behind what the inventory says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.live.inventory_file import load_inventory
from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.proxy import expand
from probes.hosts.ssh.user_config import UserConfig
from probes.model.errors import InputError
from suites.selftest.hosts.sshd import Sshd, hello, sshd

REGIONS = {"use1": "us-east-1"}
HOST = "name: a, region: use1, role: gpu, az: us-east-1a, address: 10.66.10.10"
BY_CONFIG = """
Host 10.66.*
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {key}
  IdentitiesOnly yes
  UserKnownHostsFile {known}
  HostKeyAlias gpu-a
"""
JUMPS = """
Host bastion
  HostName bastion.example.com
  User admin
Host *
  ProxyJump bastion,inner@10.1.1.1:2022
  User ec2-user
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir(0o700)
    return tmp_path


def private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def addressed(home: Path, config: str, own: str = "", shared: str = "") -> SshAddress:
    """How a host is reached by this configuration, by its own `ssh` and by what all hosts share."""
    private(home / ".ssh/config", config)
    path = home / "hosts.yaml"
    path.write_text(f"ssh: {{{shared}}}\nhosts:\n  - {{{HOST}, ssh: {{{own}}}}}\n")
    (host,) = load_inventory(path, REGIONS)
    return host.ssh


def test_login_by_the_configuration_alone(server: Sshd, home: Path) -> None:
    known = home / "known"
    known.write_text(f"gpu-a {server.address.host_keys[0]}")
    port, user, key = server.address.port, server.address.username, server.address.key_file
    address = addressed(home, BY_CONFIG.format(port=port, user=user, key=key, known=known))

    assert (address.hostname, address.port, address.key_file) == ("127.0.0.1", port, key)
    hello(address, timeout_s=15)


def test_the_inventory_stands_before_the_configuration(home: Path) -> None:
    config = "Host *\n User one\n Port 2222\n ProxyJump bastion\n IdentityFile ~/.ssh/config\n"
    own, shared = 'proxy_command: "connect %h", key_file: own', "username: two, known_hosts: known"
    address = addressed(home, config, own, shared)

    assert (address.username, address.port, address.proxy_jump) == ("two", 2222, ())
    assert (address.key_file, address.known_hosts) == (str(home / "own"), str(home / "known"))


def test_jump_hosts_are_looked_up_too(home: Path) -> None:
    jumps = addressed(home, JUMPS).proxy_jump

    assert [(jump.hostname, jump.username, jump.port) for jump in jumps] == [
        ("bastion.example.com", "admin", 22),
        ("10.1.1.1", "inner", 2022),
    ]
    assert all(jump.proxy_jump == () for jump in jumps)


def test_included_files_count(home: Path) -> None:
    (home / ".ssh/more").mkdir()
    private(home / ".ssh/more/gpu", "Host 10.66.*\n User included\n")

    assert addressed(home, "Include more/*\n").username == "included"


@pytest.mark.parametrize(
    "config, message",
    [
        ('Host x\nMatch host 10.* exec "nc -z %h 22"\n  User a\n', "config:2: Match exec runs a program"),
        ("ProxyCommand nc %n %p\nUser a\n", "ProxyCommand: only %h, %p, %r and %% are known"),
        ("ProxyJump a:b:c\nUser a\n", r"expected \[user@\]host\[:port\]"),
        ("Port ssh\nUser a\n", "10.66.10.10: Port: expected a number, found ssh"),
        ("Include config\n", "more than 16 files include each other"),
    ],
    ids=["match-exec", "token", "jump", "port", "circle"],
)
def test_what_cannot_be_followed_is_named(home: Path, config: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        addressed(home, config)


def test_a_file_that_others_may_write_is_refused(home: Path) -> None:
    private(home / ".ssh/config", "User a\n")
    (home / ".ssh/config").chmod(0o666)

    with pytest.raises(InputError, match="others may write it"):
        UserConfig(home / ".ssh/config")


def test_without_a_file_a_login_name_is_asked_for(home: Path) -> None:
    path = home / "hosts.yaml"
    path.write_text(f"hosts:\n  - {{{HOST}}}\n")

    with pytest.raises(
        InputError, match=r"expected ssh.username here, in the file's own ssh or in ~/.ssh/config"
    ):
        load_inventory(path, REGIONS)


def test_a_name_is_checked_before_it_gets_into_a_proxy_command(home: Path) -> None:
    address = addressed(home, 'ProxyCommand connect "%h"\nUser a\n', "hostname: 'a$(id)'")

    assert address.proxy_command == 'connect "%h"'
    with pytest.raises(InputError, match="cannot be put into a proxy_command"):
        expand(address.proxy_command, address)
