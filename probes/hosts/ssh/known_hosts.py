"""known_hosts as OpenSSH reads it: `man sshd`, "SSH_KNOWN_HOSTS FILE FORMAT".

It is stricter in two things. A line with a marker that cannot be understood is an error, for it may be meant to
revoke a key; ssh leaves it out. A server off port 22 is looked up as `[host]:port` only, where ssh then tries its
name alone, but a key that is revoked for its name alone is revoked.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from probes.files import MIB, read_bytes
from probes.model.errors import InputError

USER_FILES = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
GLOBAL_FILES = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_LARGEST_FILE = 16 * MIB
_MARKER = "@"
_REVOKED = "@revoked"
_AUTHORITY = "@cert-authority"
_HASHED = "|"
_SALT_BYTES = 20  # of SHA-1, which is the only hash there is
_BLANKS = re.compile(r"[ \t]+")


class PublicKey(NamedTuple):
    """A public key: its algorithm, such as ssh-ed25519, and its bytes in the format of RFC 4253, section 6.6."""

    algorithm: str
    blob: bytes

    def __str__(self) -> str:
        digest = base64.b64encode(sha256(self.blob).digest()).decode().rstrip("=")
        return f"{self.algorithm} SHA256:{digest}"


class KeyLine(NamedTuple):
    """One line that says something about a host; `place` is its file and number."""

    place: str
    key: PublicKey


class KnownKeys(NamedTuple):
    """What known_hosts files say about one host; `not_understood` are the places of lines that say nothing."""

    trusted: tuple[KeyLine, ...] = ()
    revoked: tuple[KeyLine, ...] = ()
    authorities: tuple[KeyLine, ...] = ()
    not_understood: tuple[str, ...] = ()


def public_key(algorithm: str, encoded: str) -> PublicKey:
    """The key of two fields of a line; raises ValueError for anything else."""
    blob = binascii.a2b_base64(encoded, strict_mode=True)
    first, *parts = _strings(blob)
    if first != algorithm.encode() or not parts:
        raise ValueError(f"the key is no {algorithm}")
    return PublicKey(algorithm, blob)


def _strings(blob: bytes) -> list[bytes]:
    """The strings that a public key consists of, each after its length; raises ValueError when it is cut off."""
    strings: list[bytes] = []
    at = 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        strings.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(blob) or not strings:
        raise ValueError("the key is cut off")
    return strings


def known_keys(hostname: str, port_name: str, paths: Iterable[Path]) -> KnownKeys:
    """What the files say about a server; `port_name` is `[host]:port` off port 22.

    Raises InputError naming file and line for a line with a marker that cannot be understood, and for a file
    that cannot be read.
    """
    found: dict[str, list[KeyLine]] = {"": [], _REVOKED: [], _AUTHORITY: []}
    not_understood: list[str] = []
    for place, text in (line for path in paths for line in _lines(path)):
        marker, fields = _marker(place, text)
        names = {port_name.lower(), hostname.lower()} if marker == _REVOKED else {port_name.lower()}
        try:
            if any(_lists(fields[0], name) for name in names):
                found[marker].append(KeyLine(place, public_key(fields[1], fields[2])))
            elif marker == _REVOKED:
                public_key(fields[1], fields[2])
        except (ValueError, IndexError) as error:
            if marker == _REVOKED:
                raise InputError(f"{place}: the line revokes a key that cannot be read: {error}") from error
            not_understood.append(place)
    return KnownKeys(
        tuple(found[""]), tuple(found[_REVOKED]), tuple(found[_AUTHORITY]), tuple(not_understood)
    )


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Every line with something on it, after its file and number."""
    content = read_bytes(path, what="a known_hosts file", max_bytes=_LARGEST_FILE)
    for number, line in enumerate(content.decode(errors="replace").split("\n"), 1):
        stripped = line.strip(" \t\r")
        if stripped and not stripped.startswith("#"):
            yield f"{path}:{number}", stripped


def _marker(place: str, text: str) -> tuple[str, list[str]]:
    """The marker of a line, or nothing, and its other fields."""
    fields = _BLANKS.split(text)
    marker = fields.pop(0) if text.startswith(_MARKER) else ""
    if marker not in ("", _REVOKED, _AUTHORITY) or (fields and _MARKER in fields[0]):  # no name has an @
        raise InputError(f"{place}: expected at most one marker, {_REVOKED} or {_AUTHORITY}")
    return marker, fields


def _lists(patterns: str, name: str) -> bool:
    """Whether the first field of a line lists the name; raises ValueError for a hashed name that is none."""
    if patterns.startswith(_HASHED):
        return _is_hash_of(patterns, name)
    matched = {
        pattern.startswith("!")
        for pattern in patterns.lower().split(",")
        if fnmatchcase(name, pattern.removeprefix("!").replace("[", "[[]"))  # only * and ? are special
    }
    return matched == {False}


def _is_hash_of(hashed: str, name: str) -> bool:
    _, version, *encoded = hashed.split("|")
    salt, digest = (binascii.a2b_base64(part, strict_mode=True) for part in encoded)
    if version != "1" or len(salt) != _SALT_BYTES:
        raise ValueError("not a hashed name")
    return hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), digest)
