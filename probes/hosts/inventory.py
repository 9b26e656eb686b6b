"""The hosts that measure and are measured, and how an inventory file describes them."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from probes.hosts.ssh.address import SshAddress, hops
from probes.hosts.ssh.hostkeys import pinned_key
from probes.model.errors import InputError

_PORTS = range(1, 65536)
_PROXIES = frozenset({"proxy_jump", "proxy_command"})
_KEYS = frozenset({"key_file", "identities_only"})
_TRUST = frozenset({"host_keys", "known_hosts", "host_key_alias"})
_PATHS = frozenset({"key_file", "known_hosts"})


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """One host of the network; `region` is AWS's full name, `address` its private IPv4 address under test."""

    name: str
    region: str
    role: str
    az: str
    address: str
    ssh: SshAddress


class SshSettings(msgspec.Struct, frozen=True, kw_only=True):
    """SshAddress as a file says it: what is left out comes from the file's own `ssh`, or is its default."""

    hostname: str | None = None
    username: str | None = None
    port: int | None = None
    key_file: str | None = None
    known_hosts: str | tuple[str, ...] | None = None
    host_keys: tuple[str, ...] | None = None
    proxy_jump: tuple["SshSettings", ...] | None = None
    proxy_command: str | None = None
    host_key_alias: str | None = None
    identities_only: bool | None = None


Configured = Callable[[str], SshSettings]
"""What the user's own configuration of ssh says of a host, by its name."""


class HostEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One host in a file; without `ssh.hostname` it is reached at its private address."""

    name: str
    region: str
    role: str
    az: str
    address: str
    ssh: SshSettings = SshSettings()


class InventoryFile(msgspec.Struct, frozen=True, kw_only=True):
    """A whole inventory; `ssh` holds what most hosts share."""

    hosts: tuple[HostEntry, ...]
    ssh: SshSettings = SshSettings()


class InventoryProblem(NamedTuple):
    """What is wrong at a path of the file, such as `hosts[2].region`."""

    where: str
    message: str


class Inventory(NamedTuple):
    """The hosts of a file, complete only when there are no problems."""

    hosts: tuple[Host, ...]
    problems: tuple[InventoryProblem, ...]


def nothing_configured(_hostname: str) -> SshSettings:
    """Of a user without a configuration of ssh."""
    return SshSettings()


def resolve(
    file: InventoryFile,
    regions: Mapping[str, str],
    folder: Path,
    configured: Configured = nothing_configured,
) -> Inventory:
    """The file's hosts, regions by full name and paths relative to `folder`.

    `regions` maps every alias and every full name of the spec to the full name. What the file says stands before
    what is `configured`. Raises InputError for a configuration that cannot be followed.
    """
    problems = list(_problems(file, regions, configured))
    if problems:
        return Inventory((), tuple(problems))
    hosts = [_host(entry, file.ssh, regions, folder, configured) for entry in file.hosts]
    refused = [
        InventoryProblem(f"hosts[{index}].ssh", problem)
        for index, host in enumerate(hosts)
        if (problem := _refusal(host.ssh))
    ]
    return Inventory(tuple(hosts), tuple(refused))


def _problems(
    file: InventoryFile, regions: Mapping[str, str], configured: Configured
) -> Iterator[InventoryProblem]:
    if not file.hosts:
        yield InventoryProblem("hosts", "expected at least one host")
    names: set[str] = set()
    addresses: set[str] = set()
    for index, entry in enumerate(file.hosts):
        yield from _entry_problems(f"hosts[{index}]", entry, regions)
        for field, value, seen in (("name", entry.name, names), ("address", entry.address, addresses)):
            if value in seen:
                yield InventoryProblem(f"hosts[{index}].{field}", f"another host has {value!r} already")
            seen.add(value)
        called = entry.ssh.hostname or file.ssh.hostname or entry.address
        if (entry.ssh.username or file.ssh.username or configured(called).username) is None:
            message = "expected ssh.username here, in the file's own ssh or in ~/.ssh/config"
            yield InventoryProblem(f"hosts[{index}]", message)


def _entry_problems(where: str, entry: HostEntry, regions: Mapping[str, str]) -> Iterator[InventoryProblem]:
    region = regions.get(entry.region)
    if not entry.name.strip():
        yield InventoryProblem(f"{where}.name", "expected a name, found only blanks")
    if region is None:
        known = ", ".join(sorted(regions))
        yield InventoryProblem(f"{where}.region", f"unknown region {entry.region!r}; known are {known}")
    elif not entry.az.startswith(region):
        yield InventoryProblem(f"{where}.az", f"expected a zone of {region}, found {entry.az!r}")
    try:
        IPv4Address(entry.address)
    except ValueError as error:
        yield InventoryProblem(f"{where}.address", f"expected an IPv4 address: {error}")


def _host(
    entry: HostEntry,
    shared: SshSettings,
    regions: Mapping[str, str],
    folder: Path,
    configured: Configured,
) -> Host:
    return Host(
        name=entry.name,
        region=regions[entry.region],
        role=entry.role,
        az=entry.az,
        address=entry.address,
        ssh=_address(entry.ssh, shared, entry.address, folder, configured),
    )


def _address(
    settings: SshSettings, shared: SshSettings, hostname: str, folder: Path, configured: Configured
) -> SshAddress:
    own = _given(settings)
    inherited = _given(shared)
    if own.keys() & _PROXIES:
        inherited = {name: value for name, value in inherited.items() if name not in _PROXIES}
    said = {"hostname": hostname, **inherited, **own}
    users_own = _given(configured(said["hostname"]))
    for alternatives in (_PROXIES, _KEYS, _TRUST):
        if said.keys() & alternatives:
            users_own = {name: value for name, value in users_own.items() if name not in alternatives}
    given = {"username": "", **users_own, **said, "hostname": users_own.get("hostname", said["hostname"])}
    for name in _PATHS & given.keys():
        given[name] = _resolved(given[name], folder)
    personal = dict.fromkeys(("hostname", "port", "host_keys", *_PROXIES))
    for_jumps = msgspec.structs.replace(shared, **personal)
    way = _without_ways(configured) if "proxy_jump" in users_own else configured
    given["proxy_jump"] = tuple(
        _address(jump, for_jumps, "", folder, way) for jump in given.get("proxy_jump", ())
    )
    return SshAddress(**given)


def _without_ways(configured: Configured) -> Configured:
    """The same, but how to get to a jump host is not asked again: a pattern for all hosts holds for it too."""
    return lambda hostname: msgspec.structs.replace(configured(hostname), proxy_jump=None, proxy_command=None)


def _resolved(path: str | tuple[str, ...], folder: Path) -> str | tuple[str, ...]:
    if isinstance(path, str):
        return str(folder / Path(path).expanduser())
    return tuple(str(folder / Path(one).expanduser()) for one in path)


def _given(settings: SshSettings) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(settings).items() if value is not None}


def _refusal(address: SshAddress) -> str | None:
    try:
        for hop in hops(address):
            if not hop.hostname or hop.hostname.startswith("-") or not hop.username:
                return f"expected a hostname and a username, found {hop.username!r} at {hop.hostname!r}"
            if hop.port not in _PORTS:
                return f"expected a port from 1 to 65535, found {hop.port}"
            for line in hop.host_keys:
                pinned_key(line)
    except InputError as error:
        return str(error)
    return None
