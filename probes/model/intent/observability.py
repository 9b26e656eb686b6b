"""Whether what a source could not see decides about what is delivered."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Network

from probes.model.conformance.verdict import Findings, Violation
from probes.model.errors import AfterApplyError, UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.network.trace import Trace
from probes.model.reachability.analysis import Reachability
from probes.model.state import RouteTargetKind, State

NAMED = 5
DECIDING = (
    "vpcs",
    "subnets",
    "vpc_route_tables",
    "security_groups",
    "network_acls",
    "prefix_lists",
    "network_interfaces",
    "internet_gateways",
    "nat_gateways",
    "vpc_peerings",
    "vpc_endpoints",
    "transit_gateways",
    "tgw_attachments",
    "tgw_route_tables",
)
"""
The collections of a state that decide which packets are delivered.
"""


class Doubts:
    """What could not be told while the rest was: certain violations are told first, whatever else is unknown."""

    def __init__(self) -> None:
        self._first: UnobservableError | None = None  # what only an apply will tell counts least

    @contextmanager
    def noted(self) -> Iterator[None]:
        """A part of the question that may turn out to be unobservable."""
        try:
            yield
        except UnobservableError as error:
            if self._first is None or isinstance(self._first, AfterApplyError):
                self._first = error

    def of(self, found: Findings) -> Findings:
        """The findings of a part; its doubt is noted."""
        if found.doubt is not None:
            with self.noted():
                raise found.doubt
        return found

    def settled(self, found: Iterable[Violation]) -> Findings:
        """The violations in order, with the first doubt; raises it when there is none."""
        violations = Findings(sorted(found), self._first)
        if self._first is not None and not violations:
            raise self._first
        return violations


def is_fully_observed(reachability: Reachability) -> bool:
    """Whether nothing that the source could not see decides about any packet, security groups aside."""
    sure, possible = reachability, reachability.possible
    return all(
        one.inside == other.inside
        for one, other in zip(sure.routed + sure.reply, possible.routed + possible.reply, strict=True)
    )


def require_fully_observed(reachability: Reachability) -> None:
    """Raise UnobservableError, with what the source could not see, unless the analysis is fully observed."""
    if not is_fully_observed(reachability):
        raise indeterminate(reachability.network.state)


def require_no_ipv6(network: Network, *sides: Iterable[Endpoint]) -> None:
    """Raise UnobservableError where every side has a host in a VPC with IPv6 addresses: nothing models that.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html
    """
    found = [_dual_stack(network, ends) for ends in sides]
    if all(found):
        named = " and ".join(dict.fromkeys(found))
        raise UnobservableError(f"{named}: IPv6 addresses, and IPv6 paths are not modelled yet")


def _dual_stack(network: Network, ends: Iterable[Endpoint]) -> str:
    """The first VPC of these endpoints that has IPv6 addresses; empty when none has."""
    for region, vpc_id in dict.fromkeys((end.region, end.vpc_id) for end in ends):
        vpc = network.vpcs.get((region, vpc_id))
        if vpc is not None and vpc.ipv6_cidrs:
            return vpc.label
    return ""


def admits_ipv6(network: Network, end: Endpoint) -> bool:
    """Whether a security group of the endpoint has a rule for IPv6 addresses."""
    groups = (network.security_groups.get((end.region, name)) for name in end.group_ids or ())
    return any(isinstance(rule.peer, IPv6Network) for group in groups if group for rule in group.ingress)


def doubt(network: Network, packet: Packet, source: Endpoint, destination: Endpoint) -> UnobservableError:
    """The error that says of one packet why nobody can tell whether it is delivered and answered."""
    try:
        there = round_trip(network, packet, source, destination).forward
    except UnobservableError as error:
        said, unseen = str(error), _unseen(network.state)
        more = "" if not unseen or any(gap.reason in said for gap in network.state.gaps) else f" ({unseen})"
        return UnobservableError(f"{packet} from {source.label} may be delivered: {said}{more}")
    return unless_refused(network, there) if there.inspection.possible else indeterminate(network.state)


def unless_refused(network: Network, trace: Trace) -> UnobservableError:
    """The error that says that a firewall's own rules, which nobody reads, decide about a packet."""
    firewalls = " or ".join(network.vpc_endpoints[key].label for key in sorted(trace.inspection.possible))
    return UnobservableError(
        f"{trace.packet} from {trace.source.label} is delivered unless {firewalls} drops it: "
        "a firewall's own rules are not judged"
    )


def indeterminate(state: State) -> UnobservableError:
    """The error that says what could not be seen and may decide what is delivered."""
    unseen, elsewhere = _unseen(state), _not_modelled(state)
    if unseen or not elsewhere:
        return UnobservableError(f"what is delivered hangs on what was not observed: {unseen}")
    return UnobservableError(f"what is delivered hangs on what is not modelled: {elsewhere}")


def _not_modelled(state: State) -> str:
    """The first routes into what the model does not know, such as an appliance behind an interface."""
    found = [
        f"{table.label}: a route to {route.target} {route.target_id}"
        for table in state.vpc_route_tables
        for route in table.routes
        if route.target in (RouteTargetKind.NETWORK_INTERFACE, RouteTargetKind.OTHER)
    ]
    return "; ".join([*found[:NAMED], *([f"and {len(found) - NAMED} more"] if len(found) > NAMED else [])])


def _unseen(state: State) -> str:
    gaps = [gap for gap in state.gaps if gap.kind in DECIDING]
    named = [f"{gap.kind} {gap.resource or gap.region} {gap.field}".strip() for gap in gaps]
    reasons = [f"{name}: {gap.reason}" for name, gap in zip(named, gaps, strict=True)]
    more = [f"and {len(reasons) - NAMED} more"] if len(reasons) > NAMED else []
    return "; ".join([*reasons[:NAMED], *more])
