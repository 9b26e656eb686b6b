"""Findings about the way in and out: accelerator, PrivateLink, network ACL, endpoints."""

from collections.abc import Iterator
from itertools import pairwise

from probes.model.spec import Spec
from probes.model.spec_checks.finding import Finding

GATEWAY_SERVICES = {"dynamodb", "s3"}
ACCELERATOR_DOMAIN = ".awsglobalaccelerator.com"
PRIVATELINK_TARGETS = {"nlb", "gateway-load-balancer"}
# What an ECS task and an SSM-managed host call without being asked: image pulls, credentials, sessions.
PLATFORM_SERVICES = ("ecr.api", "ecr.dkr", "s3", "sts", "ssm", "ssmmessages", "ec2messages")


def _admits_everything(spec: Spec) -> bool:
    acl = spec.network_acl
    return acl is None or any(cidr.prefixlen == 0 for cidr in (*acl.allow_within, *acl.also_allow))


def acl_against_clients(spec: Spec) -> Iterator[Finding]:
    """C09: an accelerator's clients come from anywhere, and a network ACL knows no connections."""
    if "global-accelerator" in spec.tenants.path and not _admits_everything(spec):
        yield Finding(
            id="C09",
            severity="S1",
            where="network_acl.allow_within",
            expected="a network ACL of the NLBs' subnets that admits the accelerator's clients",
            observed=f"only {_allowed(spec)} and deny all else: no client reaches an NLB",
            hint="give the public subnets an ACL of their own, and list in also_allow what it admits",
        )


def acl_against_gateway_endpoint(spec: Spec) -> Iterator[Finding]:
    """C09: a gateway endpoint leaves the service's addresses public, and an ACL cannot name a prefix list."""
    exposed = [
        endpoint
        for endpoint in spec.vpc_endpoints
        if GATEWAY_SERVICES & set(endpoint.services) and endpoint.endpoint_type != "Interface"
    ]
    for endpoint in exposed if not _admits_everything(spec) else ():
        yield Finding(
            id="C09",
            severity="S1",
            where="network_acl.also_allow",
            expected=f"an ACL that lets {endpoint.named} answer through a gateway endpoint",
            observed=f"only {_allowed(spec)} and deny all else: its addresses are public ones",
            hint="use an interface endpoint, or allow the service's ranges: tcp 443 out, 1024-65535 in",
        )


def _allowed(spec: Spec) -> str:
    return ", ".join(map(str, spec.network_acl.allow_within if spec.network_acl else ())) or "nothing"


def tenant_path(spec: Spec) -> Iterator[Finding]:
    """C10: PrivateLink ends at a load balancer, not at an accelerator's public addresses."""
    for hop, following in pairwise(spec.tenants.path):
        if hop == "privatelink" and following not in PRIVATELINK_TARGETS:
            yield Finding(
                id="C10",
                severity="S1",
                where="tenants.path",
                expected="PrivateLink to an endpoint service on a Network or Gateway Load Balancer",
                observed=f"PrivateLink to {following}",
                hint="let tenants use the accelerator's public addresses, or PrivateLink to each NLB, where "
                "the accelerator does not steer them",
            )


def accelerator_names(spec: Spec) -> Iterator[Finding]:
    """C11: an accelerator has static addresses and one DNS name of its own."""
    names = spec.global_accelerator.static_names if spec.global_accelerator else ()
    odd = [name for name in names if not name.endswith(ACCELERATOR_DOMAIN)]
    if odd:
        yield Finding(
            id="C11",
            severity="S3",
            where="global_accelerator.static_names",
            expected=f"a name under {ACCELERATOR_DOMAIN}, and static IPv4 addresses",
            observed=", ".join(odd),
            hint="drop the names: the addresses are what is static",
        )


def endpoint_types(spec: Spec) -> Iterator[Finding]:
    """C12: a gateway endpoint needs routes and prefix lists where an interface endpoint needs a security group."""
    for endpoint in spec.vpc_endpoints:
        if GATEWAY_SERVICES & set(endpoint.services) and not endpoint.endpoint_type:
            yield Finding(
                id="C12",
                severity="S2",
                where="vpc_endpoints",
                expected=f"the type of the {endpoint.named} endpoint: gateway or interface",
                observed="not said; the two need different routes, security-group rules and ACL entries",
                hint="set endpoint_type; the suite judges whichever it finds",
            )
        if endpoint.named and len(endpoint.services) > 1:
            yield Finding(
                id="C12",
                severity="S3",
                where="vpc_endpoints",
                expected="one service per endpoint",
                observed=f"{endpoint.named!r}, which can mean {' and '.join(endpoint.services)}",
                hint="list one entry per service; until then all of them are required",
            )


def platform_services(spec: Spec) -> Iterator[Finding]:
    """C29: without NAT, what the platform itself calls needs endpoints too."""
    documented = {service for endpoint in spec.vpc_endpoints for service in endpoint.services}
    missing = [service for service in PLATFORM_SERVICES if service not in documented]
    if missing and documented and not _has_nat(spec):
        yield Finding(
            id="C29",
            severity="S3",
            where="vpc_endpoints",
            expected="endpoints for what ECS tasks and managed hosts call: images, credentials, sessions",
            observed=f"none for {', '.join(missing)}, and no NAT gateway is described",
            hint="add these endpoints, and to the egress rules of those who use them",
        )


def _has_nat(spec: Spec) -> bool:
    routes = [tier.routes for tier in spec.tiers.values()]
    routes += [own for vpc in spec.vpcs.values() for own in vpc.routes.values()]
    return any(via == "nat-gateway" for each in routes for via in each.values())


def internet_gateways(spec: Spec) -> Iterator[Finding]:
    """C23: an accelerator in front of a VPC needs an internet gateway on it."""
    security = spec.security
    open_claim = security.no_internet_transit and not security.no_internet_transit_within
    if open_claim and "global-accelerator" in spec.tenants.path:
        yield Finding(
            id="C23",
            severity="S3",
            where="security.no_internet_transit_within",
            expected="the addresses that the claim is about",
            observed="none, while the accelerator needs an internet gateway on every VPC",
            hint=f"scope it to {', '.join(map(str, spec.address_space)) or 'the VPCs'}, as the suite does",
        )
