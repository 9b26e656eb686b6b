"""The network ACL and the flow logs of a draft: what all of its VPCs have alike."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Any

from probes.model.checks.monitoring import log_group_name
from probes.model.draft.vpcs import DraftedVpcs
from probes.model.errors import ProbeError
from probes.model.state import FlowLog, NetworkAcl


def network_acl(vpcs: DraftedVpcs) -> dict[str, Any]:
    """The `network_acl` of the spec; empty where an ACL says more than which CIDRs it lets through both ways."""
    try:
        acls = {
            acl.id: acl
            for one in vpcs.all
            for subnets in one.tiers.values()
            for subnet in subnets
            for acl in [vpcs.network.network_acl_of(subnet)]
        }
    except ProbeError:
        return {}
    admitted = {_admitted(acl) for acl in acls.values()}
    (cidrs,) = admitted if len(admitted) == 1 else (frozenset[IPv4Network](),)
    return {"allow_within": [str(cidr) for cidr in sorted(cidrs)]} if cidrs else {}


def _admitted(acl: NetworkAcl) -> frozenset[IPv4Network]:
    """The CIDRs that an ACL of the network's own admits whole in both directions, when it says nothing else."""
    allowed = [entry for entry in acl.entries if entry.action == "allow"]
    denied = [entry for entry in acl.entries if entry.action == "deny"]
    sides = [{entry.cidr for entry in allowed if entry.egress is egress} for egress in (False, True)]
    cidrs = frozenset(cidr for cidr in sides[0] if isinstance(cidr, IPv4Network))
    plain = all(entry.protocol == "-1" for entry in allowed) and sides == [cidrs, cidrs]
    last = max((entry.number for entry in allowed), default=0)
    return (
        cidrs if plain and not acl.default and all(entry.number > last for entry in denied) else frozenset()
    )


def flow_logs(vpcs: DraftedVpcs) -> dict[str, Any]:
    """The `flow_logs` of the spec; empty unless every VPC has one that is active and delivers."""
    logs = [_working(vpcs.network.state.flow_logs, one.vpc.id) for one in vpcs.all]
    types = set.intersection(*({log.traffic_type for log in each} for each in logs)) if logs else set()
    known = "ALL" if "ALL" in types else min(filter(None, types), default="")
    return {"traffic_type": known} | _retention(vpcs, logs) if known else {}


def _working(logs: Iterable[FlowLog], vpc_id: str) -> list[FlowLog]:
    return [
        log
        for log in logs
        if log.resource_id == vpc_id and log.status == "ACTIVE" and log.deliver_status == "SUCCESS"
    ]


def _retention(vpcs: DraftedVpcs, logs: list[list[FlowLog]]) -> dict[str, Any]:
    """For how many days the records are kept, if CloudWatch keeps all of them equally long."""
    days = {
        group.retention_days
        for each in logs
        for log in each
        for group in vpcs.network.state.log_groups
        if group.region == log.region and group.id == log_group_name(log.destination or "")
    }
    in_cloudwatch = all(log.destination_type != "s3" for each in logs for log in each)
    (found,) = days if len(days) == 1 and in_cloudwatch else (0,)
    return {"retention_days": found} if found else {}
