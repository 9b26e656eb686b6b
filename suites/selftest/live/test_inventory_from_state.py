import shlex
from pathlib import Path

import msgspec
import pytest

from fixtures.live.inventory_from_state import hosts_of_state
from fixtures.live.target import region_names
from probes.hosts.inventory import Host
from probes.hosts.ssh.proxy import expand
from probes.model.errors import EmptySelectionError, InputError
from probes.model.state import State
from probes.sources import load_state
from suites.selftest.spec.corrections import SPEC
from suites.selftest.spec.edit import ROOT

STATE = load_state(f"dump:{ROOT / 'fixtures/states/gpu-cluster'}", regions=SPEC.aws_regions)
SSM = """\
ssh:
  username: ec2-user
  hostname: "{instance_id}"
  known_hosts: keys/known_hosts
  proxy_command: aws ssm start-session --region {region} --target %h --document-name AWS-StartSSHSession
    --parameters '{"portNumber":["%p"]}' # {host}
"""


def hosts(tmp_path: Path, text: str, state: State = STATE) -> dict[str, Host]:
    path = tmp_path / "ssh.yaml"
    path.write_text(text, encoding="utf-8")
    return {host.name: host for host in hosts_of_state(state, SPEC, path, region_names(SPEC))}


def test_every_zone_of_a_role_has_a_host(tmp_path: Path) -> None:
    found = hosts(tmp_path, "ssh: {username: ec2-user}")
    zones = {host.az for host in found.values() if (host.role, host.region) == ("gpu", "us-east-1")}

    assert zones == {"us-east-1a", "us-east-1b", "us-east-1c"}
    assert found["gpu-use2-00"].address == "10.66.74.10"
    assert found["gpu-use2-00"].ssh.hostname == "10.66.74.10"


def test_what_is_no_instance_is_only_connected_to(tmp_path: Path) -> None:
    found = hosts(tmp_path, "ssh: {username: ec2-user}")
    roles = {host.role for host in found.values()}
    instances = {str(i.private_ips[0]) for i in STATE.network_interfaces if i.instance_id}

    assert {"gpu", "fsx", "vpce"} <= roles
    assert "nlb" not in roles
    assert all(host.address in instances for host in found.values() if host.role in ("gpu", "router"))


def test_file_system_without_name_tags_on_its_interfaces_is_known_by_its_own(tmp_path: Path) -> None:
    bare = tuple(
        msgspec.structs.replace(i, tags={}, description="ENI for FSx") if i.name.startswith("fsx-") else i
        for i in STATE.network_interfaces
    )
    found = hosts(tmp_path, "ssh: {username: x}", msgspec.structs.replace(STATE, network_interfaces=bare))

    assert {host.region for host in found.values() if host.role == "fsx"} == set(SPEC.aws_regions)


def test_session_manager_reaches_each_instance_by_its_id(tmp_path: Path) -> None:
    host = hosts(tmp_path, SSM)["gpu-use2-00"]
    command = shlex.split(expand(host.ssh.proxy_command or "", host.ssh), comments=True)

    assert host.ssh.hostname.startswith("i-")
    assert host.ssh.known_hosts == str(tmp_path / "keys/known_hosts")
    assert command[command.index("--region") + 1] == "us-east-2"
    assert command[command.index("--target") + 1] == host.ssh.hostname
    assert command[-1] == '{"portNumber":["22"]}'


def test_names_that_anybody_can_tag_do_not_reach_a_shell(tmp_path: Path) -> None:
    renamed = tuple(
        msgspec.structs.replace(i, tags={"Name": "gpu-use1-$(reboot)"}) if i.name == "gpu-use1-00" else i
        for i in (*STATE.network_interfaces, *STATE.instances)
    )
    count = len(STATE.network_interfaces)
    state = msgspec.structs.replace(STATE, network_interfaces=renamed[:count], instances=renamed[count:])
    found = hosts(tmp_path, "ssh: {username: x, proxy_command: 'connect \"{host}\" %h'}", state)
    host = next(host for host in found.values() if host.address == "10.66.10.10")

    assert expand(host.ssh.proxy_command or "", host.ssh) == 'connect "gpu-use1-reboot" 10.66.10.10'


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "empty"),
        ("ssh: {user: ec2-user}", "user"),
        ("ssh: {port: 22}", "expected ssh.username"),
        ("ssh: {username: x, port: 0}", "expected a port"),
    ],
)
def test_malformed_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        hosts(tmp_path, text)
    assert "ssh.yaml:" in str(caught.value)


def test_state_without_hosts_is_no_target(tmp_path: Path) -> None:
    empty = msgspec.structs.replace(
        STATE, network_interfaces=(), instances=(), fsx_file_systems=(), vpc_endpoints=()
    )
    with pytest.raises(EmptySelectionError, match="shows no host"):
        hosts(tmp_path, "ssh: {username: x}", empty)
