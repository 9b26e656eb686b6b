"""AWS on loopback: moto over HTTP, with the answers it lacks and the refusals it never gives put in front of it."""

import io
import json
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from probes.sources.aws.calls import Call

CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/")
ANYWHERE = "*"
Environ = dict[str, Any]
Respond = Callable[[str, list[tuple[str, str]]], object]
Canned = Callable[[str, dict[str, Any]], dict[str, Any]]
XML_ERRORS = {
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>x</Message></Error></Errors></Response>",
    "s3": "<Error><Code>{}</Code><Message>x</Message></Error>",
}
QUERY_ERROR = "<ErrorResponse><Error><Code>{}</Code><Message>x</Message></Error></ErrorResponse>"
QUERY_SERVICES = frozenset({"autoscaling", "elasticloadbalancing", "sts"})


class QuietHandler(MotoRequestHandler):
    """Writes no access log."""

    def log_request(self, *_args: object) -> None:
        """Silence."""


@dataclass(slots=True)
class Endpoint:
    """What stands in front of moto.

    `refusals` maps (Region or "*", operation) to an error code, `canned` an operation to a function of Region
    and parameters that gives its answer. `asked` lists (Region, operation) of every request, `bodies` holds
    what was sent by operation. `hiccups` maps an operation to how often it is throttled before it is answered.
    """

    url: str = ""
    refusals: dict[tuple[str, str], str] = field(default_factory=dict)
    canned: dict[str, Canned] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: dict[str, list[bytes]] = field(default_factory=dict)
    hiccups: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def refusing(self, code: str, *operations: str, region: str = ANYWHERE) -> Iterator[None]:
        """Refuse every operation that is named, or all when none is."""
        added = {(region, operation): code for operation in operations or (ANYWHERE,)}
        self.refusals |= added
        try:
            yield
        finally:
            for place in added:
                del self.refusals[place]

    def _code_for(self, region: str, operation: str) -> str | None:
        if self.hiccups.get(operation):
            self.hiccups[operation] -= 1
            return "RequestLimitExceeded"
        places = ((region, operation), (ANYWHERE, operation), (region, ANYWHERE), (ANYWHERE, ANYWHERE))
        return next((self.refusals[place] for place in places if place in self.refusals), None)

    def application(self, moto: Callable[[Environ, Respond], Iterable[bytes]]) -> Any:  # noqa: ANN401  # WSGI
        """The WSGI application: refusals, then canned answers, then moto."""

        def answer(environ: Environ, respond: Respond) -> Iterable[bytes]:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
            service, region = (signed["service"], signed["region"]) if signed else ("", "")
            operation = operation_of(environ, body)
            self.asked.append((region, operation))
            self.bodies.setdefault(operation, []).append(body)
            code = self._code_for(region, operation)
            if code:
                respond("400 Bad Request", content_type(service))
                return [error_of(service, code)]
            if operation in self.canned:
                respond("200 OK", content_type(service))
                return [json.dumps(self.canned[operation](region, json.loads(body or b"{}"))).encode()]
            return moto(environ, respond)

        return answer


def operation_of(environ: Environ, body: bytes) -> str:
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    if "lifecycle" in environ.get("QUERY_STRING", ""):
        return "GetBucketLifecycleConfiguration"
    return parse_qs(body.decode("latin-1")).get("Action", [""])[0]


def content_type(service: str) -> list[tuple[str, str]]:
    xml = service in XML_ERRORS or service in QUERY_SERVICES
    return [("Content-Type", "text/xml" if xml else "application/x-amz-json-1.1")]


def error_of(service: str, code: str) -> bytes:
    if service in QUERY_SERVICES:
        return QUERY_ERROR.format(code).encode()
    if service in XML_ERRORS:
        return XML_ERRORS[service].format(code).encode()
    return json.dumps({"__type": code, "message": "x"}).encode()


@contextmanager
def served(endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint on a free loopback port."""
    application = endpoint.application(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=QuietHandler)
    endpoint.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def dummy_credentials() -> Iterator[pytest.MonkeyPatch]:
    """An environment in which nothing of the machine's own AWS configuration is seen, and no retry is made."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret-that-nobody-may-see")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        yield patch


def api_names(calls: Iterable[Call]) -> Iterator[str]:
    """AWS's names of the operations of these calls and of all that follow them."""
    for call in calls:
        yield "".join(word.capitalize() for word in call.operation.split("_"))
        yield from api_names(call.follow)
