from ipaddress import IPv4Address, IPv4Network

import pytest

from fixtures.lab.gateway.forwarding import HOP_LIMIT, TGW_MTU_BYTES, ForwardingEngine, Origin, Port
from fixtures.lab.gateway.link import Link
from fixtures.lab.gateway.longest_prefix import PrefixTable
from fixtures.lab.plan.model import Fabric, Gateway, PeeringLink, Quality, TgwPort, TgwRouteEntry, TgwTable

FAST = Quality(delay_ms=10, rate_mbit_per_s=8, queue_bytes=10_000)
HERE: Origin = ("r0", "r0a")


def packet(destination: str, size: int = 100) -> bytes:
    header = bytearray(size)
    header[0] = 0x45
    header[16:20] = IPv4Address(destination).packed
    return bytes(header)


def entry(destination: str, attachment_id: str | None) -> TgwRouteEntry:
    return TgwRouteEntry(destination=IPv4Network(destination), attachment_id=attachment_id)


def gateway(number: int, *routes: TgwRouteEntry) -> Gateway:
    """One gateway with a VPC attachment `vpc` and a peering `peer` with the other one, both in one table."""
    return Gateway(
        id=f"tgw{number}",
        region=f"r{number}",
        tables=(TgwTable(id="table", routes=routes),),
        ports=(
            TgwPort(attachment_id="vpc", table_id="table"),
            TgwPort(attachment_id="peer", table_id="table", peer_gateway_id=f"tgw{1 - number}"),
        ),
    )


def fabric(*gateways: Gateway, quality: Quality = FAST) -> Fabric:
    links = tuple(
        PeeringLink(attachment_id="peer", source_gateway_id=one, target_gateway_id=other, quality=quality)
        for one, other in (("tgw0", "tgw1"), ("tgw1", "tgw0"))
    )
    return Fabric(gateways=gateways, links=links)


class RunningFabric:
    """An engine with a record of what it delivered."""

    def __init__(self, described: Fabric) -> None:
        self.delivered: list[str] = []
        self.engine = ForwardingEngine(described, self._deliver)

    def _deliver(self, port: Port, _packet: bytes, _origin: Origin) -> None:
        self.delivered.append(port.key[0])

    def send(self, sent: bytes, now_s: float = 0.0) -> Port:
        """Lets a packet out of the first VPC."""
        port = self.engine.ports["tgw0", "vpc"]
        self.engine.enter(port, sent, HERE, 0, now_s)
        return port


def test_longest_prefix_wins_and_nothing_matches_nothing() -> None:
    table = PrefixTable(
        [(IPv4Network(cidr), cidr) for cidr in ("10.0.0.0/8", "10.66.0.0/16", "10.66.64.0/18")]
    )

    found = [table.find(IPv4Address(a).packed) for a in ("10.66.64.1", "10.66.0.1", "10.1.1.1", "11.0.0.1")]

    assert found == ["10.66.64.0/18", "10.66.0.0/16", "10.0.0.0/8", None]


def test_packet_crosses_a_peering_after_its_serialisation_and_delay() -> None:
    running = RunningFabric(
        fabric(gateway(0, entry("10.1.0.0/16", "peer")), gateway(1, entry("10.1.0.0/16", "vpc")))
    )
    running.send(packet("10.1.0.1", 1000))  # 1 ms at 8 Mbit/s, then 10 ms

    assert running.engine.release(0.0109) == pytest.approx(0.011)
    assert running.delivered == []
    running.engine.release(0.011)
    assert running.delivered == ["tgw1"]


@pytest.mark.parametrize(
    "route, counter",
    [
        (entry("10.1.0.0/16", None), "PacketDropCountBlackhole"),
        (entry("10.1.0.0/16", "detached"), "PacketDropCountBlackhole"),
        (entry("10.2.0.0/16", "vpc"), "PacketDropCountNoRoute"),
    ],
)
def test_drops_are_counted_as_cloudwatch_names_them(route: TgwRouteEntry, counter: str) -> None:
    running = RunningFabric(fabric(gateway(0, route), gateway(1)))

    port = running.send(packet("10.1.0.1"))

    assert (getattr(port.counters, counter), port.counters.PacketsIn, running.delivered) == (1, 1, [])


def test_packets_over_the_gateways_mtu_disappear() -> None:
    running = RunningFabric(fabric(gateway(0, entry("10.1.0.0/16", "vpc")), gateway(1)))

    running.send(packet("10.1.0.1", TGW_MTU_BYTES))
    port = running.send(packet("10.1.0.1", TGW_MTU_BYTES + 1))

    assert (running.delivered, port.counters.MtuDropped) == (["tgw0"], 1)


def test_circulating_packet_ends() -> None:
    back_and_forth = entry("10.1.0.0/16", "peer")
    running = RunningFabric(fabric(gateway(0, back_and_forth), gateway(1, back_and_forth)))
    running.send(packet("10.1.0.1"))
    now_s = 0.0
    for _ in range(HOP_LIMIT + 2):
        now_s += 1.0
        running.engine.release(now_s)

    assert sum(port.counters.HopLimitDropped for port in running.engine.ports.values()) == 1


def test_counters_and_packets_in_flight_survive_a_change() -> None:
    described = fabric(gateway(0, entry("10.1.0.0/16", "peer")), gateway(1, entry("10.1.0.0/16", "vpc")))
    running = RunningFabric(described)
    running.send(packet("10.1.0.1"))

    running.engine.configure(described)
    running.engine.release(1.0)

    assert (running.delivered, running.engine.ports["tgw0", "vpc"].counters.PacketsIn) == (["tgw1"], 1)


def test_queue_limit_drops_what_the_rate_cannot_carry() -> None:
    link: Link[None] = Link(Quality(delay_ms=0, rate_mbit_per_s=8, queue_bytes=3000))

    accepted = [link.send(bytes(1000), None, 0.0) for _ in range(6)]

    assert accepted == [True, True, True, True, False, False]


def test_line_carries_its_rate() -> None:
    link: Link[None] = Link(Quality(delay_ms=0, rate_mbit_per_s=80, queue_bytes=10**9))
    for _ in range(1000):
        link.send(bytes(1000), None, 0.0)

    assert link.in_flight[-1][0] == pytest.approx(0.1)


def test_jitter_varies_the_delay_and_keeps_the_order() -> None:
    link: Link[int] = Link(Quality(delay_ms=10, rate_mbit_per_s=1e6, queue_bytes=10**9, jitter_ms=5))
    for number in range(1000):
        link.send(b"x", number, number * 1e-3)
    delays_ms = [(due_s - number * 1e-3) * 1e3 for due_s, _, number in link.in_flight]

    assert [number for _, _, number in link.in_flight] == list(range(1000))
    assert min(delays_ms) < 9
    assert 11 < max(delays_ms) <= 15.1


def test_loss_takes_about_its_share() -> None:
    link: Link[None] = Link(Quality(delay_ms=0, rate_mbit_per_s=1e6, queue_bytes=10**9, loss_ratio=0.2))

    arrived = sum(link.send(b"x", None, 0.0) for _ in range(10_000))

    assert 7_700 < arrived < 8_300
