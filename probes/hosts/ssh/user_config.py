"""The user's `~/.ssh/config`, as far as it says how a host is reached and who logs in (`man ssh_config`).

Read are HostName, Port, User, IdentityFile, IdentitiesOnly, UserKnownHostsFile, HostKeyAlias, ProxyJump and
ProxyCommand, with Host, Match and Include. Host keys are verified whatever StrictHostKeyChecking says.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Any

import paramiko

from probes.files import MIB, read_text
from probes.hosts.inventory import SshSettings
from probes.model.errors import InputError
from probes.model.untrusted_text import visible
from probes.private_directory import writable_by_others

USER_FILE = "~/.ssh/config"
_MOST_NESTED = 16  # as ssh's READCONF_MAX_DEPTH
_INCLUDE = re.compile(r"\s*include\b[\s=]+(.+)", re.IGNORECASE)
_MATCH_EXEC = re.compile(r"\s*match\b.*\bexec\b", re.IGNORECASE)
_OTHER_TOKEN = re.compile(r"%[^%hpr]")
_JUMP = re.compile(r"(?:ssh://)?(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?")


class UserConfig:
    """What the file says of any host; nothing where there is no file."""

    def __init__(self, path: Path) -> None:
        """Raises InputError, naming the file, for one that others may write, and for what cannot be followed."""
        self._path = path
        self._config = _Config()
        with self._named():
            if path.exists():
                self._config.parse(iter(_lines(path, 0)))

    def settings(self, hostname: str) -> SshSettings:
        """What it says of a host by the name under which one would call it with `ssh`. Raises InputError."""
        with self._named():
            return self._settings(self._config.lookup(hostname), hostname)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Whatever paramiko makes of the file, as a message with its name."""
        try:
            yield
        except (paramiko.SSHException, OSError, ValueError, LookupError, re.error) as error:
            raise InputError(f"{self._path}: {visible(str(error))}") from error

    def _settings(self, found: Mapping[str, Any], hostname: str) -> SshSettings:
        command, jumps = found.get("proxycommand"), found.get("proxyjump", "none")
        if command and _OTHER_TOKEN.search(command):
            raise InputError(f"{self._path}: {hostname}: ProxyCommand: only %h, %p, %r and %% are known")
        port = found.get("port")
        if port is not None and not port.isdecimal():
            raise InputError(f"{self._path}: {hostname}: Port: expected a number, found {visible(port)}")
        keys = [key for key in map(_expanded, found.get("identityfile", ())) if Path(key).is_file()]
        known_hosts = found.get("userknownhostsfile")
        return SshSettings(
            hostname=found.get("hostname"),
            username=found.get("user"),
            port=None if port is None else int(port),
            key_file=keys[0] if keys else None,
            identities_only=found.get("identitiesonly", "no").lower() == "yes" if keys else None,
            known_hosts=tuple(map(_expanded, known_hosts.split())) if known_hosts else None,
            host_key_alias=found.get("hostkeyalias"),
            proxy_command=None if command in (None, "none") else command,
            proxy_jump=None if jumps.lower() == "none" else tuple(map(self._jump, jumps.split(","))),
        )

    def _jump(self, text: str) -> SshSettings:
        parts = _JUMP.fullmatch(text.strip())
        if parts is None:
            raise InputError(f"{self._path}: ProxyJump {text!r}: expected [user@]host[:port]")
        username, hostname, port = parts.groups()
        called = hostname.strip("[]")
        login = username or self._config.lookup(called).get("user") or getuser()
        return SshSettings(hostname=called, username=login, port=int(port) if port else None)


def own_config() -> UserConfig:
    """That of the user who runs this. Raises InputError as UserConfig does."""
    return UserConfig(Path(USER_FILE).expanduser())


class _Config(paramiko.SSHConfig):
    """paramiko's, but the tokens of a proxy command stay: a name is checked before it gets into a shell."""

    def __init__(self) -> None:
        super().__init__()
        self.TOKENS_BY_CONFIG_KEY = {**self.TOKENS_BY_CONFIG_KEY, "proxycommand": []}


def _lines(path: Path, depth: int) -> Iterator[str]:
    """The lines of a file with those of the files that it includes."""
    if depth > _MOST_NESTED:
        raise InputError(f"{path}: more than {_MOST_NESTED} files include each other")
    if writable_by_others(path):
        raise InputError(f"{path}: bad owner or permissions: others may write it")
    text = read_text(path, what="ssh's configuration", max_bytes=MIB).decode()
    for number, line in enumerate(text.splitlines(), 1):
        if _MATCH_EXEC.match(line):
            message = "Match exec runs a program for every host: put what it decides into the inventory"
            raise InputError(f"{path}:{number}: {message}")
        included = _INCLUDE.fullmatch(line)
        if included is None:
            yield f"{line}\n"
            continue
        for pattern in included[1].split():
            for file in _found(path.parent, pattern):
                yield from _lines(file, depth + 1)


def _found(folder: Path, pattern: str) -> list[Path]:
    """The files of a pattern, relative to the folder of the file that names it."""
    whole = folder / Path(_expanded(pattern))
    return sorted(file for file in whole.parent.glob(whole.name) if file.is_file())


def _expanded(path: str) -> str:
    return str(Path(path.strip('"')).expanduser())
