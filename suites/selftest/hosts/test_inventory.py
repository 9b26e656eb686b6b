from pathlib import Path

import pytest

from fixtures.live.inventory_file import load_inventory
from probes.hosts.inventory import Host
from probes.hosts.ssh.address import hops
from probes.model.errors import InputError

REGIONS = {"use1": "us-east-1", "us-east-1": "us-east-1", "use2": "us-east-2", "us-east-2": "us-east-2"}
GOOD = """\
ssh:
  username: ec2-user
  key_file: keys/live
  known_hosts: known_hosts
  proxy_jump:
    - hostname: bastion.example.com
hosts:
  - name: use1-gpu-a
    region: use1
    role: gpu
    az: us-east-1a
    address: 10.66.10.10
  - name: use2-gpu-a
    region: us-east-2
    role: gpu
    az: us-east-2b
    address: 10.66.74.10
    ssh:
      hostname: i-0abc
      port: 2222
      username: ubuntu
      key_file: /etc/keys/other
      proxy_command: ssm %h
"""


@pytest.fixture
def load(tmp_path: Path) -> "Loader":
    return Loader(tmp_path / "hosts.yaml")


class Loader:
    """Writes an inventory and reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def hosts(self, text: str) -> tuple[Host, ...]:
        """The hosts of an inventory with this text."""
        self.path.write_text(text)
        return load_inventory(self.path, REGIONS)

    def refusal(self, text: str) -> str:
        """Why an inventory with this text is refused, a line number first."""
        with pytest.raises(InputError) as caught:
            self.hosts(text)
        return str(caught.value).replace(f"{self.path}:", "")


def test_hosts_are_read_with_what_they_share(load: Loader) -> None:
    first, second = load.hosts(GOOD)

    assert (first.name, first.region, first.address, first.ssh.hostname) == (
        "use1-gpu-a",
        "us-east-1",
        "10.66.10.10",
        "10.66.10.10",
    )
    assert (first.ssh.username, first.ssh.key_file) == ("ec2-user", str(load.path.parent / "keys/live"))
    assert [hop.hostname for hop in hops(first.ssh)] == ["bastion.example.com", "10.66.10.10"]
    assert hops(first.ssh)[0].username == "ec2-user"
    assert (second.region, second.ssh.port, second.ssh.username) == ("us-east-2", 2222, "ubuntu")
    assert second.ssh.key_file == "/etc/keys/other"
    assert (second.ssh.proxy_jump, second.ssh.proxy_command) == ((), "ssm %h")


@pytest.mark.parametrize(
    "old,new,expected",
    [
        ("region: use1", "region: use9", "9: hosts[0].region: unknown region 'use9'; known are us-east-1"),
        ("us-east-1a", "us-east-2a", "11: hosts[0].az: expected a zone of us-east-1, found 'us-east-2a'"),
        ("10.66.10.10", "10.66.10.x", "12: hosts[0].address: expected an IPv4 address"),
        ("10.66.74.10", "10.66.10.10", "17: hosts[1].address: another host has '10.66.10.10' already"),
        ("name: use2-gpu-a", "name: use1-gpu-a", "13: hosts[1].name: another host has 'use1-gpu-a' already"),
        ("name: use2-gpu-a", 'name: " "', "13: hosts[1].name: expected a name"),
        ("port: 2222", "port: 99999", "19: hosts[1].ssh: expected a port from 1 to 65535, found 99999"),
        ("port: 2222", "port: ssh", "20: hosts[1].ssh.port: expected a whole number"),
        ("port: 2222", "prot: 2222", "20: hosts[1].ssh.prot: unknown key; did you mean port?"),
        ("hostname: i-0abc", "hostname: -oProxyCommand=x", "19: hosts[1].ssh: expected a hostname"),
        (
            "port: 2222",
            "host_keys: [nonsense]",
            "19: hosts[1].ssh: not an OpenSSH public key line",
        ),
        (
            "  username: ec2-user\n",
            "",
            "7: hosts[0]: expected ssh.username here, in the file's own ssh or in ~/.ssh/config",
        ),
        (
            "    role: gpu\n    az: us-east-1a\n",
            "    az: us-east-1a\n",
            "8: hosts[0]: the key role is missing",
        ),
    ],
)
def test_mistakes_are_named_by_line(load: Loader, old: str, new: str, expected: str) -> None:
    assert expected in load.refusal(GOOD.replace(old, new, 1))


def test_all_mistakes_are_named_at_once(load: Loader) -> None:
    text = GOOD.replace("us-east-1a", "us-west-2a").replace("region: us-east-2", "region: mars")
    assert len(load.refusal(text).splitlines()) == 2


def test_command_and_jump_together_are_refused(load: Loader) -> None:
    both = "proxy_command: ssm %h\n      proxy_jump: [{hostname: bastion}]"
    assert "exclude each other" in load.refusal(GOOD.replace("proxy_command: ssm %h", both))


@pytest.mark.parametrize("text", ["", "hosts: []\n", "hosts: 7\n", "- a\n", "hosts: [\n"])
def test_file_without_hosts_is_refused(load: Loader, text: str) -> None:
    assert load.refusal(text)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.yaml: no such file"):
        load_inventory(tmp_path / "absent.yaml", REGIONS)
