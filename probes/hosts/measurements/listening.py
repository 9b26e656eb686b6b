"""On which ports a host listens, asked with `ss` (iproute2), which shows all sockets to any user."""

import re
from ipaddress import IPv4Address
from typing import NamedTuple

from probes.hosts.errors import MeasurementError
from probes.hosts.ssh.shell import Shell, require_tool

_DEADLINE_S = 10.0
_OUTPUT_BYTES = 512 * 1024
_LONGEST_LINE = 500  # characters
_LISTENING = re.compile(
    r"(?P<kind>tcp|udp)\s+(?:LISTEN|UNCONN)\s+[0-9]{1,10}\s+[0-9]{1,10}\s+(?P<address>\S{1,80}):(?P<port>[0-9]{1,5})\s.*"
)
_EVERY = frozenset({"0.0.0.0", "*", "[::]"})  # noqa: S104  # what ss prints for any address; [::] takes IPv4 too


class Listening(NamedTuple):
    """The ports on which a host listens."""

    tcp: tuple[int, ...] = ()
    udp: tuple[int, ...] = ()


def listening_ports(shell: Shell, address: str) -> Listening:
    """The ports on which somebody listens at the host's address, or at all of them.

    Raises ToolMissingError without `ss`, MeasurementError when it fails.
    """
    result = shell.run(
        ["env", "LC_ALL=C", "ss", "-H", "-lntu"], deadline_s=_DEADLINE_S, max_output_bytes=_OUTPUT_BYTES
    )
    require_tool(shell, result, "ss")
    if result.exit_status != 0:
        raise MeasurementError(shell.host, f"ss does not say which ports listen: {result.said}")
    return parse_listening(result.stdout, address)


def parse_listening(text: str, address: str) -> Listening:
    """The ports in what `ss -H -lntu` printed, at an IPv4 address or at all of the host's."""
    wanted = str(IPv4Address(address))
    found: dict[str, set[int]] = {"tcp": set(), "udp": set()}
    for line in text.splitlines():
        match = _LISTENING.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if match is None:
            continue
        local = match["address"].partition("%")[0]  # 0.0.0.0%eth0: of one interface
        if local in _EVERY or local == wanted:
            found[match["kind"]].add(int(match["port"]))
    return Listening(**{kind: tuple(sorted(ports)) for kind, ports in found.items()})
