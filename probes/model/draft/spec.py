"""The whole draft."""

from itertools import combinations
from typing import Any

import msgspec

from probes.model.draft.gateways import DraftedGateways
from probes.model.draft.names import region_alias
from probes.model.draft.protections import flow_logs, network_acl
from probes.model.draft.roles import DraftedRoles
from probes.model.draft.vpcs import DraftedVpc, DraftedVpcs, section, tiers_section
from probes.model.errors import EmptySelectionError
from probes.model.network.index import Network
from probes.model.state import State

Document = dict[str, Any]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A spec as its YAML file holds it, and what a person should know about it."""

    document: Document
    notes: tuple[str, ...]


def draft(state: State, name: str) -> Draft:
    """A spec by which the state conforms, as far as it was seen; raises EmptySelectionError without a VPC."""
    network = Network(state)
    vpcs = DraftedVpcs(network)
    if not vpcs.all:
        raise EmptySelectionError(f"{state.source or 'the state'} shows no VPC to draft a spec of")
    gateways = DraftedGateways(state, vpcs)
    vpcs.gateway_names = gateways.names
    roles = DraftedRoles(vpcs)
    regions = sorted({one.vpc.region for one in vpcs.all} | {region for region, _ in gateways.names})
    document: Document = {
        "name": name,
        "regions": {region_alias(region): region for region in regions},
        "overlaps": any(_overlap(one, other) for one, other in combinations(vpcs.all, 2)),
        "every_zone_attached": _reaches_every_zone(vpcs),
        "tiers": tiers_section(vpcs),
        "vpcs": section(vpcs),
        "transit_gateways": gateways.section(),
        "peerings": gateways.peerings(),
        "vpc_peerings": _vpc_peerings(vpcs),
        "roles": roles.section(),
        "network_acl": network_acl(vpcs),
        "vpc_endpoints": _endpoints(vpcs),
        "flow_logs": flow_logs(vpcs),
    }
    gaps = tuple(
        dict.fromkeys(
            f"not seen: {gap.kind} {gap.resource or gap.region}: {gap.reason}" for gap in state.gaps
        )
    )
    return Draft(
        document={key: value for key, value in document.items() if value},
        notes=(*vpcs.notes, *gateways.notes, *roles.notes, *gaps),
    )


def _overlap(one: DraftedVpc, other: DraftedVpc) -> bool:
    return any(mine.overlaps(theirs) for mine in one.vpc.cidrs for theirs in other.vpc.cidrs)


def _reaches_every_zone(vpcs: DraftedVpcs) -> bool:
    """Whether each attached VPC has a subnet of its attachment in every zone that has other subnets."""
    placed = [one for one in vpcs.all if one.attachment_tier in one.tiers]
    return bool(placed) and all(
        {subnet.az for subnets in one.tiers.values() for subnet in subnets}
        == {subnet.az for subnet in one.tiers[one.attachment_tier]}
        for one in placed
    )


def _vpc_peerings(vpcs: DraftedVpcs) -> list[Document]:
    by_id = {vpc_id: one.name for (_, vpc_id), one in vpcs.by_id.items()}
    pairs = {
        tuple(sorted((by_id[peering.requester_vpc_id], by_id[peering.accepter_vpc_id])))
        for peering in vpcs.network.state.vpc_peerings
        if peering.status == "active"
        and peering.requester_vpc_id in by_id
        and peering.accepter_vpc_id in by_id
    }
    return [{"between": list(pair)} for pair in sorted(pairs)]


def _endpoints(vpcs: DraftedVpcs) -> list[Document]:
    """The endpoints of AWS services, by service, with the VPCs that have one."""
    everywhere = len(vpcs.all)
    return [
        {"services": [service]} | ({"vpcs": homes} if len(homes) < everywhere else {})
        for service, homes in sorted(vpcs.services.items())
    ]
