"""An EC2 on loopback that a run in another process asks, and that the test can hold up or make fail."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

AUTHORISE, REVOKE = "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"
WAIT_S = 60.0
_THROTTLED = (
    b"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slower</Message></Error></Errors>"
    b"<RequestID>0</RequestID></Response>"
)
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class GatedEc2:
    """The EC2 of two Regions, with a security group of one interface each.

    `held` is an action whose calls wait until `release`; `throttled` says how many calls of an action are refused.
    """

    def __init__(self, url: str, addresses: dict[str, str]) -> None:
        self.url = url
        self.held = ""
        self.throttled: dict[str, int] = {}
        self._asked = threading.Event()
        self._released = threading.Event()
        self._clients = {region: self._client(region) for region in addresses}
        for region, address in addresses.items():
            self._make_host(self._clients[region], address)

    def hold(self, action: str) -> None:
        """Let the calls of an action wait from now on."""
        self._asked.clear()
        self._released.clear()
        self.held = action

    def wait_until_asked(self) -> bool:
        """Whether a call is waiting, after a while."""
        return self._asked.wait(WAIT_S)

    def release(self) -> None:
        """Let all calls go on."""
        self.held = ""
        self._released.set()

    def open_rules(self) -> list[str]:
        """The IDs of the rules that let something in."""
        return [
            rule["SecurityGroupRuleId"]
            for client in self._clients.values()
            for rule in client.describe_security_group_rules()["SecurityGroupRules"]
            if not rule["IsEgress"]
        ]

    def clear(self) -> None:
        """Remove them, hold nothing up and refuse nothing."""
        self.release()
        self.throttled.clear()
        for client in self._clients.values():
            for rule in client.describe_security_group_rules()["SecurityGroupRules"]:
                if not rule["IsEgress"]:
                    client.revoke_security_group_ingress(
                        GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]]
                    )

    def answer(self, action: str) -> bytes | None:
        """What the caller gets instead of EC2's own answer."""
        if action == self.held:
            self._asked.set()
            self._released.wait(WAIT_S)
        left = self.throttled.get(action, 0)
        self.throttled[action] = left - 1
        return _THROTTLED if left > 0 else None

    def _client(self, region: str) -> Any:  # noqa: ANN401  # boto3 makes its clients' types at run time
        session = boto3.Session("testing", "testing", region_name=region)
        return session.client("ec2", endpoint_url=self.url)

    @staticmethod
    def _make_host(client: Any, address: str) -> None:  # noqa: ANN401  # as above
        vpc_id = client.create_vpc(CidrBlock="127.66.0.0/16")["Vpc"]["VpcId"]
        subnet_id = client.create_subnet(VpcId=vpc_id, CidrBlock="127.66.0.0/17")["Subnet"]["SubnetId"]
        group = client.create_security_group(GroupName="gpu", Description="GPU", VpcId=vpc_id)
        client.create_network_interface(
            SubnetId=subnet_id, PrivateIpAddress=address, Groups=[group["GroupId"]]
        )


class _Silent(WSGIRequestHandler):
    """Logs no request."""

    def log(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def gated_ec2(addresses: dict[str, str]) -> Iterator[GatedEc2]:
    """Serve the EC2 of these Regions, each with the interface of an address."""
    emulation = DomainDispatcherApplication(create_backend_app)
    gates: list[GatedEc2] = []

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        action = parse_qs(body.decode()).get("Action", [""])[0]
        refusal = gates[0].answer(action) if gates else None
        if refusal is not None:
            start_response("503 Service Unavailable", [("Content-Type", "text/xml")])
            return [refusal]
        answer: Iterable[bytes] = emulation(environ, start_response)
        return answer

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        ec2 = GatedEc2(f"http://127.0.0.1:{server.server_port}", addresses)
        gates.append(ec2)
        yield ec2
    finally:
        server.shutdown()
        thread.join()
