"""The counters of ENA, EC2's network adapter, for packets that the instance's own allowance held up or dropped.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-network-performance-ena.html
"""

import re
from collections.abc import Mapping

from probes.hosts.ssh.shell import Shell

_DEADLINE_S = 10.0
_OUTPUT_BYTES = 64 * 1024
_ASK = "for each in /sys/class/net/*; do ethtool -S ${each##*/} 2>/dev/null | grep allowance_exceeded; done; true"
_COUNTER = re.compile(r"\s*((?:bw_in|bw_out|pps|conntrack)_allowance_exceeded): ([0-9]{1,19})\s*")


def allowances_exceeded(shell: Shell) -> dict[str, int]:
    """How often each allowance of the host was used up since it started; empty where nothing counts that.

    The one for link-local traffic (DNS, instance metadata) is left out: it slows no test.
    """
    result = shell.run(
        ["env", "LC_ALL=C", "sh", "-c", _ASK], deadline_s=_DEADLINE_S, max_output_bytes=_OUTPUT_BYTES
    )
    found: dict[str, int] = {}
    for line in result.stdout.splitlines():
        if match := _COUNTER.fullmatch(line[:128]):
            found[match[1]] = found.get(match[1], 0) + int(match[2])
    return found


def growth(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """The counters that grew, and by how much."""
    return {name: count - before[name] for name, count in after.items() if count > before.get(name, count)}
