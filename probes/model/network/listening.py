"""What interfaces that AWS manages accept: a load balancer by its listeners, a NAT gateway nothing at all."""

import re
from collections.abc import Iterator

import msgspec

from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import TCP, UDP, Packet
from probes.model.state import Listener, LoadBalancer, NetworkInterface, TargetGroup

Port = tuple[int, int]

LISTENS_TO_NOBODY = {
    # https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    "nat_gateway": "a NAT gateway",
    "natGateway": "a NAT gateway",
    # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    "transit_gateway": "a Transit Gateway attachment",
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    "lambda": "a Lambda function",
    # https://docs.aws.amazon.com/quicksight/latest/user/vpc-security-groups.html
    "quicksight": "QuickSight",
    # https://docs.aws.amazon.com/global-accelerator/latest/dg/best-practices-aga.html
    "global_accelerator_managed": "Global Accelerator",
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vpc-links.html
    "api_gateway_managed": "an API Gateway VPC link",
    # https://docs.aws.amazon.com/vpc/latest/privatelink/create-gateway-load-balancer-endpoint-service.html
    "gateway_load_balancer_endpoint": "a Gateway Load Balancer endpoint",
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/connect-with-ec2-instance-connect-endpoint.html
    "ec2_instance_connect_endpoint": "an EC2 Instance Connect Endpoint",
    "iot_rules_managed": "an IoT rule",
    "aws_codestar_connections_managed": "a CodeConnections host",
}
"""
Interface types to which nothing can be initiated: they only send, or forward what a route gives them.
"""

LOAD_BALANCER = re.compile(r"ELB ((net|app)/[^/]+/[0-9a-f]+)")
TRANSPORTS = {"UDP": (UDP,), "TCP_UDP": (TCP, UDP), "QUIC": (UDP,), "TCP_QUIC": (TCP, UDP)}
IDLE = frozenset({"unused", "draining"})
TARGET_PROTOCOLS = {"TLS": ("TCP", "TLS"), "UDP": ("UDP", "TCP_UDP")}
"""
Of listeners that may forward to another protocol than their own.
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
"""


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint accepts: `ports` by (protocol, port), and `uncertain` ones with the reason.

    With `unknown`, a reason, any other port may be accepted too; else `refusal` says why it is not.
    """

    ports: frozenset[Port] = frozenset()
    uncertain: dict[Port, str] = {}
    unknown: str = ""
    refusal: str = ""

    def answer(self, packet: Packet) -> bool | None:
        """Whether it accepts a packet that opens a connection; None when that cannot be known."""
        port = packet.protocol, packet.destination_port
        if port in self.ports:
            return True
        return None if self.unknown or port in self.uncertain else False

    def reason(self, packet: Packet) -> str:
        """Why it does not accept a packet, or why that cannot be known."""
        uncertain = self.uncertain.get((packet.protocol, packet.destination_port))
        return uncertain or self.unknown or self.refusal


def listening(network: Network, endpoint: Endpoint) -> Listening | None:
    """What a destination accepts; None for a host, where only its security groups decide."""
    interface = network.interfaces.get((endpoint.region, endpoint.id))
    if endpoint.kind != "interface" or interface is None:
        return None
    nobody = LISTENS_TO_NOBODY.get(interface.interface_type)
    if nobody:
        return Listening(refusal=f"{nobody} accepts no connection")
    described = LOAD_BALANCER.match(interface.description)
    if described:
        return _load_balancer(network, interface, described[1])
    if interface.interface_type == "network_load_balancer":
        return Listening(unknown=f"{interface.label}: its description names no load balancer")
    return None


def _load_balancer(network: Network, interface: NetworkInterface, path: str) -> Listening:
    """What the listeners of a load balancer accept.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html
    """
    region = interface.region
    for kind in ("load_balancers", "listeners"):
        gap = network.gap(kind, region)
        if gap is not None:
            return Listening(unknown=f"{kind} in {region} could not be seen: {gap.reason}")
    balancer = network.load_balancers.get((region, path))
    if balancer is None:
        return Listening(unknown=f"{interface.label}: its load balancer {path} was not observed")
    if not balancer.state.startswith("active"):
        return Listening(refusal=f"{balancer.label} is {balancer.state}")
    return _of_listeners(network, balancer)


def _of_listeners(network: Network, balancer: LoadBalancer) -> Listening:
    ports: set[Port] = set()
    uncertain: dict[Port, str] = {}
    refusals = [f"{balancer.label} has no listener for it"]
    for listener in network.listeners.get((balancer.region, balancer.id), ()):
        here = [(protocol, listener.port) for protocol in TRANSPORTS.get(listener.protocol, (TCP,))]
        idle, doubts = _without_target(network, listener) if balancer.type == "network" else ("", "")
        if idle:
            refusals.append(idle)
        elif doubts:
            uncertain |= dict.fromkeys(here, doubts)
        else:
            ports.update(here)
    return Listening(ports=frozenset(ports), uncertain=uncertain, refusal="; ".join(refusals))


def _without_target(network: Network, listener: Listener) -> tuple[str, str]:
    """Why no target can get a listener's connections, or why one may not: the first group in use decides.

    A Network Load Balancer forwards connections, it does not answer them. Without a healthy target it sends to
    all of them (it "fails open").
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
    """
    what = f"listener {listener.protocol}:{listener.port}"
    groups = [network.target_groups.get((listener.region, name)) for name in listener.target_group_ids]
    known = [group for group in groups if group is not None]
    if len(known) < len(groups) or any(group.targets is None for group in known):
        return "", ""
    usable = [group for group in known if _takes(listener, group) and _in_use(group)]
    if not usable:
        return f"{what} forwards to no target: {', '.join(_words(known)) or 'it has no target group'}", ""
    if any(target.health == "healthy" for group in usable for target in group.targets or ()):
        return "", ""
    return (
        "",
        f"{what}: no target is healthy, so it sends to all of them and nobody knows whether one answers",
    )


def _takes(listener: Listener, group: TargetGroup) -> bool:
    return group.protocol in TARGET_PROTOCOLS.get(listener.protocol, (listener.protocol,))


def _in_use(group: TargetGroup) -> bool:
    return any(target.health not in IDLE for target in group.targets or ())


def _words(groups: list[TargetGroup]) -> Iterator[str]:
    for group in groups:
        targets = [f"{target.id} {target.health}" for target in group.targets or ()]
        yield f"{group.label} ({group.protocol}) has {', '.join(targets) or 'no target'}"
