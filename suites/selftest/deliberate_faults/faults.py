"""Mistakes that somebody could make in one of the two evaluators: a few characters of its source each."""

from typing import NamedTuple

ORACLE = "probes.model.forwarding"
ENGINE = "probes.model.reachability"


class Fault(NamedTuple):
    """In `module`, `wrong` stands instead of `right`, which is there once."""

    name: str
    module: str
    right: str
    wrong: str


_IN_ORACLE = (
    Fault(
        "VPC routes: a prefix list's wins over a static one",
        f"{ORACLE}.route_selection",
        "return 1 if isinstance(route.destination, str) else 2",
        "return 2 if isinstance(route.destination, str) else 1",
    ),
    Fault(
        "VPC routes: a propagated one wins within the VPC",
        f"{ORACLE}.route_selection",
        "if any(route.target is RouteTargetKind.LOCAL for _, route in matching):",
        "if not matching:",
    ),
    Fault(
        "VPC routes: the shortest prefix wins",
        f"{ORACLE}.route_selection",
        "key=lambda found: (found[0], vpc_route_rank",
        "key=lambda found: (-found[0], vpc_route_rank",
    ),
    Fault(
        "TGW routes: a prefix list's wins over a static one",
        f"{ORACLE}.route_selection",
        "return 2 if route.prefix_list_id else 3",
        "return 3 if route.prefix_list_id else 2",
    ),
    Fault(
        "TGW routes: one that a VPC propagates wins no tie",
        f"{ORACLE}.route_selection",
        "return int(any(side is not None",
        "return -int(any(side is not None",
    ),
    Fault(
        "TGW routes: blackholes take no part",
        f"{ORACLE}.route_selection",
        'if route.state in ("active", "blackhole")',
        'if route.state in ("active",)',
    ),
    Fault(
        "network ACLs: the highest number decides",
        f"{ORACLE}.filters",
        "key=lambda entry: entry.number)",
        "key=lambda entry: -entry.number)",
    ),
    Fault(
        "network ACLs: inbound entries match the destination",
        f"{ORACLE}.filters",
        "packet.destination if egress else packet.source\n    for",
        "packet.destination\n    for",
    ),
    Fault(
        "network ACLs: judged within a subnet",
        f"{ORACLE}.vpc_walk",
        "self._group_egress()\n        if subnet.cidr is not None and self.packet.destination in subnet.cidr:",
        "self._group_egress()\n        if subnet.cidr is None:",
    ),
    Fault(
        "network ACLs: judged between an attachment and a host of its subnet",
        f"{ORACLE}.vpc_walk",
        "if subnet.id != entry.id:",
        "if subnet.id != entry.vpc_id:",
    ),
    Fault(
        "network ACLs: a NAT gateway's subnet judges nothing that comes in",
        f"{ORACLE}.vpc_walk",
        "inside.id != subnet.id:\n            self.acl(inside, Stage.NACL_INGRESS, egress=False)\n"
        "        self.acl(inside",
        "inside.id == subnet.az:\n            self.acl(inside, Stage.NACL_INGRESS, egress=False)\n"
        "        self.acl(inside",
    ),
    Fault(
        "security groups: replies are judged",
        f"{ORACLE}.vpc_walk",
        "if self.tracked:\n            return here\n        self._group_ingress",
        "if not here:\n            return here\n        self._group_ingress",
    ),
    Fault(
        "security groups: references count everywhere",
        f"{ORACLE}.filters",
        "return member and reference_honoured(self.network, self.direction, here, place)",
        "return member or (place == here and member)",
    ),
    Fault(
        "security groups: a prefix list's first CIDR counts alone",
        f"{ORACLE}.filters",
        "any(address in cidr for cidr in cidrs)",
        "any(address in cidr for cidr in cidrs[:1])",
    ),
    Fault(
        "attachments: any zone's subnet serves",
        f"{ORACLE}.gateway_walk",
        "if zone_of(candidate) == zone]",
        "if zone_of(candidate) or zone]",
    ),
    Fault(
        "attachments: whatever their state",
        f"{ORACLE}.gateway_walk",
        'if side.state != "available":\n            self.recorder.drop(Stage.TGW_ATTACHMENT',
        "if not side.state:\n            self.recorder.drop(Stage.TGW_ATTACHMENT",
    ),
    Fault(
        "attachments: a peering's other side whatever its state",
        f"{ORACLE}.gateway_walk",
        'if other.state != "available":',
        "if not other.state:",
    ),
    Fault(
        "attachments: appliance mode keeps the zone",
        f"{ORACLE}.gateway_walk",
        "if side.appliance_mode or zone_is_hidden",
        "if zone_is_hidden",
    ),
    Fault(
        "VPC peerings: whatever their state",
        f"{ORACLE}.gateway_walk",
        'if peering.status != "active":',
        "if not peering.status:",
    ),
    Fault(
        "NAT gateways: private ones reach the Internet",
        f"{ORACLE}.gateway_walk",
        'if gateway.connectivity != "public":',
        "if not gateway.connectivity:",
    ),
    Fault(
        "NAT gateways: carry every protocol",
        f"{ORACLE}.vpc_walk",
        "if self.packet.protocol not in NAT_PROTOCOLS:",
        "if not NAT_PROTOCOLS:",
    ),
    Fault(
        "Internet gateways: those of other VPCs serve too",
        f"{ORACLE}.gateway_walk",
        "if subnet.vpc_id not in gateway.vpc_ids:",
        "if not subnet.vpc_id:",
    ),
    Fault(
        "Internet gateways: need no public address",
        f"{ORACLE}.gateway_walk",
        "if not self.source.is_public(self.packet.source):",
        "if not self.source.id:",
    ),
    Fault(
        "interfaces of AWS: answer on every port",
        f"{ORACLE}.vpc_walk",
        "if accepts and not answer:",
        "if accepts and not accepts:",
    ),
    Fault(
        "firewalls: whatever their state",
        f"{ORACLE}.vpc_walk",
        'if firewall.state != "available":',
        "if not firewall.state:",
    ),
    Fault(
        "firewalls: need not see both directions",
        f"{ORACLE}.firewall_state",
        "if request.packet.protocol == TCP:",
        "if request.packet.protocol < 0 * TCP:",
    ),
)

_IN_ENGINE = (
    Fault(
        "VPC routes: a static one wins no tie with a prefix list's",
        f"{ENGINE}.vpc_routing",
        "return 1 if isinstance(route.destination, str) else 2",
        "return 2 if isinstance(route.destination, str) else 1",
    ),
    Fault(
        "VPC routes: a propagated one wins within the VPC",
        f"{ENGINE}.vpc_routing",
        "reach = beyond if rank == PROPAGATED_RANK else",
        "reach = beyond if rank == -1 else",
    ),
    Fault(
        "VPC routes: blackholes forward",
        f"{ENGINE}.vpc_routing",
        'elif route.state != "blackhole":',
        'elif route.state != "":',
    ),
    Fault(
        "TGW routes: a tie goes to the last",
        f"{ENGINE}.tgw_forwarding",
        "rank > best[block][0]:",
        "rank >= 0:",
    ),
    Fault(
        "TGW routes: the shortest prefix wins",
        f"{ENGINE}.tgw_forwarding",
        "sorted(blocks, key=lambda block: -block[1])",
        "sorted(blocks, key=lambda block: block[1])",
    ),
    Fault(
        "network ACLs: the highest number decides",
        f"{ENGINE}.network_acls",
        "key=lambda entry: entry.number)",
        "key=lambda entry: -entry.number)",
    ),
    Fault(
        "network ACLs: any allow counts",
        f"{ENGINE}.network_acls",
        "undecided[index] &= ~mask",
        "undecided[index] &= ~0",
    ),
    Fault(
        "network ACLs: judged within a subnet",
        f"{ENGINE}.matrix",
        "judged, exempt = local, context.neighbours | lost",
        "judged, exempt = local | context.acl_out[index] & context.neighbours, lost",
    ),
    Fault(
        "network ACLs: judged between an attachment and a host of its subnet",
        f"{ENGINE}.tgw_egress",
        "delivered |= (inside & shared) << (self.width * EXEMPT)",
        "delivered |= inside & shared & allowed",
    ),
    Fault(
        "network ACLs: a NAT gateway's subnet judges nothing that goes out",
        f"{ENGINE}.tgw_egress",
        "return out & allowed, unknown & allowed",
        "return out, unknown & allowed",
    ),
    Fault(
        "security groups: references count everywhere",
        f"{ENGINE}.security_groups",
        "found = here == there or reference_honoured",
        "found = here != () or reference_honoured",
    ),
    Fault(
        "security groups: a prefix list's first CIDR counts alone",
        f"{ENGINE}.security_groups",
        "Peers(tuple(map(block_of, cidrs)))",
        "Peers(tuple(map(block_of, cidrs[:1])))",
    ),
    Fault(
        "attachments: any zone's subnet serves",
        f"{ENGINE}.vpc_routing",
        "if zone_of(entry) == zone:",
        "if zone_of(entry) or zone:",
    ),
    Fault(
        "attachments: the first subnet lets out",
        f"{ENGINE}.tgw_egress",
        "next((e for e in entries if zone_of(e) == zone), entries[0])",
        "next((e for e in entries if zone_of(e) == ''), entries[0])",
    ),
    Fault(
        "VPC peerings: whatever their state",
        f"{ENGINE}.vpc_routing",
        'if peering.status != "active" or here',
        "if here",
    ),
    Fault(
        "NAT gateways: carry every protocol",
        f"{ENGINE}.tgw_egress",
        'if gateway.state != "available" or not self.is_carried_by_nat(index):',
        'if gateway.state != "available":',
    ),
    Fault(
        "Internet gateways: those of other VPCs let in",
        f"{ENGINE}.external_sources",
        "found |= context.addresses if context.public else 0",
        "found |= context.addresses",
    ),
    Fault(
        "tenants: their replies need no way back",
        f"{ENGINE}.external_sources",
        "back = towards[table] & way.destinations if",
        "back = way.destinations if",
    ),
    Fault(
        "firewalls: whatever their state",
        f"{ENGINE}.firewall_ways",
        'self.network.vpc_endpoints[key].state == "available"',
        'self.network.vpc_endpoints[key].state != ""',
    ),
    Fault(
        "firewalls: need not see both directions",
        f"{ENGINE}.firewall_state",
        "found &= ~(there[0] & back[1] | there[1] & back[0])",
        "found &= ~(there[0] & back[1] & there[1] & back[0])",
    ),
)

FAULTS = _IN_ORACLE + _IN_ENGINE
