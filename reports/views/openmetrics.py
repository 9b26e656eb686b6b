"""The results as OpenMetrics text, for a Prometheus text-file collector or push gateway.

Rules: OpenMetrics 1.0, https://prometheus.io/docs/specs/om/open_metrics_spec/ (base units, `# UNIT` matching
the name's suffix, `# EOF`). Every family is a gauge: the text-file collector's older format knows neither
info nor state sets.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time

from probes.model.conformance.verdict import Verdict
from probes.model.untrusted_text import shown
from reports.results.model import Results
from reports.results.verdicts import WORST_FIRST, counts, overall

Sample = tuple[Mapping[str, str], float]
_LATENCY_FIGURES = ("min", "avg", "median", "p95", "p99", "max", "mdev")


def openmetrics(results: Results) -> str:
    """The exposition. What was not measured has no sample, rather than 0."""
    families = [
        *_run(results),
        *_verdicts(results),
        *_latency(results),
        *_throughput(results),
        *_waivers(results),
    ]
    return "".join(families) + "# EOF\n"


def _family(name: str, text: str, samples: Iterable[Sample], unit: str = "") -> str:
    lines = [f"# TYPE {name} gauge"]
    if unit:
        lines.append(f"# UNIT {name} {unit}")
    lines.append(f"# HELP {name} {_escaped(text)}")
    lines += [f"{name}{_labels(labels)} {float(value)!r}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _run(results: Results) -> Iterable[str]:
    judged = results.judged
    labels = {
        "spec": judged.spec,
        "state": judged.state,
        "target": judged.target,
        "emulation": str(judged.is_emulation).lower(),
        "version": results.tool_version,
        "commit": judged.git_commit,
    }
    finished = results.finished_at.timestamp()
    yield _family("conformance_run_info", "What was judged.", [(labels, 1)])
    yield _family(
        "conformance_finished_timestamp_seconds", "When the run ended.", [({}, finished)], "seconds"
    )
    yield _family("conformance_duration_seconds", "How long it took.", [({}, results.duration_s)], "seconds")
    yield _family("conformance_interrupted", "1 if it ended early.", [({}, float(results.interrupted))])


def _verdicts(results: Results) -> Iterable[str]:
    tally = counts(row.verdict for row in results.requirements)
    numbers = [({"verdict": verdict}, float(number)) for verdict, number in tally.items()]
    yield _family("conformance_requirements", "Requirements by verdict.", numbers)
    yield _states("conformance_verdict", "1 for the verdict of the run.", [({}, overall(results))])
    rows = [({"requirement": row.id, "section": row.section}, row.verdict) for row in results.requirements]
    yield _states("conformance_requirement", "1 for the verdict of each requirement.", rows)


def _states(name: str, text: str, found: Iterable[tuple[Mapping[str, str], Verdict]]) -> str:
    samples = [
        ({**labels, "verdict": state}, float(state is verdict))
        for labels, verdict in found
        for state in WORST_FIRST
    ]
    return _family(name, text, samples)


def _latency(results: Results) -> Iterable[str]:
    times: list[Sample] = []
    losses: list[Sample] = []
    for one in results.latency:
        ends = _ends(one.source, one.destination, one.source_region, one.destination_region)
        for figure in _LATENCY_FIGURES:
            value: float | None = getattr(one, f"{figure}_ms")
            if value is not None:
                times.append(({**ends, "figure": figure}, value / 1000))
        if one.loss_ratio is not None:
            losses.append((ends, one.loss_ratio))
    yield _family("conformance_rtt_seconds", "Round-trip time.", times, "seconds")
    yield _family("conformance_loss_ratio", "Lost share of packets.", losses, "ratio")


def _throughput(results: Results) -> Iterable[str]:
    samples = [
        (
            {
                **_ends(one.source, one.destination, one.source_region, one.destination_region),
                "rate_divisor": f"{one.rate_divisor:g}",
            },
            one.mbit_per_s * 1e6 / 8,
        )
        for one in results.throughput
        if one.mbit_per_s is not None
    ]
    text = "TCP throughput as received, divided by rate_divisor in a lab."
    yield _family("conformance_throughput_bytes_per_second", text, samples, "bytes_per_second")


def _waivers(results: Results) -> Iterable[str]:
    samples = [
        (
            {"requirement": waiver.requirement, "resource": waiver.resource, "status": waiver.status},
            datetime.combine(waiver.expires, time.max, UTC).timestamp(),
        )
        for waiver in results.waivers
        if waiver.expires
    ]
    name = "conformance_waiver_expiry_timestamp_seconds"
    yield _family(name, "The end of each waiver's last day.", samples, "seconds")


def _ends(source: str, destination: str, source_region: str, destination_region: str) -> dict[str, str]:
    return {
        "source": source,
        "destination": destination,
        "source_region": source_region,
        "destination_region": destination_region,
    }


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str) -> str:
    return shown(text).replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
