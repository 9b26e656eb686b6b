"""Whether a TCP port answers, asked from a host.

By bash's /dev/tcp: every distribution that runs on EC2 has bash, while python3 is missing from Amazon Linux
2, and nc exists in three dialects. bash prints the kernel's own reason, and `timeout` tells silence from
refusal.
"""

import re
from collections.abc import Sequence

import msgspec

from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.ping import ipv4
from probes.hosts.ssh.shell import CommandResult, Shell, require_tool
from probes.model.conformance.measurements import PortAttempt, PortOutcome
from probes.model.errors import ProbeError

WAIT_S = 4  # Linux sends SYN at 0, 1 and 3 s: two may get lost
_SLACK_S = 10.0
_OUTPUT_BYTES = 64 * 1024
_CONNECT_ALL = """
number=0
for target; do
  {
    said=$(timeout -k 1 "$0" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "${target%:*}" "${target##*:}" 2>&1)
    status=$?
    said=${said//$'\\n'/ }
    echo "$number $status ${said:0:200}"
  } &
  number=$((number + 1))
done
wait
"""
_ATTEMPT = re.compile(r"([0-9]{1,4}) ([0-9]{1,3}) (.*)")
_LONGEST_LINE = 400
_TIMED_OUT = 124
_REASONS = (
    ("Connection refused", PortOutcome.REFUSED),
    ("Connection timed out", PortOutcome.NO_ANSWER),
    ("No route to host", PortOutcome.UNREACHABLE),
    ("Network is unreachable", PortOutcome.UNREACHABLE),
)


def attempt_connections(
    shell: Shell, planned: Sequence[tuple[PortAttempt, str]], *, wait_s: int = WAIT_S
) -> dict[PortAttempt, PortAttempt | ProbeError]:
    """Try several ports of several addresses at once, in one session of the source host, sending nothing.

    Silence alone proves nothing about the network: a caller needs live controls at both ends. An attempt that
    failed for a reason of the source host's own has that as its outcome. Raises ToolMissingError without bash.
    """
    targets = [f"{ipv4(address)}:{one.port}" for one, address in planned]
    result = shell.run(
        ["env", "LC_ALL=C", "bash", "-c", _CONNECT_ALL, str(wait_s), *targets],
        deadline_s=wait_s + _SLACK_S,
        max_output_bytes=_OUTPUT_BYTES,
    )
    require_tool(shell, result, "bash")
    lines = (_ATTEMPT.fullmatch(line[:_LONGEST_LINE]) for line in result.stdout.splitlines())
    ended = {int(match[1]): match for match in lines if match}
    return {
        one: _ended(shell.host, one, ended.get(number), result) for number, (one, _) in enumerate(planned)
    }


def _ended(
    host: str, planned: PortAttempt, match: re.Match[str] | None, result: CommandResult
) -> PortAttempt | ProbeError:
    if match is None:
        return MeasurementError(host, f"the connection attempt printed nothing: {result.said}")
    own = CommandResult(exit_status=int(match[2]), stdout="", stderr=match[3], elapsed_s=result.elapsed_s)
    try:
        return msgspec.structs.replace(planned, outcome=outcome_of(host, own))
    except MeasurementError as error:
        return error


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
