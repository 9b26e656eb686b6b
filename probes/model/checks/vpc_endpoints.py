"""Whether the VPC endpoints are there and usable.

A gateway endpoint works through a route to its prefix list in the subnet's table; an interface endpoint
through its private DNS name and a security group that admits 443 (AWS PrivateLink guide).
"""

from collections.abc import Iterable
from ipaddress import IPv4Network

from probes.model.checks.documented import Documented
from probes.model.checks.endpoint_policies import refuses_everything
from probes.model.checks.vpc_routes import effective_table
from probes.model.state import GroupRef, SecurityGroup, SgRule, VpcEndpoint

HTTPS = 443


def endpoints_of(documented: Documented, vpc: str, service: str) -> tuple[VpcEndpoint, ...]:
    """The documented VPC's endpoints for a service suffix such as "kms" or "dynamodb"."""
    observed = documented.vpc(vpc)
    found = documented.collection("vpc_endpoints").in_region(observed.region)
    return tuple(e for e in found if e.vpc_id == observed.id and e.service_name.endswith(f".{service}"))


def unusable_for(
    documented: Documented, vpc: str, endpoint: VpcEndpoint, users: Iterable[str]
) -> Iterable[tuple[str, str]]:
    """Why hosts of these roles cannot get to an endpoint: reason and remedy, nothing when they can."""
    gateway = endpoint.endpoint_type == "Gateway"
    needed = "route_table_ids" if gateway else "group_ids"
    documented.collection("vpc_endpoints").known(endpoint, needed)
    yield from (_gateway_faults if gateway else _interface_faults)(documented, vpc, endpoint, tuple(users))


def unusable_for_anybody(documented: Documented, endpoint: VpcEndpoint) -> Iterable[tuple[str, str]]:
    """Why nobody can use an endpoint that can be got to: reason and remedy, nothing when somebody can.

    Raises UnobservableError when its policy is unknown or cannot be read.
    """
    if refuses_everything(documented, endpoint):
        yield "its policy refuses everything", "allow in the endpoint policy what its users do there"


def _gateway_faults(
    documented: Documented, vpc: str, endpoint: VpcEndpoint, users: tuple[str, ...]
) -> Iterable[tuple[str, str]]:
    for tier in dict.fromkeys(documented.spec.roles[role].tier for role in users):
        for subnet in documented.subnets_of_tier(vpc, tier):
            table = effective_table(documented, subnet)
            if table.id not in endpoint.route_table_ids:
                reason = f"not in {table.label} of {tier} subnet {subnet.cidr}"
                yield reason, "add the route table to the endpoint"


def _interface_faults(
    documented: Documented, vpc: str, endpoint: VpcEndpoint, users: tuple[str, ...]
) -> Iterable[tuple[str, str]]:
    if not documented.collection("vpc_endpoints").shown(
        endpoint, "network_interface_ids", endpoint.subnet_ids
    ):
        yield "it has no network interface", "give the endpoint a subnet in every zone of its users"
    if not endpoint.private_dns:
        yield "private DNS disabled", "enable private DNS on the endpoint"
    groups = [g for g in documented.security_groups(vpc) if g.id in endpoint.group_ids]
    for role in users:
        if not any(_admits(documented, vpc, role, group) for group in groups):
            yield f"its security groups do not admit tcp 443 from role {role}", "add the ingress rule"


def _admits(documented: Documented, vpc: str, role: str, group: SecurityGroup) -> bool:
    wanted = documented.group_id(vpc, role)
    tier = documented.spec.roles[role].tier
    cidrs = documented.spec.vpcs[vpc].tier(tier)
    return any(_admits_https(rule) and _covers(rule, wanted, cidrs) for rule in group.ingress)


def _admits_https(rule: SgRule) -> bool:
    if rule.protocol == "-1":
        return True
    if rule.protocol != "tcp":
        return False
    return rule.from_port is None or rule.from_port <= HTTPS <= (rule.to_port or rule.from_port)


def _covers(rule: SgRule, group_id: str, cidrs: Iterable[IPv4Network]) -> bool:
    if isinstance(rule.peer, GroupRef):
        return rule.peer.group_id == group_id
    if isinstance(rule.peer, IPv4Network):
        peer = rule.peer
        return all(cidr.subnet_of(peer) for cidr in cidrs)
    return False
