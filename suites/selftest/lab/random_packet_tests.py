"""Small labs of random networks, packets to send in them, and what the model says about each."""

from hypothesis import strategies as st
from msgspec.structs import replace

from fixtures.lab.plan.compiler import compile_network
from fixtures.lab.plan.hosts import HostInterface, uniquely_named
from fixtures.lab.plan.model import LabHost, LabPlan, PeeringLink, Service
from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.network.endpoints import of_interface
from probes.model.network.index import Network
from probes.model.network.packets import ICMP, TCP, UDP, Packet
from probes.model.network.trace import RoundTrip
from probes.model.spec import Spec
from probes.model.state import State
from suites.selftest.lab.packet_tests import Observed, PacketTest

ANSWERED_PORTS = (22, 79, 80, 81, 443, 1023, 1024, 40000, 65535)
_SERVICES = tuple(
    service
    for port in ANSWERED_PORTS
    for service in (Service(protocol="tcp", port=port), Service(protocol="udp", port=port))
)
_FIRST_SOURCE_PORT = 20000  # one for each packet, so that no reply is taken for another's


def every_interface(state: State) -> tuple[HostInterface, ...]:
    """All interfaces that can hold a host, without roles."""
    return uniquely_named(
        [
            HostInterface(name=interface.id, role="", interface=interface)
            for interface in state.network_interfaces
            if interface.private_ips and interface.subnet_id
        ]
    )


def small_lab(state: State, spec: Spec) -> LabPlan:
    """The lab of all interfaces of a state, without distance, answering on every port that the tests use."""
    plan = compile_network(state, spec, every_interface(state))
    links = tuple(_near(link) for link in plan.fabric.links)
    hosts = tuple(replace(host, services=_SERVICES) for host in plan.hosts)
    return replace(plan, hosts=hosts, fabric=replace(plan.fabric, links=links))


def _near(link: PeeringLink) -> PeeringLink:
    return replace(link, quality=replace(link.quality, delay_ms=0.0))


@st.composite
def packet_tests(draw: st.DrawFn, plan: LabPlan, count: int) -> tuple[PacketTest, ...]:
    """Packets between hosts of a lab, no two alike, each with a source port of its own."""
    pairs = st.sampled_from([(one, other) for one in plan.hosts for other in plan.hosts if one is not other])
    protocols, ports = st.sampled_from((TCP, UDP, ICMP)), st.sampled_from(ANSWERED_PORTS)
    kinds = st.tuples(pairs, protocols, ports, st.sampled_from((8, 13)))
    drawn = draw(st.lists(kinds, min_size=1, max_size=count, unique_by=_identity))
    return tuple(
        packet_test(pair, protocol, number, port=port, icmp_type=icmp_type)
        for number, (pair, protocol, port, icmp_type) in enumerate(drawn)
    )


def _identity(kind: tuple[tuple[LabHost, LabHost], int, int, int]) -> tuple[str, str, int, int]:
    (source, target), protocol, port, icmp_type = kind
    return source.name, target.name, protocol, icmp_type if protocol == ICMP else port


def packet_test(
    pair: tuple[LabHost, LabHost], protocol: int, number: int, *, port: int = 80, icmp_type: int = 8
) -> PacketTest:
    """One packet between two hosts."""
    source, target = pair
    icmp = protocol == ICMP
    return PacketTest(
        source=source.name,
        packet=Packet(
            source=source.addresses[0],
            destination=target.addresses[0],
            protocol=protocol,
            source_port=0 if icmp else _FIRST_SOURCE_PORT + number,
            destination_port=0 if icmp else port,
            icmp_type=icmp_type if icmp else 0,
        ),
    )


def predicted(network: Network, plan: LabPlan, asked: PacketTest) -> RoundTrip | None:
    """What the model says about a packet; None where it cannot know."""
    interfaces = {(i.region, i.id): i for i in network.state.network_interfaces}
    host = plan.host(asked.source)
    try:
        return round_trip(network, asked.packet, of_interface(interfaces[(host.region, host.interface_id)]))
    except UnobservableError:
        return None


def as_observed(trip: RoundTrip) -> Observed:
    """A prediction in the words of an observation."""
    return Observed(arrived=trip.forward.delivered, answered=trip.works)
