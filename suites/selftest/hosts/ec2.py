"""An EC2 to open probe windows in, and ways in which its calls go wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from probes.hosts.ingress_rules import IngressRules
from probes.hosts.inventory import Host
from probes.hosts.probe_window import AwsWindow
from probes.hosts.ssh.address import SshAddress

REGION = "us-east-2"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Client = Any  # boto3 makes its clients' methods at run time
Fault = Callable[[dict[str, Any]], Exception | None]


def host(name: str, address: str) -> Host:
    """A GPU host of the Region."""
    ssh = SshAddress(hostname=address, username="ec2-user")
    return Host(name=name, region=REGION, role="gpu", az=f"{REGION}a", address=address, ssh=ssh)


SERVER, CLIENT = host("gpu-use2-00", "10.66.74.10"), host("gpu-use1-00", "10.66.10.10")
OTHERS = tuple(host(f"gpu-use1-0{n}", f"10.66.10.1{n}") for n in range(1, 5))


@contextmanager
def emulated_ec2() -> Iterator[Client]:
    """An EC2 with the server's interface and its security group."""
    with mock_aws():
        client = boto3.client("ec2", region_name=REGION)
        vpc_id = client.create_vpc(CidrBlock="10.66.64.0/18")["Vpc"]["VpcId"]
        subnet_id = client.create_subnet(VpcId=vpc_id, CidrBlock="10.66.74.0/23")["Subnet"]["SubnetId"]
        group = client.create_security_group(GroupName="sg-gpu", Description="GPU", VpcId=vpc_id)
        client.create_network_interface(
            SubnetId=subnet_id, PrivateIpAddress=SERVER.address, Groups=[group["GroupId"]]
        )
        yield client


class FaultyEc2:
    """An EC2 client one of whose calls goes wrong: `fault` says how, by its arguments.

    With `done` the call is carried out all the same, and only its answer is lost.
    """

    def __init__(self, client: Client, call: str, fault: Fault, *, done: bool = False) -> None:
        self._client = client
        self._call = call
        self._fault = fault
        self._done = done

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # of the client
        attribute = getattr(self._client, name)
        return self._faulty(attribute) if name == self._call else attribute

    def _faulty(self, call: Callable[..., object]) -> Callable[..., object]:
        def attempt(**arguments: object) -> object:
            error = self._fault(arguments)
            answer = call(**arguments) if error is None or self._done else None
            if error is not None:
                raise error
            return answer

        return attempt


def error(code: str, status: int = 400) -> ClientError:
    """An error as EC2 answers it."""
    answer = {"Error": {"Code": code, "Message": "told to"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Call")  # type: ignore[arg-type]  # the rest of the metadata is not read


def in_turn(*faults: Exception | None) -> Fault:
    """One fault for each call, none for those that follow."""
    left = iter(faults)
    return lambda _: next(left, None)


def window(ec2: object, run: str = "run-1", now: datetime = NOW, *, within_s: float = 60) -> AwsWindow:
    """The probe window of a run."""
    rules = IngressRules(lambda _: ec2, ("--profile", "network ops"))
    return AwsWindow(rules, run, now=lambda: now, revoke_within_s=within_s)


def ingress(ec2: Client) -> list[dict[str, Any]]:
    """The rules that let something in."""
    found = ec2.describe_security_group_rules()["SecurityGroupRules"]
    return [rule for rule in found if not rule["IsEgress"]]


def peers(ec2: Client) -> list[str]:
    """Whom they let in."""
    return sorted(rule["CidrIpv4"] for rule in ingress(ec2))
