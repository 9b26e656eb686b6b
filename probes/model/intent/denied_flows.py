"""Traffic that a document denies: proven never to arrive, or one packet that does."""

from collections.abc import Iterable, Iterator

from probes.model.conformance.verdict import Violation
from probes.model.forwarding.oracle import forward
from probes.model.intent.drop_causes import indeterminate
from probes.model.intent.flow_headers import Headers, Sample, samples
from probes.model.intent.lost_flows import Group, addresses_of, host_of
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.network.trace import Trace
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability


def denied_flow(
    roles: Roles, name: str, groups: Iterable[Group], headers: Iterable[Headers]
) -> tuple[Violation, ...]:
    """One violation for each pair of VPCs between which some packet arrives, whether or not its reply does.

    Raises UnobservableError when none arrives, but one might if what was not seen let it through.
    """
    listed, wanted = list(groups), list(headers)
    reachability = roles.reachability
    found: dict[str, Violation] = {}
    for source, destination, packet in _arriving(reachability, listed, samples(reachability, wanted)):
        trace = forward(roles.network, packet, source, destination)
        violation = _violation(name, source, destination, trace)
        found.setdefault(violation.resource, violation)
    possible = reachability.possible
    if not found and roles.network.state.gaps and any(_arriving(possible, listed, samples(possible, wanted))):
        raise indeterminate(roles.network.state)
    return tuple(found.values())


def _arriving(
    reachability: Reachability, groups: Iterable[Group], classes: list[Sample]
) -> Iterator[tuple[Endpoint, Endpoint, Packet]]:
    own, addresses = addresses_of(reachability), reachability.compiled.address_classes
    for sources, destinations in groups:
        for sample in classes:
            there = reachability.forward[sample.forward].inside
            for source in sources:
                for destination in destinations:
                    for here in bits(own[source]) if source != destination else ():
                        reached = there[here] & own[destination]
                        if reached:
                            packet = sample.packet(
                                host_of(addresses[here]), host_of(addresses[bits(reached)[0]])
                            )
                            yield source, destination, packet
                            break


def _violation(name: str, source: Endpoint, destination: Endpoint, trace: Trace) -> Violation:
    return Violation(
        resource=f"{source.vpc_id} to {destination.vpc_id}",
        expected=f"{name} is denied",
        observed=f"{trace.packet} is delivered",
        hint="remove the route or the rule that lets it through, or correct the document",
        trace=trace.lines,
    )
