"""Strict host key verification: pinned keys or known_hosts, and nothing is ever learnt."""

from collections.abc import Iterable
from pathlib import Path

import paramiko

from probes.hosts.errors import HostKeyMismatchError
from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.known_hosts import (
    GLOBAL_FILES,
    USER_FILES,
    KeyLine,
    KnownKeys,
    PublicKey,
    known_keys,
    public_key,
)
from probes.model.errors import InputError

_RSA_SIGNATURES = ("rsa-sha2-512", "rsa-sha2-256")  # what an ssh-rsa key signs with: RFC 8332
_MOST_NAMED = 5


class TrustedKeys(paramiko.MissingHostKeyPolicy):
    """Accepts exactly the trusted keys of one server.

    paramiko asks a policy only about hosts it does not know itself, so no key is ever given to paramiko: this
    class decides alone, and two trusted keys of one type (a rotation) both count. A revoked key is refused
    whatever else is said about it.
    """

    def __init__(self, host: str, address: SshAddress) -> None:
        self._host = host
        self._address = address
        self._known = _known(address)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Signature algorithms of the trusted keys, so that the server is asked for a key we can compare."""
        names = dict.fromkeys(line.key.algorithm for line in self._known.trusted)
        return tuple(
            algorithm for name in names for algorithm in (_RSA_SIGNATURES if name == "ssh-rsa" else (name,))
        )

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002 -- paramiko's signature
        """Raise HostKeyMismatchError unless `key` is trusted."""
        shown = PublicKey(key.get_name(), key.asbytes())
        revoked = [line.place for line in self._known.revoked if line.key.blob == shown.blob]
        if not revoked and any(line.key.blob == shown.blob for line in self._known.trusted):
            return
        said = f"{self._address.known_hosts_name} shows {shown}"
        if revoked:
            raise HostKeyMismatchError(self._host, f"{said}, which {revoked[0]} revokes")
        known = ", ".join(str(line.key) for line in self._known.trusted)
        raise HostKeyMismatchError(
            self._host,
            f"{said}, but {self._source} has {known or 'no key for it'}; nothing was sent{self._unused}",
        )

    @property
    def _source(self) -> str:
        if self._address.host_keys:
            return "the pinned host_keys"
        return ", ".join(map(str, _user_files(self._address) or GLOBAL_FILES))

    @property
    def _unused(self) -> str:
        """Lines that might have been meant to list the key, in words."""
        words = ""
        if self._known.authorities:
            place = self._known.authorities[0].place
            words += (
                f"; {place} trusts a certificate authority, but certificates of hosts are not verified here: "
            )
            words += "list the key of the host itself"
        if self._known.not_understood:
            places = ", ".join(self._known.not_understood[:_MOST_NAMED])
            more = len(self._known.not_understood) - _MOST_NAMED
            words += f"; not understood: {places}{f' and {more} more lines' if more > 0 else ''}"
        return words


def pinned_key(line: str) -> PublicKey:
    """The key of one OpenSSH public key line, `ssh-ed25519 AAAA… comment`; raises InputError for anything else."""
    try:
        return public_key(*line.split()[:2])
    except (ValueError, TypeError) as error:
        raise InputError(f"not an OpenSSH public key line: {line[:60]!r} ({error})") from error


def _known(address: SshAddress) -> KnownKeys:
    if address.host_keys:
        return KnownKeys(trusted=tuple(KeyLine("host_keys", pinned_key(line)) for line in address.host_keys))
    return known_keys(
        address.host_key_alias or address.hostname,
        address.known_hosts_name,
        (*_user_files(address), *_existing(GLOBAL_FILES)),
    )


def _user_files(address: SshAddress) -> tuple[Path, ...]:
    """The files that the address names, which must be there, or those of the default that are."""
    if address.known_hosts is None:
        return _existing(USER_FILES) or (() if _existing(GLOBAL_FILES) else (_expanded(USER_FILES[0]),))
    named = (address.known_hosts,) if isinstance(address.known_hosts, str) else address.known_hosts
    return tuple(map(_expanded, named))


def _existing(files: Iterable[str]) -> tuple[Path, ...]:
    return tuple(path for path in map(_expanded, files) if path.exists())


def _expanded(file: str) -> Path:
    return Path(file).expanduser()
