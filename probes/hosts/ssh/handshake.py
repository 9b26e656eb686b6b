"""One SSH server, one connection: open a stream to it, verify its key, authenticate."""

import logging
import random
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import paramiko

from probes.hosts.errors import AuthenticationFailedError, HostUnreachableError, excerpt
from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.deadline import Deadline
from probes.hosts.ssh.hostkeys import TrustedKeys
from probes.hosts.ssh.proxy import ProxySocket, expand
from probes.model.errors import InputError, ProbeError

_KEEPALIVE_S = 15
_ATTEMPTS = 5
_PAUSE_S = 0.4  # before the second attempt; a pause longer before each further one
_KEY_START = 40
_DROPPED = ("Error reading SSH protocol banner", "Exceeded MaxStartups", "Not allowed at this time")
_LOG = logging.getLogger("probes.hosts.ssh")
_LOG.setLevel(logging.CRITICAL)  # paramiko logs tracebacks of what our errors already say
_CONNECTION_ERRORS = (OSError, EOFError, paramiko.SSHException)

Stream: TypeAlias = socket.socket | paramiko.Channel


def connect(
    host: str, address: SshAddress, before: paramiko.SSHClient | None, deadline: Deadline
) -> paramiko.SSHClient:
    """An authenticated connection to `address`, tunnelled through the connection `before` if there is one.

    What ends before the server has said who it is, is tried again: sshd's MaxStartups drops connections at random
    while many log in (`man sshd_config`). Raises HostUnreachableError, HostKeyMismatchError,
    AuthenticationFailedError or InputError.
    """
    for attempt in range(1, _ATTEMPTS):
        try:
            return _connected(host, address, before, deadline)
        except _DroppedError:
            time.sleep(min(_PAUSE_S * attempt * random.uniform(0.5, 1.5), deadline.remaining_s))  # noqa: S311  # no secret
    return _connected(host, address, before, deadline)


def _connected(
    host: str, address: SshAddress, before: paramiko.SSHClient | None, deadline: Deadline
) -> paramiko.SSHClient:
    _require_private_key(host, address)
    trusted = TrustedKeys(host, address)
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(trusted)
    stream: Stream | None = None
    try:
        stream = _open(address, before, deadline)
        _authenticate(client, address, stream, trusted, deadline)
    except _CONNECTION_ERRORS as error:
        client.close()
        raise _explained(host, address, stream, error, deadline) from error
    except ProbeError:
        client.close()
        raise
    live_transport(host, client).set_keepalive(_KEEPALIVE_S)
    return client


def _require_private_key(host: str, address: SshAddress) -> None:
    """Raise InputError for a file that is another kind of key. What cannot be read, paramiko says."""
    if address.key_file is None:
        return
    try:
        with Path(address.key_file).expanduser().open("rb") as file:
            start = file.read(_KEY_START)
    except OSError:
        return
    if start.startswith(b"PuTTY-User-Key-File"):
        raise InputError(
            f"{host}: {address.key_file} is a key of PuTTY's: "
            "export it as an OpenSSH key, or `puttygen KEY.ppk -O private-openssh -o KEY`"
        )
    if start.startswith((b"ssh-", b"ecdsa-", b"sk-")):
        raise InputError(f"{host}: {address.key_file} is a public key: key_file is the private one beside it")


def live_transport(host: str, client: paramiko.SSHClient) -> paramiko.Transport:
    """The connection's transport; raises HostUnreachableError when it has gone."""
    transport = client.get_transport()
    if transport is None or not transport.is_active():
        raise HostUnreachableError(host, "the SSH connection was lost")
    return transport


def _open(address: SshAddress, before: paramiko.SSHClient | None, deadline: Deadline) -> Stream:
    target = (address.hostname, address.port)
    if before is not None:
        return live_transport("jump host", before).open_channel(
            "direct-tcpip", target, ("127.0.0.1", 0), timeout=deadline.remaining_s
        )
    if address.proxy_command is not None:
        return ProxySocket(expand(address.proxy_command, address))
    stream = socket.create_connection(target, timeout=deadline.remaining_s)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else every new session waits for 40 ms
    return stream


def _authenticate(
    client: paramiko.SSHClient,
    address: SshAddress,
    stream: Stream,
    trusted: TrustedKeys,
    deadline: Deadline,
) -> None:
    client.connect(
        address.hostname,
        port=address.port,
        username=address.username,
        key_filename=address.key_file and str(Path(address.key_file).expanduser()),
        allow_agent=address.key_file is None or not address.identities_only,
        look_for_keys=address.key_file is None,
        sock=stream,
        timeout=deadline.remaining_s,
        banner_timeout=deadline.remaining_s,
        auth_timeout=deadline.remaining_s,
        channel_timeout=deadline.remaining_s,
        transport_factory=_transport_factory(trusted.algorithms),
    )


def _transport_factory(algorithms: tuple[str, ...]) -> Callable[..., paramiko.Transport]:
    def make(
        sock: Stream, disabled_algorithms: Mapping[str, Iterable[str]] | None = None
    ) -> paramiko.Transport:
        transport = paramiko.Transport(sock, disabled_algorithms=disabled_algorithms)
        transport.set_log_channel(_LOG.name)
        security = transport.get_security_options()
        security.key_types = sorted(security.key_types, key=lambda name: name not in algorithms)
        return transport

    return make


def _explained(
    host: str, address: SshAddress, stream: Stream | None, error: Exception, deadline: Deadline
) -> ProbeError:
    login = f"{address.username}@{address.known_hosts_name}"
    if isinstance(error, paramiko.PasswordRequiredException):
        return InputError(
            f"{host}: {address.key_file} has a passphrase; load it into ssh-agent and omit key_file"
        )
    if isinstance(error, OSError) and error.filename:
        return InputError(f"{host}: cannot read the key file {error.filename}: {error.strerror}")
    if isinstance(error, paramiko.AuthenticationException):
        offered = address.key_file or "ssh-agent and the default keys"
        return AuthenticationFailedError(host, f"{login} does not accept {offered}: {excerpt(str(error))}")
    reason = (
        f"no answer within {deadline.seconds:g} s" if deadline.expired else excerpt(str(error) or repr(error))
    )
    if isinstance(stream, ProxySocket):
        reason = f"{reason}; {stream.exit_reason()}"
    elif stream is not None:
        stream.close()
    dropped = not deadline.expired and any(words in str(error) for words in _DROPPED)
    kind = _DroppedError if dropped else HostUnreachableError
    return kind(host, f"cannot connect to {login}: {reason}")


class _DroppedError(HostUnreachableError):
    """The server closed the connection before it said who it is."""
