"""Real packets fare as AWS's documentation says: the witness that shares nothing with the two evaluators."""

from ipaddress import IPv4Address
from itertools import groupby

import pytest

from fixtures.aws_rules import Case, Rule, load_rules, network_of
from fixtures.lab.plan.model import LabPlan
from probes.model.network.packets import PROTOCOL_NUMBERS, opening
from suites.selftest.lab.networks import documented_spec
from suites.selftest.lab.packet_tests import QUIET_S, PacketTest, PacketTester, PacketTestRun
from suites.selftest.lab.random_packet_tests import small_lab

RULES = dict(load_rules())
FIRST_SOURCE_PORT = 20_000  # one for each packet, so that no reply is taken for another's
SHOWN = {name: rule for name, rule in RULES.items() if not rule.not_in_the_lab}


@pytest.mark.parametrize("name", SHOWN)
def test_real_packets_fare_as_aws_documents(tester: PacketTester, name: str) -> None:
    rule = SHOWN[name]
    told = [case for case in rule.cases if case.expect != "unknown"]
    wrong = [
        f"{case.source} -> {case.destination} {case.protocol} {case.port}: expected {case.expect}"
        for _, cases in groupby(told, key=lambda case: case.edits)
        for case in fared_otherwise(tester, rule, tuple(cases))
    ]

    assert told
    assert wrong == [], rule.url


def fared_otherwise(tester: PacketTester, rule: Rule, cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """Of cases with equal edits those that fared otherwise each time, asked with more and more patience."""
    plan = small_lab(network_of(rule, cases[0]), documented_spec())
    for quiet_s in QUIET_S:
        tests = tuple(packet_of(plan, case, number) for number, case in enumerate(cases))
        seen = tester.run(PacketTestRun(plan=plan, tests=tests, quiet_s=quiet_s)).observed
        cases = tuple(
            case
            for case, was in zip(cases, seen, strict=True)
            if was.answered is not (case.expect == "works")
        )
        if not cases:
            break
    return cases


def packet_of(plan: LabPlan, case: Case, number: int) -> PacketTest:
    """The packet of a case, from the host that has its source address."""
    addresses = IPv4Address(case.source), IPv4Address(case.destination)
    (host,) = (host for host in plan.hosts if addresses[0] in host.addresses)
    protocol = PROTOCOL_NUMBERS[case.protocol]
    packet = opening(*addresses, protocol, source_port=FIRST_SOURCE_PORT + number, port=case.port)
    return PacketTest(source=host.name, packet=packet)


def test_a_rule_that_no_packet_of_a_lab_shows_says_why() -> None:
    assert len(SHOWN) >= 13
    assert all(rule.not_in_the_lab.endswith(".") for name, rule in RULES.items() if name not in SHOWN)
