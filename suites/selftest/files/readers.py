"""Every reader of a file that a person names, and valid files of its kind."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fixtures.live.inventory_file import load_inventory
from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.hostkeys import TrustedKeys
from probes.hosts.ssh.user_config import UserConfig
from probes.model.conformance.catalogue import Catalogue
from probes.sources.documents.catalogue import load_catalogue
from probes.sources.documents.spec import load_spec
from probes.sources.documents.waivers import load_waivers
from probes.sources.dump import load_dump
from probes.sources.terraform import load_terraform
from reports.results.files import read_results, results_text
from suites.selftest.hosts.test_inventory import GOOD, REGIONS
from suites.selftest.reports.sample import sample_results
from suites.selftest.spec.edit import BUNDLED, CATALOGUE, ROOT

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"


class Reader(NamedTuple):
    """`read` takes a file of this name; `seeds` gives valid contents."""

    file_name: str
    read: Callable[[Path], object]
    seeds: Callable[[], list[bytes]]


@cache
def dump_files() -> list[bytes]:
    """The responses of one Region of the bundled dump."""
    folder = ROOT / "fixtures/states/gpu-cluster"
    return [path.read_bytes() for path in sorted(folder.glob("*/us-east-1/*.json"))]


@cache
def terraform_files() -> list[bytes]:
    """A plan and a state that Terraform wrote."""
    return [path.read_bytes() for path in sorted((ROOT / "suites/selftest/samples/terraform").glob("*.json"))]


@cache
def catalogue() -> Catalogue:
    """The catalogue that waivers are read with."""
    return load_catalogue(CATALOGUE)


@cache
def known_hosts_files() -> list[bytes]:
    """Plain, hashed, marked, with a port, and a comment."""
    lines = (f"gpu {HOST_KEY}", f"@revoked * {HOST_KEY}", f"[gpu]:2222,!other {HOST_KEY} c", "# comment", "")
    return ["\n".join(lines).encode()]


@cache
def ssh_config_files() -> list[bytes]:
    """Patterns, a match, jumps, keys and a command."""
    return [
        b"Host 10.66.* !10.66.2.*\n  HostName %h.example.com\n  Port 2222\n  User a\n  ProxyJump b@c:22,d\n",
        b"Match host 10.66.1.1 user root\n  IdentityFile ~/.ssh/x\n  UserKnownHostsFile a b\nHost *\n  User c\n",
        b'Host "a b" ?\nProxyCommand connect %h %p\nIdentitiesOnly=yes\nHostKeyAlias gpu\n# comment\n',
    ]


def _read_known_hosts(path: Path) -> object:
    return TrustedKeys("gpu", SshAddress(hostname="gpu", username="u", known_hosts=str(path)))


READERS: Mapping[str, Reader] = {
    "dump": Reader("Vpcs.json", lambda path: load_dump(path.parent), dump_files),
    "plan": Reader("plan.json", load_terraform, terraform_files),
    "spec": Reader("spec.yaml", load_spec, lambda: [BUNDLED.read_bytes()]),
    "waivers": Reader(
        "waivers.yaml",
        lambda path: load_waivers(path, catalogue()),
        lambda: [(ROOT / "fixtures/specs/gpu-cluster.waivers.yaml").read_bytes()],
    ),
    "catalogue": Reader("requirements.toml", load_catalogue, lambda: [CATALOGUE.read_bytes()]),
    "inventory": Reader("hosts.yaml", lambda path: load_inventory(path, REGIONS), lambda: [GOOD.encode()]),
    "ssh_config": Reader("config", lambda path: UserConfig(path).settings("10.66.1.1"), ssh_config_files),
    "known_hosts": Reader("known_hosts", _read_known_hosts, known_hosts_files),
    "results": Reader("results.json", read_results, lambda: [results_text(sample_results()).encode()]),
}
