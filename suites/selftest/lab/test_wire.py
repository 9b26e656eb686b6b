"""The documented network on real packets: what it carries, what faults do to it, and what shows of it."""

import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest

from fixtures.lab.errors import LabError
from fixtures.lab.faults.faults import (
    AsymmetricPath,
    AzDown,
    Blackhole,
    ClosedPort,
    DeadHost,
    Fault,
    HungSshd,
    Jitter,
    Latency,
    Loss,
    MissingRoute,
    Mtu,
    OpenedPort,
    PeeringDown,
    Rate,
    WrongNextHop,
)
from fixtures.lab.lab import Lab
from suites.selftest.lab.machine import lab_name, running_lab
from suites.selftest.lab.measuring import (
    about,
    connects,
    host_of,
    midpoint_ms,
    ping,
    pings,
    received,
    round_trip_ms,
)
from suites.selftest.lab.networks import documented_plan, documented_spec

PAIRS = [("use1", "use2"), ("use1", "usw2"), ("use2", "usw2")]
USE1, USE2 = ("use1", "use2")
USE2_CIDR = IPv4Network("10.66.64.0/18")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running_lab(documented_plan(), lab_name("wire")) as running:
        yield running


@pytest.mark.parametrize("one, other", PAIRS)
def test_round_trip_is_the_documented_ranges_midpoint_both_ways(lab: Lab, one: str, other: str) -> None:
    expected_ms = midpoint_ms(documented_spec(), one, other)

    assert round_trip_ms(lab, one, other) == about(expected_ms)
    assert round_trip_ms(lab, other, one) == about(expected_ms)


def test_gateway_carries_8500_bytes_and_drops_more_in_silence(lab: Lab) -> None:
    source, target = host_of(lab, "gpu", USE1), host_of(lab, "gpu", USE2)
    fits = ping(lab, source, target, "-M", "do", "-s", "8472", count=3)
    too_big = ping(lab, source, target, "-M", "do", "-s", "8473", count=3)

    assert (received(fits), received(too_big)) == (3, 0)
    assert "Frag" not in too_big
    assert "too long" not in too_big


def test_role_hosts_answer_on_their_documented_ports_and_say_what_they_are(lab: Lab) -> None:
    gpu, fsx = host_of(lab, "gpu", USE1), host_of(lab, "fsx", USE1)
    script = f"cat < /dev/tcp/{fsx.addresses[0]}/988"

    answer = lab.exec(gpu.name, ["timeout", "2", "bash", "-c", script])

    assert answer.stdout == f"crossregion-lab listener fsx {fsx.name} tcp/988\n"


def test_reference_to_a_group_counts_in_its_region_only(lab: Lab) -> None:
    router = host_of(lab, "router", USE1)

    assert connects(lab, router, host_of(lab, "gpu", USE1), 8080)
    assert not connects(lab, router, host_of(lab, "gpu", USE2), 8080)


def test_probe_window_lets_one_peer_through_one_port(lab: Lab) -> None:
    server, client = host_of(lab, "gpu", USE2), host_of(lab, "gpu", USE1)
    stranger = host_of(lab, "gpu", "usw2")
    window = (server.name, client.addresses[0], 443)

    lab.open_probe_window(*window)
    opened = [connects(lab, client, server, 443), connects(lab, client, server, 8080)]
    others = connects(lab, stranger, server, 443)
    lab.close_probe_window(*window)

    assert (opened, others, connects(lab, client, server, 443)) == ([True, False], False, False)


@pytest.mark.parametrize(
    "fault, expected_ms",
    [
        (Latency(between=(USE1, USE2), add_ms=30), 17.5 + 30),
        (WrongNextHop(region=USE1, destination=USE2_CIDR, via="usw2"), (17.5 + 72.5 + 57.5) / 2),
        (AsymmetricPath(between=(USE1, USE2), via="usw2"), (17.5 + 72.5 + 57.5) / 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_fault_lengthens_the_way_by_what_it_says(lab: Lab, fault: Fault, expected_ms: float) -> None:
    with lab.fault(fault):
        assert round_trip_ms(lab, USE1, USE2) == about(expected_ms)
    assert round_trip_ms(lab, USE1, USE2) == about(17.5)


@pytest.mark.parametrize(
    "fault, counter",
    [
        (Blackhole(region=USE1, destination=USE2_CIDR), "PacketDropCountBlackhole"),
        (MissingRoute(region=USE1, destination=USE2_CIDR), "PacketDropCountNoRoute"),
        (PeeringDown(between=(USE1, USE2)), "PacketDropCountBlackhole"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_lost_route_drops_and_is_counted_as_cloudwatch_counts(lab: Lab, fault: Fault, counter: str) -> None:
    before = sum(getattr(port.counters, counter) for port in lab.counters())

    with lab.fault(fault):
        arrived = pings(lab, USE1, USE2, count=5)
    dropped = sum(getattr(port.counters, counter) for port in lab.counters()) - before

    assert (arrived, dropped) == (0, 5)
    assert pings(lab, USE1, USE2) == 5


def test_loss_takes_packets(lab: Lab) -> None:
    with lab.fault(Loss(between=(USE1, USE2), loss_ratio=0.3)):
        arrived = pings(lab, USE1, USE2, count=100)

    assert 20 < arrived < 80  # both directions: 0.49 of 100


def test_jitter_varies_the_round_trips(lab: Lab) -> None:
    with lab.fault(Jitter(between=(USE1, USE2), jitter_ms=8)):
        printed = ping(lab, host_of(lab, "gpu", USE1), host_of(lab, "gpu", USE2), count=100)

    deviation_ms = float(printed.rstrip().rpartition("/")[2].split()[0])
    assert deviation_ms > 2


def test_smaller_mtu_lets_only_small_packets_through(lab: Lab) -> None:
    with lab.fault(Mtu(between=(USE1, USE2), mtu_bytes=1500)):
        sizes = {size: pings(lab, USE1, USE2, "-M", "do", "-s", str(size), count=2) for size in (1472, 1473)}

    assert sizes == {1472: 2, 1473: 0}


def test_closed_port_is_closed_and_opened_port_is_open(lab: Lab) -> None:
    gpu, fsx, remote = host_of(lab, "gpu", USE1), host_of(lab, "fsx", USE1), host_of(lab, "gpu", USE2)

    with lab.fault(ClosedPort(host=fsx.name, port=988), OpenedPort(host=gpu.name, port=2222)):
        assert not connects(lab, gpu, fsx, 988)
        assert connects(lab, remote, gpu, 2222)
    assert connects(lab, gpu, fsx, 988)
    assert not connects(lab, remote, gpu, 2222)


def test_dead_host_answers_nothing_and_comes_back(lab: Lab) -> None:
    gpu = host_of(lab, "gpu", USE2)

    with lab.fault(DeadHost(host=gpu.name)):
        conditions = {host.name: (host.condition, host.sshd_running) for host in lab.status().hosts}
        assert pings(lab, USE1, USE2) == 0
    assert conditions[gpu.name] == ("dead", False)
    assert pings(lab, USE1, USE2) == 5
    assert all(host.sshd_running for host in lab.status().hosts)


def test_hung_ssh_server_accepts_and_says_nothing(lab: Lab) -> None:
    gpu = host_of(lab, "gpu", USE1)
    listen = ["timeout", "1", *lab.proxy_command(gpu.name)]

    with lab.fault(HungSshd(host=gpu.name)):
        silent = subprocess.run(listen, capture_output=True, check=False, stdin=subprocess.PIPE)
    talking = subprocess.run(listen, capture_output=True, check=False, stdin=subprocess.PIPE)

    assert (silent.stdout, silent.returncode) == (b"", 124)
    assert talking.stdout.startswith(b"SSH-2.0-")


def test_lost_zone_takes_its_hosts_and_its_way_to_the_gateway(lab: Lab) -> None:
    lost, kept = (host for host in lab.hosts if (host.role, host.region) == ("gpu", "us-east-1"))
    remote = host_of(lab, "gpu", USE2)

    with lab.fault(AzDown(region=USE1, az=lost.az[-1])):
        answers = [received(ping(lab, remote, host, count=3)) for host in (lost, kept)]

    assert answers == [0, 3]
    assert received(ping(lab, remote, lost, count=3)) == 3


def test_captured_link_shows_the_packets(lab: Lab) -> None:
    gpu = host_of(lab, "gpu", USE1)
    router = next(router for router in lab.plan.routers if router.region == gpu.region)
    uplink = next(uplink for uplink in router.uplinks if uplink.zone == gpu.zone)
    watch = ["timeout", "5", "tcpdump", "-n", "-c", "2", "-i", uplink.device, "icmp"]
    with subprocess.Popen(
        lab.enter_command(router.name, watch), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as capture:
        assert capture.stderr is not None
        assert any("listening" in line for line in iter(capture.stderr.readline, ""))
        pings(lab, USE1, USE2)
        shown, _ = capture.communicate(timeout=10)

    assert "ICMP echo request" in shown


def test_fault_that_names_nothing_changes_nothing(lab: Lab) -> None:
    with pytest.raises(LabError, match="no region 'use9'"):
        lab.add_fault(Latency(between=(USE1, "use9"), add_ms=1))
    assert lab.status().faults == ()


def test_lower_rate_carries_less(lab: Lab) -> None:
    server, client = host_of(lab, "gpu", USE2), host_of(lab, "gpu", USE1)
    lab.open_probe_window(server.name, client.addresses[0], 5201)
    with lab.fault(Rate(between=(USE1, USE2), factor=0.2)):
        lab.exec(server.name, ["iperf3", "-s", "-1", "-D"])
        sent = lab.exec(client.name, ["iperf3", "-c", str(server.addresses[0]), "-t", "2", "-f", "m"]).stdout
    lab.close_probe_window(server.name, client.addresses[0], 5201)

    received_mbit_per_s = float(sent.splitlines()[-3].split("Mbits/sec")[0].split()[-1])
    assert 10 < received_mbit_per_s <= 105  # a fifth of 500
