"""What the rules of the document's security-group tables name and allow."""

from collections.abc import Iterable
from ipaddress import IPv4Network

from probes.model.intent.flow_headers import header_set_of, of_protocol
from probes.model.reachability.header_sets import HeaderSet
from probes.model.spec import ENDPOINTS, Rule, Spec
from probes.model.spec_checks.allowed_ports import networks_of


def names(spec: Spec, rule: Rule, role: str, networks: tuple[IPv4Network, ...]) -> bool | None:
    """Whether a rule's peer is a role, or holds these addresses of its hosts; None when it holds a part of them."""
    if rule.peer in spec.roles:
        return rule.peer == role
    if rule.peer == ENDPOINTS:
        return any(role == endpoint.role for endpoint in spec.vpc_endpoints)
    named = networks_of(spec, rule.peer)
    if named and all(any(cidr.subnet_of(network) for network in named) for cidr in networks):
        return True
    return None if any(cidr.overlaps(network) for cidr in networks for network in named) else False


def allowed(rules: Iterable[Rule]) -> HeaderSet:
    """The headers that some rules allow, whoever is the peer."""
    return header_set_of(box for rule in rules for box in of_protocol(rule.protocol, rule.ports))
