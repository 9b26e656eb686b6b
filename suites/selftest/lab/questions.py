"""Small labs of drawn networks, with packets to send in them and what the model says about each."""

from hypothesis import strategies as st
from msgspec.structs import replace

from fixtures.lab.packet_tests import Question, Seen
from fixtures.lab.plan.compiler import compile_network
from fixtures.lab.plan.hosts import every_interface
from fixtures.lab.plan.model import Host, LabPlan, Line, Service
from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.network.endpoints import of_interface
from probes.model.network.index import Network
from probes.model.network.packets import ICMP, TCP, UDP, Packet
from probes.model.network.trace import RoundTrip
from probes.model.spec import Spec
from probes.model.state import State

ANSWERED_PORTS = (22, 79, 80, 81, 443, 1023, 1024, 40000, 65535)
_SERVICES = tuple(
    service
    for port in ANSWERED_PORTS
    for service in (Service(protocol="tcp", port=port), Service(protocol="udp", port=port))
)
_FIRST_SOURCE_PORT = 20000  # one for each question, so that no answer is taken for another's


def small_lab(state: State, spec: Spec) -> LabPlan:
    """The lab of all interfaces of a state, without distance, answering on every port that questions ask for."""
    plan = compile_network(state, spec, every_interface(state))
    lines = tuple(_near(line) for line in plan.fabric.lines)
    hosts = tuple(replace(host, services=_SERVICES) for host in plan.hosts)
    return replace(plan, hosts=hosts, fabric=replace(plan.fabric, lines=lines))


def _near(line: Line) -> Line:
    return replace(line, quality=replace(line.quality, delay_ms=0.0))


@st.composite
def questions(draw: st.DrawFn, plan: LabPlan, count: int) -> tuple[Question, ...]:
    """Packets between hosts of a lab, no two alike, each with a source port of its own."""
    pairs = st.sampled_from([(one, other) for one in plan.hosts for other in plan.hosts if one is not other])
    protocols, ports = st.sampled_from((TCP, UDP, ICMP)), st.sampled_from(ANSWERED_PORTS)
    kinds = st.tuples(pairs, protocols, ports, st.sampled_from((8, 13)))
    drawn = draw(st.lists(kinds, min_size=1, max_size=count, unique_by=_identity))
    return tuple(
        question(pair, protocol, number, port=port, icmp_type=icmp_type)
        for number, (pair, protocol, port, icmp_type) in enumerate(drawn)
    )


def _identity(kind: tuple[tuple[Host, Host], int, int, int]) -> tuple[str, str, int, int]:
    (source, target), protocol, port, icmp_type = kind
    return source.name, target.name, protocol, icmp_type if protocol == ICMP else port


def question(
    pair: tuple[Host, Host], protocol: int, number: int, *, port: int = 80, icmp_type: int = 8
) -> Question:
    """One packet between two hosts."""
    source, target = pair
    icmp = protocol == ICMP
    return Question(
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


def predicted(network: Network, plan: LabPlan, asked: Question) -> RoundTrip | None:
    """What the model says about a packet; None where it cannot know."""
    interfaces = {(i.region, i.id): i for i in network.state.network_interfaces}
    host = plan.host(asked.source)
    try:
        return round_trip(network, asked.packet, of_interface(interfaces[(host.region, host.interface_id)]))
    except UnobservableError:
        return None


def as_seen(trip: RoundTrip) -> Seen:
    """A prediction in the words of an observation."""
    return Seen(arrived=trip.forward.delivered, answered=trip.works)
