"""Which of many hosts are measured: all of them in turn, or those that are named."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from fixtures.live.facts import LiveFacts, RememberingFacts
from fixtures.live.host_choice import HostChoice, choose_hosts
from fixtures.live.run import Measurements
from fixtures.plugins.measured_hosts import host_words
from probes.hosts.inventory import Host
from probes.hosts.ssh.address import SshAddress
from probes.model.conformance.measurements import Direction
from probes.model.errors import InputError
from suites.selftest.spec.corrections import SPEC
from suites.selftest.spec.edit import ROOT

DAY = date(2026, 11, 27)
REGIONS = {"us-east-1": 0, "us-east-2": 64, "us-west-2": 128}
FLEET = tuple(
    Host(
        name=f"gpu-{region}{zone}-{number:03}",
        region=region,
        role="gpu",
        az=f"{region}{zone}",
        address=f"10.66.{third + index}.{number}",
        ssh=SshAddress(hostname="x", username="x"),
    )
    for region, third in REGIONS.items()
    for index, zone in enumerate("abc", 10)
    for number in range(1, 24)
)  # 207


def chosen(days: int = 0, per_zone: int = 1, **choice: tuple[str, ...]) -> set[str]:
    spec = replace(SPEC, live=replace(SPEC.live, hosts_per_zone=per_zone), connectivity=None)
    picked = HostChoice(day=DAY + timedelta(days=days), **choice)
    return {host.name for host in choose_hosts(spec, FLEET, picked)}


@pytest.mark.parametrize("per_zone, days", [(1, 23), (4, 6), (23, 1)])
def test_every_host_of_many_is_measured_within_days(per_zone: int, days: int) -> None:
    turns = [chosen(day, per_zone) for day in range(days)]

    assert {len(turn) for turn in turns} == {9 * per_zone}
    assert set().union(*turns) == {host.name for host in FLEET}


def test_same_day_measures_the_same_hosts_and_a_lab_always_does() -> None:
    assert chosen() == chosen() != chosen(1)
    always = choose_hosts(replace(SPEC, connectivity=None), FLEET, HostChoice())
    assert {host.name[-3:] for host in always} == {"001"}


def test_named_host_is_measured_against_those_of_the_other_regions() -> None:
    names = chosen(names=("gpu-us-east-1b-017", "gpu-us-east-1b-018"))

    assert {name for name in names if "us-east-1" in name} == {"gpu-us-east-1b-017", "gpu-us-east-1b-018"}
    assert len(names) == 2 + 6


def test_zone_narrows_its_own_region_only() -> None:
    names = chosen(zones=("us-west-2c",))

    assert {name[:-4] for name in names if "us-west-2" in name} == {"gpu-us-west-2c"}
    assert len(names) == 1 + 6


def test_host_of_the_documents_ping_is_always_measured() -> None:
    assert SPEC.connectivity is not None
    pinged = str(SPEC.connectivity.ping_address)
    fleet = [
        replace(host, address=pinged if host.name.endswith("2a-022") else host.address) for host in FLEET
    ]
    for days in range(3):
        picked = choose_hosts(SPEC, fleet, HostChoice(day=DAY + timedelta(days=days)))
        assert pinged in {host.address for host in picked}


@pytest.mark.parametrize(
    "choice, message",
    [
        (HostChoice(names=("gpu-9",)), "--host gpu-9: no such host; known are gpu-us-east-1a-001, "),
        (HostChoice(names=("gpu-9",)), "and 187 more"),
        (HostChoice(roles=("cpu",)), "--role cpu: no such role; known are gpu"),
        (
            HostChoice(zones=("us-east-1f",)),
            "--az us-east-1f: no such zone; known are us-east-1a, us-east-1b",
        ),
    ],
)
def test_unknown_choice_is_named_with_what_there_is(choice: HostChoice, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_hosts(SPEC, FLEET, choice)


def test_choice_without_a_host_to_measure_from_is_refused() -> None:
    router = replace(FLEET[0], name="router", role="router")
    with pytest.raises(InputError, match="--role router leaves no gpu host, and those measure"):
        choose_hosts(SPEC, (*FLEET, router), HostChoice(roles=("router",)))


def test_what_a_choice_leaves_out_is_not_run_and_what_is_missing_is_an_error() -> None:
    nothing = LiveFacts(Measurements(latency=(), handshakes=(), mtu=(), ports=(), throughput=()), {})
    direction = Direction(source_region="us-east-1", destination_region="us-east-2")
    with pytest.raises(pytest.skip.Exception, match="not measured on purpose: --role gpu"):
        RememberingFacts(nothing, "--role gpu").handshakes("us-east-1", "router", "gpu")
    with pytest.raises(pytest.skip.Exception):
        RememberingFacts(nothing, "--host x").latency(direction)
    assert RememberingFacts(nothing).handshakes("us-east-1", "router", "gpu").missing


@pytest.mark.parametrize(
    "option, said",
    [
        ("--host=none", "ERROR: --host none: no such host; known are gpu-us-east-1a-001"),
        ("--region-pair=use1-usw2", "--target: the inventory has no gpu host in us-west-2"),  # W10
    ],
)
def test_usage_error_of_the_command_line_is_one_sentence(tmp_path: Path, option: str, said: str) -> None:
    hosts = [
        {"name": host.name, "region": host.region, "role": host.role, "az": host.az, "address": host.address}
        for host in FLEET
        if host.region != "us-west-2"
    ]
    inventory = {"ssh": {"username": "x"}, "hosts": hosts}
    (tmp_path / "hosts.yaml").write_bytes(msgspec.json.encode(inventory))
    command = [sys.executable, "-m", "pytest", "suites/live", "--dry-run", "--region-pair=use1-use2", option]
    command += [f"--target=inventory:{tmp_path}/hosts.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, "INTERNALERROR" in done.stdout) == (4, False)
    assert said in done.stderr


@pytest.mark.parametrize("by_day, others", [(True, ": others another day, more"), (False, " measured: more")])
def test_lab_promises_no_other_hosts_on_another_day(by_day: bool, others: str) -> None:  # noqa: FBT001
    assert others in host_words(9, 200, "", by_day=by_day)
    assert host_words(9, 9, "--role gpu", by_day=by_day).endswith("by --role gpu")
