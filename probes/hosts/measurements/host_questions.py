"""What a host knows besides round trips and ports: what it mounts, who is on the way, how long a request takes."""

import re
from ipaddress import IPv4Address

from msgspec.structs import replace

from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.ping import ipv4
from probes.hosts.measurements.round_trips import RoundTrips, from_samples
from probes.hosts.ssh.shell import Shell, require_tool
from probes.model.conformance.measurements import LustreMount, PathHops

_DEADLINE_S = 30.0
_OUTPUT_BYTES = 256 * 1024
_LONGEST_LINE = 4096
_MOST_HOPS = 16
_MS_PER_S = 1000
_REQUEST_S = 10
# https://doc.lustre.org/lustre_manual.xhtml: a client mounts SERVER@tcp[:SERVER@tcp]:/NAME
_LUSTRE = re.compile(
    r"(?P<servers>[0-9.@a-z,:]{3,400}):/(?P<name>[A-Za-z0-9_.-]{1,64})(?:/\S{0,400})? \S{1,400} lustre .*"
)
_SERVER = re.compile(r"([0-9.]{7,15})@")
_HOP = re.compile(r"From ([0-9.]{7,15}):? icmp_seq=[0-9]{1,6} Time to live exceeded.*")
_HOPS = """
ttl=1
while [ $ttl -le $1 ]; do ping -n -c 1 -W 1 -t $ttl "$0" & ttl=$((ttl + 1)); done 2>/dev/null
wait
"""
_REQUESTS = """
sample=0
while [ $sample -lt $1 ]; do
  curl -s -o /dev/null -m $2 -w '%{http_code} %{time_total}\\n' -- "$0" || true
  sample=$((sample + 1))
done
"""
_REQUEST = re.compile(r"([0-9]{3}) ([0-9]{1,4}\.[0-9]{1,9})")


def lustre_mounts(shell: Shell, planned: LustreMount) -> tuple[LustreMount, ...]:
    """The Lustre file systems that a host mounts, the first server of each as destination; empty without any."""
    result = shell.run(["cat", "/proc/mounts"], deadline_s=_DEADLINE_S, max_output_bytes=_OUTPUT_BYTES)
    if result.exit_status != 0:
        raise MeasurementError(shell.host, f"/proc/mounts cannot be read: {result.said}")
    lines = (line for line in result.stdout.splitlines() if len(line) <= _LONGEST_LINE)
    found = [match for line in lines if (match := _LUSTRE.fullmatch(line))]
    return tuple(
        replace(planned, destination=server[1], name=match["name"])
        for match in found
        if (server := _SERVER.match(match["servers"]))
    )


def path_hops(shell: Shell, planned: PathHops, address: str) -> PathHops:
    """The routers that answer on the way to an address, by pings of a limited lifetime; AWS's own do not answer."""
    argv = ["env", "LC_ALL=C", "sh", "-c", _HOPS, ipv4(address), str(_MOST_HOPS)]
    result = shell.run(argv, deadline_s=_DEADLINE_S, max_output_bytes=_OUTPUT_BYTES)
    require_tool(shell, result, "ping")
    if "packets transmitted" not in result.stdout:
        raise MeasurementError(shell.host, f"ping printed no measurement: {result.said}")
    found = (_HOP.fullmatch(line) for line in result.stdout.splitlines() if len(line) <= _LONGEST_LINE)
    return replace(
        planned, hops=tuple(dict.fromkeys(match[1] for match in found if match and _is_ip(match[1])))
    )


def requests(shell: Shell, url: str, *, count: int) -> RoundTrips:
    """How long so many requests took, one after the other; one without an answer is lost.

    Raises MeasurementError when an answer is an error of HTTP: no request was served that could be timed.
    """
    argv = ["env", "LC_ALL=C", "sh", "-c", _REQUESTS, url, str(count), str(_REQUEST_S)]
    result = shell.run(argv, deadline_s=_DEADLINE_S + count * _REQUEST_S, max_output_bytes=_OUTPUT_BYTES)
    require_tool(shell, result, "curl")
    answers = [match for line in result.stdout.splitlines() if (match := _REQUEST.fullmatch(line[:64]))]
    if len(answers) != count:
        raise MeasurementError(shell.host, f"{len(answers)} of {count} requests were made: {result.said}")
    refused = sorted({match[1] for match in answers if not match[1].startswith(("0", "2", "3"))})
    if refused:
        raise MeasurementError(shell.host, f"the request is answered with HTTP {', '.join(refused)}")
    return from_samples(None if match[1] == "000" else float(match[2]) * _MS_PER_S for match in answers)


def _is_ip(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True
