"""Questions that people and programs ask of a network, answered as lines and as plain data."""

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address
from typing import Any

import msgspec
from msgspec.structs import asdict

from probes.model.conformance.verdict import Findings, Violation
from probes.model.errors import UnobservableError
from probes.model.failures.impact import Path, Resilience
from probes.model.forwarding.oracle import as_far_as_known
from probes.model.intent.flow_headers import summary, words
from probes.model.intent.observability import indeterminate
from probes.model.intent.verification import Intent
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.network.trace import Trace
from probes.model.questions.differential_reachability import Change, difference
from probes.model.questions.undefined_references import References
from probes.model.questions.unreachable_rules import shadowed as shadowed_rules
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox
from probes.model.reachability.packet_set import Box, PacketSet, everything, first_packet
from probes.model.spec import FlowSpec, Spec
from probes.model.spec_checks.lint import lint as lint_of

SHOWN = 5
"""
How many endpoints a line names that says the same of several.
"""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer for people and for programs; `fine` says whether there is nothing to act on.

    Where it is not `certain`, a part of it is that something cannot be known, and why.
    """

    lines: tuple[str, ...]
    data: Any
    fine: bool
    certain: bool = True


def trace(network: Network, packet: Packet, source: Endpoint, destination: Endpoint | None) -> Answer:
    """What happens to a packet and to its reply, hop by hop, as far as that is known."""
    trip = as_far_as_known(network, packet, source, destination)
    verdict = "delivered, and so is its reply" if trip.works else "lost"
    if trip.unknown:
        verdict = "delivered, its reply unknown" if trip.forward.delivered else "unknown"
    data = {
        "works": None if trip.unknown else trip.works,
        "unknown": trip.unknown,
        "forward": _trace_data(trip.forward),
        "reply": _trace_data(trip.reply) if trip.reply else None,
    }
    certain = not trip.unknown
    return Answer(lines=(*trip.lines, f"=> {verdict}"), data=data, fine=trip.works, certain=certain)


def allowed(
    network: Network, source: Endpoint, destination: Endpoint, asked: PacketSet | None = None
) -> Answer:
    """Every packet from one endpoint that the other gets and answers, and those of which nobody can tell.

    Only those in `asked` where it is given.
    """
    asked = everything() if asked is None else asked
    external_sources = (source,) if source.kind in ("internet", "tenant") else ()
    ends = tuple(end for end in dict.fromkeys((source, destination)) if end not in external_sources)
    reachability = Reachability(network, ends, external_sources=external_sources)
    found = reachability.allowed(source, destination) & asked
    lines, data = _packets(found.boxes())
    inspected, packets = _packets((found - reachability.uninspected.allowed(source, destination)).boxes())
    if packets:
        lines += ["of these, unless a firewall drops them, whose own rules are not judged:"]
        lines += [f"  {line}" for line in inspected]
    by_reason: dict[str, list[Box]] = {}
    for each in (reachability.unknown(source, destination) & asked).boxes():
        by_reason.setdefault(_reason(network, each, source, destination), []).append(each)
    unknown = []
    for reason, boxes in by_reason.items():
        more, packets = _packets(boxes)
        lines += [f"could not tell: {reason}", *(f"  {line}" for line in more)]
        unknown.append({"reason": reason, "packets": packets})
    return Answer(
        lines=tuple(lines or ["nothing"]),
        data={"allowed": data, "inspected": packets, "unknown": unknown},
        fine=bool(data),
        certain=not unknown,
    )


def of_each(sources: Sequence[Endpoint], ask: Callable[[Endpoint], Answer]) -> Answer:
    """One answer about several sources, each under its name; about none it is that nothing arrives."""
    if len(sources) == 1:
        return ask(sources[0])
    answers = {source.label: ask(source) for source in sources}
    lines = [line for label, answer in answers.items() for line in (f"from {label}:", *answer.lines)]
    return Answer(
        lines=tuple(lines or ["nothing: nobody undocumented is attached"]),
        data={label: answer.data for label, answer in answers.items()},
        fine=any(answer.fine for answer in answers.values()),
        certain=all(answer.certain for answer in answers.values()),
    )


def compare(before: Network, after: Network) -> Answer:
    """Which traffic a change of the network gains and loses."""
    found = difference(before, after)
    lines = [f"only before: {label}" for label in found.only_before]
    lines += [f"only after: {label}" for label in found.only_after]
    for change in found.changes:
        lines.append(
            f"{change.change}: {_named(change.sources)} -> {_named(change.destinations)}: {summary(change.headers)}"
        )
    for change in found.changes[:1]:
        lines += ["for example:", *(f"  {line}" for line in change.trace)]
    same = not lines
    data = {
        "only_before": found.only_before,
        "only_after": found.only_after,
        "changes": [_change_data(change) for change in found.changes],
    }
    return Answer(lines=tuple(lines or ["no difference"]), data=data, fine=same)


def lint(network: Network) -> Answer:
    """References that lead nowhere, security groups that nobody uses, and what the source could not see."""
    references = References(network)
    found = (*references.undefined(), *references.unused_groups())
    gaps = [
        f"not seen: {gap.kind} {gap.resource} {gap.field} ({gap.region or 'every Region'}): {gap.reason}"
        for gap in network.state.gaps
    ]
    others = [f"not modelled: {kind}" for kind in network.state.not_modelled]
    answer = findings(found)
    data = {"findings": answer.data, "gaps": gaps, "not_modelled": others}
    return Answer(lines=(*answer.lines, *gaps, *others), data=data, fine=answer.fine)


def document(spec: Spec) -> Answer:
    """Where a document contradicts itself, its own arithmetic or AWS."""
    found = lint_of(spec)
    lines = [
        line
        for one in found
        for line in (
            f"{one.id} {one.severity}  {one.where}",
            f"  expected  {one.expected}",
            f"  observed  {one.observed}",
            f"  hint      {one.hint}",
        )
    ]
    summary = f"{len(found)} contradictions in {spec.name}"
    return Answer(lines=(*lines, summary), data=[asdict(one) for one in found], fine=not found)


def both(first: Answer, second: Answer) -> Answer:
    """Two answers as one."""
    return Answer(
        lines=(*first.lines, *second.lines),
        data={"document": first.data, "network": second.data},
        fine=first.fine and second.fine,
    )


def shadowed(network: Network) -> Answer:
    """Network-ACL entries, security-group rules and routes that decide about no packet."""
    return findings(shadowed_rules(network))


def flows(spec: Spec, network: Network) -> Answer:
    """What the spec intends per flow, and which flows lose packets and where."""
    intent = Intent(spec, network)
    lines: list[str] = []
    data = []
    for flow in spec.flows:
        found = _as_far_as_told(intent, flow)
        state = "NOT AS DOCUMENTED" if found else "could not be told" if found.doubt else "as documented"
        lines.append(f"{flow.name}: {flow.sentence or flow.expect} {state}")
        lines += [f"  {line}" for violation in found for line in _violation_lines(violation)]
        lines += [f"  not told: {found.doubt}"] if found.doubt else []
        not_told = str(found.doubt) if found.doubt else None
        data.append(
            {"flow": flow.name, "violations": msgspec.to_builtins(tuple(found)), "not_told": not_told}
        )
    return Answer(
        lines=tuple(lines),
        data=data,
        fine=not any(row["violations"] for row in data),
        certain=not any(row["not_told"] for row in data),
    )


def _as_far_as_told(intent: Intent, flow: FlowSpec) -> Findings:
    """What is wrong with a flow; a flow of which nothing can be told does not hide the others."""
    try:
        return intent.flow(flow)
    except UnobservableError as error:
        return Findings((), error)


def failures(spec: Spec, network: Network) -> Answer:
    """What each single failure loses, and which detour the configured routes allow, with its predicted RTT."""
    lines: list[str] = []
    data = []
    resilience = Resilience(spec, network.state)
    for impact in resilience.impacts():
        changed = impact.worsened | impact.unknown
        lines.append(str(impact.failure) + ("" if changed else ": no effect on the others"))
        for (here, there), (before, after) in changed.items():
            lines.append(f"  {here} -> {there}: {_path_words(before)} => {_path_words(after)}")
            row = {"failure": impact.failure, "source": here, "destination": there}
            data.append(row | {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(after)})
    certain = all(path.is_certain for path in resilience.before.values())
    if not certain:
        lines.append(f"could not tell everything: {indeterminate(network.state)}")
    return Answer(lines=tuple(lines), data=data, fine=True, certain=certain)


def findings(found: Iterable[Violation]) -> Answer:
    """Findings, one paragraph each."""
    listed = tuple(found)
    lines = [line for violation in listed for line in _violation_lines(violation)]
    return Answer(lines=tuple(lines or ["nothing found"]), data=msgspec.to_builtins(listed), fine=not listed)


def _violation_lines(violation: Violation) -> list[str]:
    return [
        violation.resource,
        f"  expected  {violation.expected}",
        f"  observed  {violation.observed}",
        f"  hint      {violation.hint}",
        *(f"    {line}" for line in violation.trace),
    ]


def _trace_data(trace: Trace) -> dict[str, Any]:
    return {
        "packet": str(trace.packet),
        "delivered": trace.delivered,
        "delivered_to": trace.delivered_to.label if trace.delivered_to else None,
        "hops": msgspec.to_builtins(trace.hops),
    }


def _change_data(change: Change) -> dict[str, Any]:
    return {
        "change": change.change,
        "sources": change.sources,
        "destinations": change.destinations,
        "headers": [words(each) for each in change.headers],
        "example": str(change.example),
        "trace": change.trace,
    }


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return ", ".join(labels[:SHOWN]) + more


def _path_words(path: Path) -> str:
    more = path.possible - path.working
    if not path.regions:
        return f"perhaps {more} of {path.total} pairs" if more else "lost"
    rtt = f", {path.rtt.min_ms:g}-{path.rtt.max_ms:g} ms" if path.rtt else ""
    perhaps = f" and perhaps {more} more" if more else ""
    return f"{path.working}{perhaps} of {path.total} pairs by {' > '.join(path.regions)}{rtt}"


def _addresses(interval: tuple[int, int]) -> str:
    low, high = map(IPv4Address, interval)
    return str(low) if low == high else f"{low}-{high}"


def _packets(boxes: Iterable[Box]) -> tuple[list[str], list[dict[str, Any]]]:
    """Sets of packets by the addresses that send and get them, for people and for programs."""
    by_addresses: dict[tuple[str, str], list[HeaderBox]] = {}
    for each in boxes:
        by_addresses.setdefault((_addresses(each[1]), _addresses(each[2])), []).append((each[0], *each[3:]))
    lines = [f"{a} -> {b}: {summary(headers)}" for (a, b), headers in by_addresses.items()]
    data = [
        {"source": a, "destination": b, "headers": [words(each) for each in headers]}
        for (a, b), headers in by_addresses.items()
    ]
    return lines, data


def _reason(network: Network, packets: Box, source: Endpoint, destination: Endpoint) -> str:
    """Why nobody can tell what becomes of a box of packets, from the first of them."""
    packet = first_packet(packets)
    return as_far_as_known(network, packet, source, destination).unknown or f"{packet} and others like it"
