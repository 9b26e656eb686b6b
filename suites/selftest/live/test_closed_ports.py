"""Which ports of a host must be closed to whom, and that an open one is found."""

from collections.abc import Sequence
from unittest.mock import create_autospec

import pytest
from msgspec.structs import replace

from fixtures.live.facts import LiveFacts
from fixtures.live.run import Measurements, MeasuringRun
from probes.hosts.ssh.shell import CommandResult
from probes.model.conformance.measurements import UNDOCUMENTED, Direction, Measured, PortAttempt, WireFacts
from probes.model.errors import UnobservableError
from probes.model.spec import Spec
from probes.model.spec.access import RuleSpec
from probes.model.spec.tried_flows import undocumented_ports, undocumented_udp_ports
from suites.live.test_connectivity import test_hosts_admit_no_undocumented_port as judged
from suites.selftest.live.test_run import (
    BAD,
    HOSTS,
    QUICK_SPEC,
    ScriptedFleet,
    attempts_output,
    healthy,
    measured,
    result,
)
from suites.selftest.spec.corrections import SPEC

PAIR = ("us-east-1", "us-east-2")
TOWARDS_BAD = Direction(source_region="us-east-2", destination_region="us-east-1")


def admitting(*rules: RuleSpec) -> Spec:
    return replace(SPEC, roles=SPEC.roles | {"gpu": replace(SPEC.roles["gpu"], ingress=rules)})


def test_documented_ports_of_others_and_whatever_listens_are_tried() -> None:
    assert undocumented_ports(SPEC, "us-east-1") == (22, 5201, 8080, 443, 988, 1018)
    assert undocumented_ports(SPEC, "us-east-1", (22, 3389)) == (22, 5201, 8080, 443, 988, 1018, 3389)


@pytest.mark.parametrize(
    "peer, is_tried",
    [
        ("gpu", False),
        ("10.66.0.0/16", False),
        ("10.66.0.0/18", False),  # us-east-1's, from where the packets come
        ("10.66.64.0/18", True),
        ("router", True),
        ("pl:office", True),
        ("0.0.0.0/0", False),
        ("internet", False),
    ],
)
def test_port_that_a_rule_opens_to_the_source_is_not_tried(peer: str, is_tried: bool) -> None:  # noqa: FBT001
    spec = admitting(RuleSpec(source=peer, tcp=(9000,)))
    assert (9000 in undocumented_ports(spec, "us-east-1", (9000,))) is is_tried


@pytest.mark.parametrize(
    "rule, tried",
    [
        (RuleSpec(source="gpu", tcp=(53,)), (53, 123)),
        (RuleSpec(source="router", udp=(53,)), (53, 123)),
        (RuleSpec(source="gpu", udp=(53,)), (123,)),
        (RuleSpec(source="10.66.0.0/16", all=True), ()),
    ],
)
def test_udp_port_that_listens_is_tried_unless_a_rule_opens_it(
    rule: RuleSpec, tried: tuple[int, ...]
) -> None:
    assert undocumented_udp_ports(admitting(rule), "us-east-1", (53, 123)) == tried


def test_datagrams_that_arrive_are_nonconforming() -> None:
    received = iter((0, 0, 200, 200, 200, 400))

    def answer(argv: Sequence[str]) -> CommandResult:
        if "cat /proc/net/snmp" in " ".join(argv):
            return result(f"Udp: {next(received)} 0 0 0 0 0 0 0 0\n")
        return result("udp UNCONN 0 0 0.0.0.0:53 0.0.0.0:*\n") if "ss" in argv else healthy(argv)

    facts = LiveFacts(measured(answer), {host.name: host for host in HOSTS})
    with pytest.raises(AssertionError, match="1 violation"):
        judged(facts, TOWARDS_BAD)


def test_rule_for_all_ports_leaves_none_to_try() -> None:
    assert undocumented_ports(admitting(RuleSpec(source="gpu", all=True)), "us-east-1", (3389,)) == ()


def open_at(port: int) -> Measurements:
    """The bad host listens on a port, and everybody gets through to it."""

    def ask(argv: Sequence[str]) -> CommandResult:
        return result(f"tcp LISTEN 0 9 *:{port} *:*\n") if "ss" in argv else healthy(argv)

    class Fleet(ScriptedFleet):
        def shell(self, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  # as the base class
            shell = super().shell(name)
            answer = ask if name == BAD else healthy
            target = next(host.address for host in HOSTS if host.name == BAD)
            shell._answer = lambda argv: (
                result(attempts_output(argv, f"{target}:{port}"))
                if "bash" in argv and "sample" not in " ".join(argv)
                else answer(argv)
            )
            return shell

    fleet = Fleet()
    return MeasuringRun(QUICK_SPEC, fleet, fleet).measure((PAIR,))


@pytest.mark.parametrize("port", [3389, 8080])
def test_open_port_that_nobody_documented_is_nonconforming(port: int) -> None:
    facts = LiveFacts(open_at(port), {host.name: host for host in HOSTS})
    judged(facts, Direction(source_region="us-east-1", destination_region="us-east-2"))
    with pytest.raises(AssertionError, match=r"[12] violations"):
        judged(facts, TOWARDS_BAD)


def test_host_that_does_not_say_what_listens_is_unobservable() -> None:
    run = measured(lambda argv: result("", 127) if "ss" in argv else healthy(argv))
    facts = LiveFacts(run, {host.name: host for host in HOSTS})
    with pytest.raises(UnobservableError, match=f"on which ports {BAD} listens is not known"):
        judged(facts, TOWARDS_BAD)


def test_healthy_hosts_conform() -> None:
    facts = create_autospec(WireFacts, instance=True)
    facts.ports.side_effect = LiveFacts(measured(), {host.name: host for host in HOSTS}).ports
    judged(facts, TOWARDS_BAD)
    rows: Measured[PortAttempt] = facts.ports(UNDOCUMENTED, TOWARDS_BAD, open_expected=False)
    assert {row.port for row in rows.measured} == {22, 5201, 8080, 443, 988, 1018}
