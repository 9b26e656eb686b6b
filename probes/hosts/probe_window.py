"""The probe window on AWS: one ingress rule for one test, and nothing left of it afterwards.

The documented security groups admit no iperf3. A window authorises the narrowest rule there is, one peer /32
to one TCP port, tagged with the run and the time at which it is overdue. It is revoked after the test,
however that ends; what a killed run left is revoked by the next one once it is overdue.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from probes.hosts.errors import HostError
from probes.hosts.inventory import Host
from probes.hosts.measurements.ping import ipv4

PURPOSE = ("crossregion-conformance", "probe-window")
RUN = "crossregion-conformance:run"
OVERDUE = "crossregion-conformance:overdue"
LIFETIME = timedelta(minutes=5)  # far longer than one test
_DUPLICATE = "InvalidPermission.Duplicate"
_GONE = ("InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound", "InvalidGroup.NotFound")

Ec2 = Callable[[str], Any]


def _utc() -> datetime:
    return datetime.now(UTC)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One security-group rule, of a Region."""

    region: str
    group_id: str
    rule_id: str

    @property
    def by_hand(self) -> str:
        """What to do when the suite could not."""
        return (
            f"revoke it with: aws ec2 revoke-security-group-ingress --region {self.region} "
            f"--group-id {self.group_id} --security-group-rule-ids {self.rule_id}"
        )


class AwsWindow:
    """Opens and revokes rules through an EC2 client per Region, which `ec2` gives.

    The rule is in a security group of the server's network interface: other members of that group admit the
    peer too for as long as it is there.
    """

    def __init__(
        self, ec2: Ec2, run_id: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._ec2 = ec2
        self._run_id = run_id
        self._now = now
        self._lock = threading.Lock()
        self._open: set[Rule] = set()
        self._swept: set[str] = set()

    @contextmanager
    def opened(self, server: Host, client: Host, port: int) -> Iterator[None]:
        """Let one client reach one TCP port of the server while the body runs.

        Raises HostError about the server when AWS refuses, or when the rule could not be revoked.
        """
        try:
            self._sweep(server.region)
            rule = self._authorise(server, client, port)
        except (ClientError, BotoCoreError) as error:
            raise HostError(server.name, f"no probe window for tcp/{port}: {error}") from error
        try:
            yield
        finally:
            if rule is not None:
                self._revoke(rule, server.name)

    def close(self) -> None:
        """Revoke what is still open, as after an interrupt; raises HostError naming what could not be revoked."""
        for rule in sorted(self._open, key=lambda rule: rule.rule_id):
            self._revoke(rule, f"probe window of {rule.region}")

    def _authorise(self, server: Host, client: Host, port: int) -> Rule | None:
        """The new rule; None when the security group had it already, so that it is not ours to revoke."""
        group_id = self._group_of(server)
        overdue = (self._now() + LIFETIME).isoformat(timespec="seconds")
        peer = {
            "CidrIp": f"{ipv4(client.address)}/32",
            "Description": f"conformance probe window, run {self._run_id}, overdue {overdue}",
        }
        tags = [PURPOSE, (RUN, self._run_id), (OVERDUE, overdue)]
        try:
            answer = self._ec2(server.region).authorize_security_group_ingress(
                GroupId=group_id,
                IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [peer]}],
                TagSpecifications=[
                    {
                        "ResourceType": "security-group-rule",
                        "Tags": [{"Key": key, "Value": value} for key, value in tags],
                    }
                ],
            )
        except ClientError as error:
            if _code(error) == _DUPLICATE:
                return None
            raise
        rule_id = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        rule = Rule(region=server.region, group_id=group_id, rule_id=rule_id)
        self._open.add(rule)
        return rule

    def _group_of(self, server: Host) -> str:
        found = self._ec2(server.region).describe_network_interfaces(
            Filters=[{"Name": "addresses.private-ip-address", "Values": [ipv4(server.address)]}]
        )["NetworkInterfaces"]
        groups = sorted({group["GroupId"] for interface in found for group in interface["Groups"]})
        if len(found) != 1 or not groups:
            raise HostError(
                server.name, f"{len(found)} network interfaces of {server.region} have {server.address}"
            )
        return str(groups[0])

    def _revoke(self, rule: Rule, whose: str) -> None:
        with self._lock:
            if rule not in self._open:
                return
            try:
                self._remove(rule)
            except (ClientError, BotoCoreError) as error:
                raise HostError(whose, f"STILL OPEN, {rule.by_hand}: {error}") from error
            self._open.discard(rule)

    def _remove(self, rule: Rule) -> None:
        try:
            self._ec2(rule.region).revoke_security_group_ingress(
                GroupId=rule.group_id, SecurityGroupRuleIds=[rule.rule_id]
            )
        except ClientError as error:
            if _code(error) not in _GONE:
                raise

    def _sweep(self, region: str) -> None:
        """Revoke what killed runs left behind, once per Region and session."""
        with self._lock:
            if region in self._swept:
                return
            for rule in self._leftovers(region):
                self._remove(rule)
            self._swept.add(region)

    def _leftovers(self, region: str) -> Iterator[Rule]:
        key, value = PURPOSE
        pages = (
            self._ec2(region)
            .get_paginator("describe_security_group_rules")
            .paginate(Filters=[{"Name": f"tag:{key}", "Values": [value]}])
        )
        for page in pages:
            for found in page["SecurityGroupRules"]:
                tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
                if tags.get(key) == value and _is_past(tags.get(OVERDUE, ""), self._now()):
                    yield Rule(region=region, group_id=found["GroupId"], rule_id=found["SecurityGroupRuleId"])


def _is_past(text: str, now: datetime) -> bool:
    """Whether the time is past; a tag that holds none is not ours to interpret."""
    try:
        return datetime.fromisoformat(text) < now
    except (ValueError, TypeError):
        return False


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
