"""Strict host key verification: pinned keys or known_hosts, and nothing is ever learnt."""

import binascii
import hmac
from collections.abc import Iterator
from pathlib import Path

import paramiko
from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey

from probes.files import MIB, read_bytes
from probes.hosts.errors import HostKeyMismatchError
from probes.hosts.ssh.address import SshAddress
from probes.model.errors import InputError

_RSA_SIGNATURES = ("rsa-sha2-512", "rsa-sha2-256")  # what an ssh-rsa key signs with: RFC 8332
_HASHED = "|1|"
MAX_KNOWN_HOSTS_BYTES = 16 * MIB
_REVOKED = "@revoked"


class TrustedKeys(paramiko.MissingHostKeyPolicy):
    """Accepts exactly the trusted keys of one server.

    paramiko asks a policy only about hosts it does not know itself, so no key is ever given to paramiko: this
    class decides alone, and two trusted keys of one type (a rotation) both count.
    """

    def __init__(self, host: str, address: SshAddress) -> None:
        self._host = host
        self._address = address
        self._trusted, self._revoked = _keys(address)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Signature algorithms of the trusted keys, so that the server is asked for a key we can compare."""
        names = dict.fromkeys(key.get_name() for key in self._trusted)
        return tuple(
            algorithm for name in names for algorithm in (_RSA_SIGNATURES if name == "ssh-rsa" else (name,))
        )

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002 -- paramiko's signature
        """Raise HostKeyMismatchError unless `key` is trusted."""
        if key in self._trusted and key not in self._revoked:
            return
        shown = f"{self._address.known_hosts_name} shows {key.get_name()} {key.fingerprint}"
        if key in self._revoked:
            raise HostKeyMismatchError(self._host, f"{shown}, which {self._source} revokes")
        known = ", ".join(f"{trusted.get_name()} {trusted.fingerprint}" for trusted in self._trusted)
        raise HostKeyMismatchError(
            self._host, f"{shown}, but {self._source} has {known or 'no key for it'}; nothing was sent"
        )

    @property
    def _source(self) -> str:
        return "the pinned host_keys" if self._address.host_keys else str(self._address.known_hosts_path)


def _keys(address: SshAddress) -> tuple[list[paramiko.PKey], list[paramiko.PKey]]:
    if address.host_keys:
        return [pinned_key(line) for line in address.host_keys], []
    trusted: list[paramiko.PKey] = []
    revoked: list[paramiko.PKey] = []
    for line in _known_hosts_lines(address.known_hosts_path):
        marker, text = ("", line) if not line.startswith("@") else line.split(maxsplit=1)
        if marker not in ("", _REVOKED):  # @cert-authority: paramiko verifies no certificates
            continue
        key = _key_for(address.known_hosts_name, text)
        if key is not None:
            (revoked if marker else trusted).append(key)
    return trusted, revoked


def pinned_key(line: str) -> paramiko.PKey:
    """The key of one OpenSSH public key line, `ssh-ed25519 AAAA… comment`; raises InputError for anything else."""
    try:
        key_type, blob = line.split()[:2]
        return paramiko.PKey.from_type_string(key_type, binascii.a2b_base64(blob))
    except (ValueError, paramiko.SSHException) as error:
        raise InputError(f"not an OpenSSH public key line: {line[:60]!r} ({error})") from error


def _known_hosts_lines(path: Path) -> Iterator[str]:
    content = read_bytes(path, what="a known_hosts file", max_bytes=MAX_KNOWN_HOSTS_BYTES)
    text = content.decode(errors="replace")
    stripped = (line.strip() for line in text.splitlines())
    return (line for line in stripped if line and not line.startswith("#"))


def _key_for(name: str, line: str) -> paramiko.PKey | None:
    try:
        entry = HostKeyEntry.from_line(" ".join(line.split()))
    except (InvalidHostKey, paramiko.SSHException, ValueError):
        return None  # somebody else's broken line must not decide about this host
    if entry is None or not any(_is_name(name, pattern) for pattern in entry.hostnames):
        return None
    return entry.key


def _is_name(name: str, pattern: str) -> bool:
    if pattern.startswith(_HASHED):
        return hmac.compare_digest(HostKeys.hash_host(name, pattern), pattern)
    return pattern == name
