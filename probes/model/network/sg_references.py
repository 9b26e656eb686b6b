"""Where AWS honours a security group that is named as the peer of a rule."""

from typing import Literal

from probes.model.errors import UnobservableError
from probes.model.network.index import Network
from probes.model.network.vpc_index import ResourceKey

RuleDirection = Literal["ingress", "egress"]


def reference_honoured(
    network: Network, direction: RuleDirection, here: ResourceKey, there: ResourceKey
) -> bool:
    """Whether a rule of an interface at `here` (region, VPC ID) matches members of a group that are at `there`.

    AWS resolves references within a VPC and over a VPC peering inside one Region; over a Transit Gateway only
    for inbound rules in one Region, where the gateway and both attachments enable it; never between Regions.
    Through a firewall it does not, so over a Transit Gateway that is not known where there is one.
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    if here[0] != there[0]:
        return False
    if here[1] == there[1]:
        return True
    if _peered(network, here, there):
        return True
    return direction == "ingress" and _referencing_tgw(network, here, there)


def _peered(network: Network, here: ResourceKey, there: ResourceKey) -> bool:
    region, wanted = here[0], {here[1], there[1]}
    return any(
        peering.status == "active"
        and peering.requester_region == peering.accepter_region == region
        and {peering.requester_vpc_id, peering.accepter_vpc_id} == wanted
        for peering in network.vpc_peerings.values()
    )


def _referencing_tgw(network: Network, here: ResourceKey, there: ResourceKey) -> bool:
    unknown = False
    for (region, _), gateway in network.transit_gateways.items():
        if region != here[0]:
            continue
        found = [network.vpc_attachment(*place, gateway.id) for place in (here, there)]
        sides = [side for side in found if side is not None and side.state == "available"]
        options = [gateway.sg_referencing_support, *(side.sg_referencing_support for side in sides)]
        if len(sides) == len(found) and all(options):
            if network.is_inspected:
                raise UnobservableError(
                    f"{region}: a firewall may be on the way, and a group reference does not count through one"
                )
            return True
        unknown = unknown or (len(sides) == len(found) and False not in options)
    if unknown:
        raise UnobservableError(f"{here[0]}: whether the TGW allows security-group references is not known")
    return False
