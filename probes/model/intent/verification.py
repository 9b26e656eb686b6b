"""Whether the network delivers what the document says it delivers, and nothing that it does not.

Every finding is decided by exact sets and shown by one concrete packet with its trace.
"""

from functools import cached_property

from probes.model.conformance.verdict import Findings, Violation
from probes.model.intent.crossed_vpcs import inspected
from probes.model.intent.denied_flows import denied_flow
from probes.model.intent.explanations import explain
from probes.model.intent.flow_headers import everything, of_flow
from probes.model.intent.isolation import Isolation
from probes.model.intent.lost_flows import Group, losses
from probes.model.intent.observability import Doubts
from probes.model.intent.outside_flows import is_outside, outside_flow
from probes.model.intent.path_policies import asymmetric_paths, internet_transit
from probes.model.intent.roles import Roles
from probes.model.network.index import Network
from probes.model.spec import FlowSpec, Spec


class Intent:
    """The questions that the static suite asks of one network; the analysis behind them is made once.

    Every method raises EmptySelectionError when it has nothing to judge and UnobservableError when the answer
    hangs on something that the source could not see.
    """

    def __init__(self, spec: Spec, network: Network) -> None:
        self.spec = spec
        self.network = network

    @cached_property
    def roles(self) -> Roles:
        """The endpoints of the documented roles."""
        return Roles(self.spec, self.network)

    def flow(self, flow: FlowSpec) -> Findings:
        """Where the flow is not as documented, by the resource that decides.

        A delivered flow loses no packet and no reply between any of its ends; of a denied flow none arrives.
        """
        if any(is_outside(self.spec, end) for end in (*flow.sources, *flow.destinations)):
            return outside_flow(self.roles, flow)
        ends = self.roles.pairs(flow)
        pairs = [Group(*both) for both in ends]
        if flow.expect == "denied":
            return denied_flow(self.roles, flow.name, pairs, of_flow(flow))
        reachability = self.roles.reachability
        lost = losses(reachability, pairs, of_flow(flow))
        expected = flow.sentence or f"{flow.name} is delivered, and so are the replies"
        doubts, found = Doubts(), list[Violation]()
        with doubts.noted():
            found += doubts.of(explain(self.network, lost, expected, sum(map(len, pairs))))
        with doubts.noted():
            found += doubts.of(inspected(self.roles, flow, ends)) if flow.through else ()
        return doubts.settled(found)

    def single_network(self) -> Findings:
        """Pairs of host subnets of two Regions between which routes or network ACLs lose a packet (PEER-05)."""
        pairs = self._across_regions()
        reachability = self.roles.reachability
        lost = losses(reachability, pairs, everything())
        return explain(
            self.network, lost, "every host reaches every other Region, and back", sum(map(len, pairs))
        )

    def symmetric_paths(self) -> Findings:
        """Pairs of Regions whose two directions cross different peerings (RTB-12)."""
        return asymmetric_paths(self.roles)

    def internet_transit(self) -> Findings:
        """Subnets that send traffic for other Regions elsewhere than to the Transit Gateway (SEC-01)."""
        return internet_transit(self.roles)

    def undocumented_traffic(self, role: str) -> Findings:
        """Traffic to a role's hosts that is delivered although the document's tables do not allow it."""
        return self._isolation.violations(role)

    @cached_property
    def _isolation(self) -> Isolation:
        return Isolation(self.roles)

    def _across_regions(self) -> list[Group]:
        hosts, region_of = self.roles.hosts, self.spec.region_of
        return [
            Group(sources, destinations)
            for here, sources in hosts.items()
            for there, destinations in hosts.items()
            if region_of(here) != region_of(there)
        ]
