"""Ingress rules that this suite authorises: how one is made, found again and revoked, by EC2's API.

Every rule carries four tags: what it is, which run and process made it, and when it is overdue.
"""

import shlex
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from probes.hosts.process_identity import has_ended

PURPOSE = ("crossregion-conformance", "probe-window")
RUN = "crossregion-conformance:run"
OWNER = "crossregion-conformance:owner"
OVERDUE = "crossregion-conformance:overdue"
DUPLICATE = "InvalidPermission.Duplicate"
GONE = ("InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound", "InvalidGroup.NotFound")
ERRORS = (ClientError, BotoCoreError)
_SERVER_ERROR = 500
_PASSING = ("Throttl", "RequestLimitExceeded", "BandwidthLimitExceeded", "RequestTimeout")

Ec2 = Callable[[str], Any]
"""
The EC2 client of a Region.
"""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule lets through: one peer to one TCP port of a security group's members."""

    region: str
    group_id: str
    cidr: str
    port: int


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One security-group rule; the tags are empty for a rule that is not of this suite."""

    region: str
    group_id: str
    rule_id: str
    run: str = ""
    owner: str = ""
    overdue: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether this suite made it, in whichever run."""
        return bool(self.overdue)

    def is_leftover(self, now: datetime) -> bool:
        """Whether the run that made it cannot need it any more: it is overdue, or its process has ended."""
        return self.is_ours and (_is_past(self.overdue, now) or has_ended(self.owner))


class IngressRules:
    """The rules of an account. `options` are those that the AWS CLI needs to reach the same account.

    Every method raises ClientError or BotoCoreError as its call does.
    """

    def __init__(self, ec2: Ec2, options: tuple[str, ...] = ()) -> None:
        self._ec2 = ec2
        self._options = options

    def groups_of(self, region: str, address: str) -> list[list[str]]:
        """The security groups of each network interface that has an address."""
        found = self._ec2(region).describe_network_interfaces(
            Filters=[{"Name": "addresses.private-ip-address", "Values": [address]}]
        )["NetworkInterfaces"]
        return [sorted(group["GroupId"] for group in interface["Groups"]) for interface in found]

    def authorise(self, opening: Opening, run: str, owner: str, overdue: str) -> Rule:
        """Make a rule for this run, whose process is `owner`, and which is to be gone by `overdue`."""
        peer = {
            "CidrIp": opening.cidr,
            "Description": f"conformance probe window, run {run} of {owner.partition(' ')[0]}, overdue {overdue}",
        }
        tags = [PURPOSE, (RUN, run), (OWNER, owner), (OVERDUE, overdue)]
        ports = {"IpProtocol": "tcp", "FromPort": opening.port, "ToPort": opening.port}
        answer = self._ec2(opening.region).authorize_security_group_ingress(
            GroupId=opening.group_id,
            IpPermissions=[{**ports, "IpRanges": [peer]}],
            TagSpecifications=[
                {
                    "ResourceType": "security-group-rule",
                    "Tags": [{"Key": key, "Value": value} for key, value in tags],
                }
            ],
        )
        rule_id = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        return Rule(
            region=opening.region,
            group_id=opening.group_id,
            rule_id=rule_id,
            run=run,
            owner=owner,
            overdue=overdue,
        )

    def made_by_this_suite(self, region: str) -> Iterator[Rule]:
        """Every rule of a Region that any run has left or is using."""
        key, value = PURPOSE
        for found in self._described(region, {"Name": f"tag:{key}", "Values": [value]}):
            rule = _rule(region, found)
            if rule.is_ours:
                yield rule

    def matching(self, opening: Opening) -> Rule | None:
        """The rule that lets exactly this through, whoever made it."""
        wanted = ("tcp", opening.port, opening.port, opening.cidr)
        for found in self._described(opening.region, {"Name": "group-id", "Values": [opening.group_id]}):
            is_ingress = not found.get("IsEgress")
            if is_ingress and wanted == tuple(
                found.get(key) for key in ("IpProtocol", "FromPort", "ToPort", "CidrIpv4")
            ):
                return _rule(opening.region, found)
        return None

    def revoke(self, rule: Rule) -> None:
        """Remove it."""
        self._ec2(rule.region).revoke_security_group_ingress(
            GroupId=rule.group_id, SecurityGroupRuleIds=[rule.rule_id]
        )

    def by_hand(self, rule: Rule) -> str:
        """The command that revokes it."""
        words = ("--region", rule.region, *self._options, "--group-id", rule.group_id)
        return shlex.join(
            ("aws", "ec2", "revoke-security-group-ingress", *words, "--security-group-rule-ids", rule.rule_id)
        )

    def listing(self, region: str, run: str) -> str:
        """The command that lists what a run has open."""
        words = ("--region", region, *self._options, "--filters", f"Name=tag:{RUN},Values={run}")
        return shlex.join(("aws", "ec2", "describe-security-group-rules", *words))

    def _described(self, region: str, wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
        pages = self._ec2(region).get_paginator("describe_security_group_rules").paginate(Filters=[wanted])
        for page in pages:
            yield from page["SecurityGroupRules"]


def code_of(error: Exception) -> str:
    """EC2's code of an error; empty for one that is not EC2's."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def may_pass(error: Exception) -> bool:
    """Whether the same call may succeed later, or may have succeeded: throttled, a server error, no answer.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    if not isinstance(error, ClientError):
        return isinstance(error, (exceptions.HTTPClientError, exceptions.ConnectionError))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= _SERVER_ERROR or any(word in code_of(error) for word in _PASSING)


def _rule(region: str, found: dict[str, Any]) -> Rule:
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
    key, value = PURPOSE
    known = tags if tags.get(key) == value else {}
    return Rule(
        region=region,
        group_id=found["GroupId"],
        rule_id=found["SecurityGroupRuleId"],
        run=known.get(RUN, ""),
        owner=known.get(OWNER, ""),
        overdue=known.get(OVERDUE, ""),
    )


def _is_past(text: str, now: datetime) -> bool:
    """Whether the time is past; a tag that holds none is not ours to interpret."""
    try:
        return datetime.fromisoformat(text) < now
    except (ValueError, TypeError):
        return False
