"""Everything that the rows are computed from, prepared once for a network and its endpoints."""

from collections.abc import Sequence

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.reachability.address_classes import AddressClasses, bits, block_of
from probes.model.reachability.class_boundaries import (
    acl_specs,
    blocks,
    group_specs,
    rules_in_use,
    translated_blocks,
)
from probes.model.reachability.filters import Filters
from probes.model.reachability.header_classes import HeaderClasses
from probes.model.reachability.tgw_egress import TgwEgress
from probes.model.reachability.tgw_forwarding import TgwForwardingGraph, forwarding_routes
from probes.model.reachability.tgw_transit import EndpointContext, TgwTransits
from probes.model.reachability.vpc_routing import VpcRouting, Ways
from probes.model.state import Subnet


class CompiledNetwork:
    """The address_classes of addresses, the classes of headers, the filters and the routing of one network.

    With `refine_with`, everything that another network and its endpoints tell apart is told apart here too, so
    that the two answers can be compared bit by bit. `optimistic` takes what the source could not see as
    letting everything through, else as letting nothing. `external_sources` are senders that are no endpoints.
    """

    def __init__(
        self,
        network: Network,
        endpoints: Sequence[Endpoint],
        *,
        optimistic: bool,
        refine_with: tuple[Network, Sequence[Endpoint]] | None = None,
        external_sources: Sequence[Endpoint] = (),
    ) -> None:
        self.network = network
        self.optimistic = optimistic
        routes = forwarding_routes(network)
        rules, acls = rules_in_use(network, endpoints), acl_specs(network)
        cuts = blocks(network, rules, routes) | translated_blocks(endpoints)
        if refine_with is not None:
            more = rules_in_use(*refine_with)
            cuts |= blocks(refine_with[0], more, forwarding_routes(refine_with[0]))
            cuts |= translated_blocks(refine_with[1])
            rules, acls = rules + more, acls | acl_specs(refine_with[0])
        self.forward_classes = HeaderClasses(acls | group_specs(rules))
        self.acl_classes = HeaderClasses(acls, cut_replies=len(acls) > 1)
        self.acl_class_of = self.forward_classes.within(self.acl_classes)
        self.address_classes = AddressClasses(
            endpoints, cuts, [each for each in external_sources if each.kind == "tenant"]
        )
        self.filters = Filters(network, self.address_classes, self.acl_classes, optimistic=optimistic)
        self.routing = VpcRouting(network, self.address_classes)
        self.tgw_egress = TgwEgress(network, self.address_classes, self.routing, self.filters)
        self.graph = TgwForwardingGraph(network, self.tgw_egress, routes)
        self.transits = TgwTransits(self.graph, self.tgw_egress)
        self.ends = [self._end(index, endpoint) for index, endpoint in enumerate(endpoints)]

    def _end(self, index: int, endpoint: Endpoint) -> EndpointContext:
        subnet = self.network.subnets.get((endpoint.region, endpoint.subnet_id))
        if subnet is None or subnet.cidr is None:
            raise UnobservableError(f"{endpoint.label}: its subnet is not in the observed state")
        masks = self.forward_classes.masks
        return EndpointContext(
            endpoint=endpoint,
            subnet=subnet,
            addresses=self.address_classes.of_endpoint[index],
            bits=bits(self.address_classes.of_endpoint[index]),
            shared=self.tgw_egress.addresses_of_subnet[(subnet.region, subnet.id)],
            own=self.address_classes.mask(block_of(subnet.cidr)),
            public=self._public(index, endpoint),
            ways=self.ways(subnet),
            acl_out=self.tgw_egress.acl_masks(subnet, egress=True),
            acl_in=self.tgw_egress.acl_masks(subnet, egress=False),
            egress=self.filters.groups(endpoint, "egress", masks),
            ingress=self.filters.groups(endpoint, "ingress", masks),
        )

    def _public(self, index: int, endpoint: Endpoint) -> int:
        """Those addresses of the endpoint that an Internet gateway translates."""
        gap = self.network.gap("network_interfaces", endpoint.region, endpoint.id, ("public_ips",))
        if endpoint.public == endpoint.networks or (gap is not None and self.optimistic):
            return self.address_classes.of_endpoint[index]
        found = 0
        for network in endpoint.public:
            found |= self.address_classes.mask(block_of(network))
        return found & self.address_classes.of_endpoint[index]

    def ways(self, subnet: Subnet) -> Ways:
        """Where packets that leave a subnet go; all of them to the unknown when its route table was not seen."""
        try:
            return self.routing.ways(subnet)
        except UnobservableError:
            return Ways(unknown=self.address_classes.all)
