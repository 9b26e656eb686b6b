"""botocore's clients for one set of credentials: made when first needed, retried adaptively, stopped together."""

import os
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore import exceptions as of_botocore
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoCredentialsError, ProfileNotFound
from botocore.loaders import Loader, create_loader

from probes.model.errors import InputError
from probes.sources.aws.credential_errors import credentials_error
from probes.sources.aws.credential_process import bound_credential_processes
from probes.sources.aws.credentials import Access
from probes.sources.aws.transport_errors import shown_url

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
ATTEMPTS = 8
FIRST_ATTEMPTS = 2
CONNECTIONS = 32
ROLE_SESSION = "crossregion-conformance"
ENDPOINT_SETTINGS = "AWS_ENDPOINT_URL, an AWS_ENDPOINT_URL_<SERVICE> or endpoint_url in ~/.aws/config"
SETTINGS: Mapping[type, str] = {
    of_botocore.EndpointVariantError: "AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT",
    of_botocore.InvalidChecksumConfigError: "AWS_REQUEST_CHECKSUM_CALCULATION or AWS_RESPONSE_CHECKSUM_VALIDATION",
    of_botocore.InvalidDefaultsMode: "AWS_DEFAULTS_MODE or defaults_mode",
    of_botocore.InvalidEndpointDiscoveryConfigurationError: "AWS_ENABLE_ENDPOINT_DISCOVERY",
    of_botocore.InvalidMaxRetryAttemptsError: "AWS_MAX_ATTEMPTS or max_attempts",
    of_botocore.InvalidProxiesConfigError: "a setting of proxies",
    of_botocore.InvalidRetryModeError: "AWS_RETRY_MODE or retry_mode",
    of_botocore.InvalidS3UsEast1RegionalEndpointConfigError: "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
    of_botocore.InvalidSTSRegionalEndpointsConfigError: "AWS_STS_REGIONAL_ENDPOINTS or sts_regional_endpoints",
    of_botocore.UnknownFIPSEndpointError: "AWS_USE_FIPS_ENDPOINT or use_fips_endpoint",
}
"""
What is wrong when botocore refuses to make a client.
"""


class Stopped(Exception):  # noqa: N818  # it is an order, not an error
    """The collection was given up while a call was waiting to be sent again."""


class Clients:
    """The clients of one set of credentials. botocore's sessions are not thread-safe, its clients are."""

    def __init__(self, access: Access, *, endpoint_url: str | None = None) -> None:
        self.access = access
        self._endpoint_url = endpoint_url
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._clients: dict[tuple[str, str, bool], BaseClient] = {}
        self._session = _session(access, self._stopped)

    def client(self, service: str, region: str, *, patient: bool = True) -> BaseClient:
        """The client of a service in a Region; one that is not patient gives up early.

        Raises InputError for an unusable profile or endpoint, and botocore's errors about credentials.
        """
        with self._lock:
            key = (service, region, patient)
            if key not in self._clients:
                self._clients[key] = self._make(service, region, patient=patient)
            return self._clients[key]

    def authenticate(self) -> None:
        """Obtain the credentials, be it from a program, a token file or a person with an MFA device.

        Raises CredentialsError saying why there are none.
        """
        with self._lock:
            try:
                credentials = self._session.get_credentials()
                if credentials is not None:
                    credentials.get_frozen_credentials()
            except Exception as error:  # botocore's chain lets errors of any class through
                profile = self._session.get_scoped_config()
                raise credentials_error(error, self.access, profile) from error
        if credentials is None:
            raise credentials_error(NoCredentialsError(), self.access, {})

    def assume(self, access: Access, region: str) -> "Clients":
        """The clients of a role, assumed for an hour with these credentials. Raises botocore's errors."""
        sts: Any = self.client("sts", region, patient=False)
        external = {"ExternalId": access.external_id} if access.external_id else {}
        granted = sts.assume_role(RoleArn=access.role_arn, RoleSessionName=ROLE_SESSION, **external)[
            "Credentials"
        ]
        role = Clients(access, endpoint_url=self._endpoint_url)
        role._session.set_credentials(
            granted["AccessKeyId"], granted["SecretAccessKey"], granted["SessionToken"]
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
        try:
            client: BaseClient = self._session.create_client(
                service, region_name=region, endpoint_url=self._endpoint_url, config=config
            )
        except ValueError as error:
            raise InputError(f"AWS: {ENDPOINT_SETTINGS} is not a URL") from error
        except BotoCoreError as error:
            if type(error) in SETTINGS:
                raise InputError(
                    f"AWS: {SETTINGS[type(error)]} has a value that botocore does not know"
                ) from error
            raise
        client.meta.events.register("before-send", self._before_send)
        return client

    def _before_send(self, **_details: object) -> None:
        if self._stopped.is_set():
            raise Stopped


def checked_endpoint(url: str | None) -> str | None:
    """The URL; raises InputError when it is none."""
    try:
        parts = urlsplit(url or "http://none")
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or any(char.isspace() for char in url or ""):
        raise InputError(f"--endpoint-url: {shown_url(url)!r} is not a URL")
    return url


def bounded_session(profile: str, stopped: threading.Event | None = None) -> botocore.session.Session:
    """A session with the credentials of a profile, or the default ones; no program of theirs is waited for long."""
    session = _new_session(profile)
    bound_credential_processes(session, stopped)
    return session


def known_regions() -> frozenset[str]:
    """Every Region that this version of botocore knows, in all partitions."""
    session = _new_session("")
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition)
    )


def _session(access: Access, stopped: threading.Event) -> botocore.session.Session:
    session = _new_session(access.profile)
    try:
        session.get_scoped_config()
        bound_credential_processes(session, stopped)
    except ProfileNotFound as error:
        wanted = error.kwargs["profile"]
        known = ", ".join(sorted(session.available_profiles)) or "none"
        raise InputError(f"AWS profile {wanted!r} is not configured here; known profiles: {known}") from error
    except BotoCoreError as error:
        raise credentials_error(error, access, {}) from error
    return session


def _new_session(profile: str) -> botocore.session.Session:
    """A session that shares its descriptions of services with all others: to read them takes most of its time."""
    session = botocore.session.Session(profile=profile or None)
    session.register_component("data_loader", _loader())
    return session


@cache
def _loader() -> Loader:
    return create_loader(os.environ.get("AWS_DATA_PATH"))


def _attempts() -> int:
    """AWS's own variable goes before ours, as botocore documents it."""
    text = os.environ.get("AWS_MAX_ATTEMPTS", "")
    return int(text) if text.isdecimal() and int(text) > 0 else ATTEMPTS
