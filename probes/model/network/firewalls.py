"""Firewall endpoints: VPC routes lead packets into them, and they come out again in the endpoint's subnet.

A Gateway Load Balancer endpoint, which AWS Network Firewall makes too, hands a packet to a firewall; what that lets
through goes on by the route table of the endpoint's subnet, with its addresses unchanged. The firewall's own rules
are not observed: it is taken to let everything through, and to need both directions of a connection.
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-load-balancer-endpoints.html
https://docs.aws.amazon.com/network-firewall/latest/developerguide/asymmetric-routing.html
"""

from probes.model.errors import UnobservableError
from probes.model.network.index import Network
from probes.model.state import RouteTargetKind, Subnet, VpcEndpoint, VpcRoute
from probes.model.state.vpc import FIREWALL_ENDPOINT

FirewallKey = tuple[str, str]
"""Region and endpoint ID."""


def firewall_of(network: Network, region: str, route: VpcRoute) -> VpcEndpoint | None:
    """The firewall endpoint that a route leads into; None when it leads elsewhere."""
    if route.target is not RouteTargetKind.VPC_ENDPOINT:
        return None
    found = network.vpc_endpoints.get((region, route.target_id or ""))
    return found if found is not None and found.endpoint_type == FIREWALL_ENDPOINT else None


def has_firewalls(network: Network) -> bool:
    """Whether any route of the network leads into a firewall endpoint."""
    return network.is_inspected


def is_elsewhere(firewall: VpcEndpoint, subnet: Subnet) -> bool:
    """Whether a firewall endpoint is in another VPC than a subnet: then no route of the subnet gets there."""
    return bool(firewall.vpc_id) and firewall.vpc_id != subnet.vpc_id


def subnet_behind(network: Network, firewall: VpcEndpoint) -> Subnet:
    """The one subnet of a firewall endpoint; raises UnobservableError when it is not known."""
    network.require("vpc_endpoints", firewall.region, firewall.id, ("subnet_ids", "state"))
    found = [network.subnets.get((firewall.region, subnet_id)) for subnet_id in firewall.subnet_ids]
    if len(found) != 1 or found[0] is None:
        raise UnobservableError(f"{firewall.label}: its subnet is not in the observed state")
    return found[0]


def is_in_appliance_mode(network: Network, firewall: VpcEndpoint) -> bool:
    """Whether an attachment of the firewall's VPC takes any zone: then it may be one of several for a flow."""
    place = firewall.region, firewall.vpc_id
    return any(
        side.appliance_mode and (side.region, side.resource_id) == place
        for side in network.state.tgw_attachments
    )
