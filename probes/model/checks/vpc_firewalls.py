"""The firewall endpoints of a documented VPC."""

from probes.model.checks.documented import Documented
from probes.model.state import VpcEndpoint
from probes.model.state.vpc import FIREWALL_ENDPOINT


def firewalls_of(documented: Documented, vpc: str) -> tuple[VpcEndpoint, ...]:
    """The firewall endpoints of a VPC, in whatever state: those of its firewall tier where the spec names one.

    Of AWS Network Firewall too, whose endpoints are Gateway Load Balancer endpoints:
    https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-components.html
    """
    observed, tier = documented.vpc(vpc), documented.spec.vpcs[vpc].firewall
    places = {subnet.id for subnet in documented.subnets_of_tier(vpc, tier)} if tier else None
    endpoints = documented.collection("vpc_endpoints")
    return tuple(
        endpoint
        for endpoint in endpoints.in_region(observed.region)
        if (endpoint.vpc_id, endpoint.endpoint_type) == (observed.id, FIREWALL_ENDPOINT)
        and (places is None or not places.isdisjoint(endpoints.known(endpoint, "subnet_ids")))
    )
