"""boto3 clients for one set of credentials: made when first needed, retried adaptively, stopped together."""

import os
import threading
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound

from probes.model.errors import InputError, ProbeError
from probes.sources.aws.credentials import Access
from probes.sources.aws.errors import code_of, fatal

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
ATTEMPTS = 8
FIRST_ATTEMPTS = 2
CONNECTIONS = 32
ROLE_SESSION = "crossregion-conformance"


class Stopped(Exception):  # noqa: N818  # it is an order, not an error
    """The collection was given up while a call was waiting to be sent again."""


class Clients:
    """The clients of one set of credentials. boto3's sessions are not thread-safe, its clients are."""

    def __init__(self, access: Access, *, endpoint_url: str | None = None) -> None:
        self.access = access
        self._endpoint_url = endpoint_url
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._clients: dict[tuple[str, str, bool], BaseClient] = {}
        self._session = _session(access)

    def client(self, service: str, region: str, *, patient: bool = True) -> BaseClient:
        """The client of a service in a Region; one that is not patient gives up early.

        Raises InputError for an unusable profile or endpoint, and botocore's errors about credentials.
        """
        with self._lock:
            key = (service, region, patient)
            if key not in self._clients:
                self._clients[key] = self._make(service, region, patient=patient)
            return self._clients[key]

    def assume(self, role_arn: str, region: str) -> "Clients":
        """The clients of a role, assumed for an hour with these credentials. Raises botocore's errors."""
        sts: Any = self.client("sts", region, patient=False)
        granted = sts.assume_role(RoleArn=role_arn, RoleSessionName=ROLE_SESSION)["Credentials"]
        role = Clients(Access(role_arn=role_arn), endpoint_url=self._endpoint_url)
        role._session = boto3.Session(
            aws_access_key_id=granted["AccessKeyId"],
            aws_secret_access_key=granted["SecretAccessKey"],
            aws_session_token=granted["SessionToken"],
        )
        return role

    def partition(self, region: str) -> str:
        """The partition of a Region: aws, aws-cn, aws-us-gov, …."""
        return self._session.get_partition_for_region(region)

    def stop(self) -> None:
        """Send nothing any more, retries included."""
        self._stopped.set()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._clients.values():
                client.close()

    def _make(self, service: str, region: str, *, patient: bool) -> BaseClient:
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            max_pool_connections=CONNECTIONS,
            retries={"mode": "adaptive", "total_max_attempts": _attempts() if patient else FIRST_ATTEMPTS},
        )
        make: Any = self._session.client  # the stubs know each service's name; here it is data
        try:
            client: BaseClient = make(
                service, region_name=region, endpoint_url=self._endpoint_url, config=config
            )
        except ValueError as error:
            raise InputError(f"--endpoint-url: {shown_url(self._endpoint_url)!r} is not a URL") from error
        client.meta.events.register("before-send", self._before_send)
        return client

    def _before_send(self, **_details: object) -> None:
        if self._stopped.is_set():
            raise Stopped


def known_regions() -> frozenset[str]:
    """Every Region that this version of botocore knows, in all partitions."""
    session = botocore.session.Session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition)
    )


def refused_role(error: Exception, access: Access) -> ProbeError:
    """Why a role could not be assumed."""
    return fatal(error, Access()) or ProbeError(
        f"AWS: cannot assume {access.label} with the default credentials: {code_of(error) or 'no answer'}"
    )


def _session(access: Access) -> boto3.Session:
    try:
        return boto3.Session(profile_name=access.profile or None)
    except ProfileNotFound as error:
        wanted = error.kwargs["profile"]
        known = ", ".join(sorted(botocore.session.Session().available_profiles)) or "none"
        raise InputError(f"AWS profile {wanted!r} is not configured here; known profiles: {known}") from error
    except BotoCoreError as error:
        raise fatal(error, access) or InputError(
            f"AWS: the configuration of {access.label} cannot be read ({type(error).__name__})"
        ) from error


def _attempts() -> int:
    """AWS's own variable goes before ours, as botocore documents it."""
    text = os.environ.get("AWS_MAX_ATTEMPTS", "")
    return int(text) if text.isdecimal() and int(text) > 0 else ATTEMPTS


def shown_url(url: str | None) -> str:
    """A URL without the user and password it may hold."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "".join(parts[:1])
