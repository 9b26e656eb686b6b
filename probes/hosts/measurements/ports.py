"""Whether a TCP port answers, asked from a host.

By bash's /dev/tcp: every distribution that runs on EC2 has bash, while python3 is missing from Amazon Linux
2, and nc exists in three dialects. bash prints the kernel's own reason, and `timeout` tells silence from
refusal.
"""

import msgspec

from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.ping import ipv4
from probes.hosts.ssh.shell import CommandResult, Shell, require_tool
from probes.model.conformance.measurements import PortAttempt, PortOutcome

WAIT_S = 4  # Linux sends SYN at 0, 1 and 3 s: two may get lost
_SLACK_S = 10.0
_OUTPUT_BYTES = 64 * 1024
_CONNECT = 'exec 3<>"/dev/tcp/$0/$1"'
_TIMED_OUT = 124
_REASONS = (
    ("Connection refused", PortOutcome.REFUSED),
    ("Connection timed out", PortOutcome.NO_ANSWER),
    ("No route to host", PortOutcome.UNREACHABLE),
    ("Network is unreachable", PortOutcome.UNREACHABLE),
)


def attempt_connection(
    shell: Shell, planned: PortAttempt, address: str, *, wait_s: int = WAIT_S
) -> PortAttempt:
    """Try to connect once, sending nothing.

    Silence alone proves nothing about the network: a caller needs live controls at both ends. Raises
    MeasurementError when the attempt failed for a reason of the source host's own, ToolMissingError without
    bash.
    """
    attempt = ["env", "LC_ALL=C", "bash", "-c", _CONNECT, ipv4(address), str(planned.port)]
    result = shell.run(
        ["timeout", "-k", "1", str(wait_s), *attempt],
        deadline_s=wait_s + _SLACK_S,
        max_output_bytes=_OUTPUT_BYTES,
    )
    require_tool(shell, result, "bash")
    return msgspec.structs.replace(planned, outcome=outcome_of(shell.host, result))


def outcome_of(host: str, result: CommandResult) -> PortOutcome:
    """How bash's attempt under `timeout` ended; raises MeasurementError for a reason of the host's own."""
    if result.exit_status == 0:
        return PortOutcome.OPEN
    if result.exit_status == _TIMED_OUT:
        return PortOutcome.NO_ANSWER
    for reason, outcome in _REASONS:
        if reason in result.stderr:
            return outcome
    raise MeasurementError(host, f"the connection attempt failed: {result.said}")
