"""Traffic that a document denies: proven never to arrive, or one packet that does."""

from collections.abc import Iterable, Iterator

from probes.model.conformance.verdict import Findings, Violation
from probes.model.forwarding.oracle import forward
from probes.model.intent.delivered_traffic import DeliveredTraffic, Receivers, Senders, Witness
from probes.model.intent.lost_flows import Group
from probes.model.intent.observability import Doubts, doubt, require_no_ipv6
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.trace import Trace
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox


def denied_flow(roles: Roles, name: str, groups: Iterable[Group], headers: Iterable[HeaderBox]) -> Findings:
    """One violation for each pair of VPCs between which some packet arrives, whether or not its reply does.

    Raises UnobservableError when none arrives, but one might if what was not seen, such as the rules of a firewall
    on its way, let it through.
    """
    listed, wanted = list(groups), list(headers)
    found: dict[str, Violation] = {}
    for packet, source, destination, _ in _arriving(roles.reachability.uninspected, listed, wanted):
        trace = forward(roles.network, packet, source, destination)
        violation = _violation(name, source, destination, trace)
        found.setdefault(violation.resource, violation)
    doubts = Doubts()
    for packet, source, destination, _ in _arriving(roles.reachability.possible, listed, wanted):
        if _resource(source, destination) not in found:
            with doubts.noted():
                raise doubt(roles.network, packet, source, destination)
    for group in listed:
        with doubts.noted():
            require_no_ipv6(roles.network, group.sources, group.destinations)
    return doubts.settled(found.values())


def _arriving(
    reachability: Reachability, groups: Iterable[Group], headers: list[HeaderBox]
) -> Iterator[Witness]:
    """One packet for each group between whose ends some arrive."""
    search = DeliveredTraffic(reachability, replied=False)
    for sources, destinations in groups:
        senders, receivers = Senders(reachability, sources), Receivers(reachability, destinations)
        first = next(search.between(senders, receivers, headers), None)
        if first is not None:
            yield first


def _violation(name: str, source: Endpoint, destination: Endpoint, trace: Trace) -> Violation:
    return Violation(
        resource=_resource(source, destination),
        expected=f"{name} is denied",
        observed=f"{trace.packet} is delivered",
        hint="remove the route or the rule that lets it through, or correct the document",
        trace=trace.lines,
    )


def _resource(source: Endpoint, destination: Endpoint) -> str:
    return f"{source.vpc_id} to {destination.vpc_id}"
