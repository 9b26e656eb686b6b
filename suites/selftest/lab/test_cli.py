"""The lab's command line: what belongs to it, and what to the command that it runs."""

import pytest

from fixtures.lab.__main__ import parse


@pytest.mark.parametrize(
    "line, name, words",
    [
        ("shell gpu --name two -- ping -c 5 10.0.0.1", "two", ["ping", "-c", "5", "10.0.0.1"]),
        ("shell --name two gpu -- ping --name x", "two", ["ping", "--name", "x"]),
        ("--name two shell gpu ping -c 1 10.0.0.1", "two", ["ping", "-c", "1", "10.0.0.1"]),
        ("shell gpu -- sh -c true -- x", "lab", ["sh", "-c", "true", "--", "x"]),
        ("pcap gpu --name two", "two", []),
        ("pcap gpu --name=two icmp or arp", "two", ["icmp", "or", "arp"]),
        ("tcpdump gpu -- -c 5 icmp", "lab", ["-c", "5", "icmp"]),
    ],
)
def test_name_counts_wherever_it_stands_before_the_command(line: str, name: str, words: list[str]) -> None:
    arguments = parse(line.split())

    assert (arguments.name, [*arguments.words, *arguments.rest]) == (name, words)
