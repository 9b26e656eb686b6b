from fixtures.lab.plan.compiler import compile_lab
from fixtures.live.dry_run import dry_run_lines
from fixtures.live.host_choice import HostChoice, choose_hosts
from probes.hosts.inventory import Host
from probes.hosts.ssh.address import SshAddress
from probes.sources import load_state
from suites.selftest.spec.corrections import SPEC
from suites.selftest.spec.edit import ROOT

PLAN = compile_lab(load_state(f"dump:{ROOT / 'fixtures/states/gpu-cluster'}", regions=SPEC.aws_regions), SPEC)
EVERY_HOST = tuple(
    Host(
        name=host.name,
        region=host.region,
        role=host.role,
        az=host.az,
        address=str(host.addresses[0]),
        ssh=SshAddress(hostname=host.name, username="ec2-user"),
    )
    for host in PLAN.hosts
)
HOSTS = choose_hosts(SPEC, EVERY_HOST, HostChoice())
PAIR = ("us-east-1", "us-east-2")


def commands_of(name: str) -> list[str]:
    lines = list(dry_run_lines(SPEC, HOSTS, (PAIR,)))
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{name} "))
    rest = lines[start + 1 :]
    end = next((number for number, line in enumerate(rest) if not line.startswith(" ")), len(rest))
    return rest[:end]


def test_every_kind_of_measurement_is_shown_at_the_host_that_makes_it() -> None:
    client, server, router = map(commands_of, ("gpu-use1-00", "gpu-use2-00", "router-use1-0"))

    assert any("ping -c 1400 -i 0.01 -W 2 -s 56 10.66.74.10" in line for line in client)
    assert any("-s 8472 -M do 10.66.74.10" in line for line in client)
    assert any("-s 8473 -M do 10.66.74.10" in line for line in client)
    assert any("iperf3 -c 10.66.74.10 -p 5201 -J -P 16 -t 10 -O 2" in line for line in client)
    assert any("iperf3 -s -1 -B 10.66.74.10 -p 5201" in line for line in server)
    assert any("10.66.10.10 8080 30" in line for line in router)


def test_how_long_it_takes_is_said_first() -> None:
    first, second, *_ = dry_run_lines(SPEC, HOSTS, (PAIR,))

    assert first.startswith("round trips, sizes and ports: ")
    assert first.endswith(", about 14 s")
    assert second == "throughput in 2 rounds: 2, about 24 s"


def test_probe_window_is_shown_with_its_peer() -> None:
    assert "  # probe window: tcp/5201 from 10.66.10.10/32 while a test runs" in commands_of("gpu-use2-00")


def test_regions_that_are_not_asked_for_get_no_command() -> None:
    lines = list(dry_run_lines(SPEC, HOSTS, (PAIR,)))

    assert not any("usw2" in line or "10.66.138." in line for line in lines)
