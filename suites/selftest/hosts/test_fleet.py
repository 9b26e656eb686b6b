"""Many hosts at once: what fails, fails alone."""

import socket
import threading
from collections.abc import Iterator
from functools import partial

import msgspec
import pytest

from probes.hosts.fleet import Fleet, Unmeasured, measure_all, measure_in_rounds
from probes.hosts.inventory import Host
from probes.hosts.ssh.shell import CommandResult
from probes.model.errors import ProbeError
from suites.selftest.hosts.sshd import Sshd, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def host(name: str, server: Sshd, **changes: object) -> Host:
    ssh = msgspec.structs.replace(server.address, **changes)
    return Host(name=name, region="us-east-1", role="gpu", az="us-east-1a", address="10.66.10.10", ssh=ssh)


def test_dead_host_spoils_only_its_own_measurements(server: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dead = host("dead", server, port=silent.getsockname()[1])
        hosts = [dead, *(host(f"h{number}", server) for number in range(3))]
        with Fleet(hosts, connect_timeout_s=2) as fleet:
            tasks = {
                (name, number): partial(fleet.shell(name).run, ["echo", name], deadline_s=30)
                for name in fleet.hosts
                for number in range(5)
            }
            results = measure_all(tasks)

    for (name, _), found in results.items():
        if name == "dead":
            assert isinstance(found, Unmeasured)
            assert found.kind == "HostUnreachableError"
            assert found.reason.startswith("dead: cannot connect")
        else:
            assert isinstance(found, CommandResult)
            assert found.stdout == f"{name}\n"


def test_unknown_host_is_refused(server: Sshd) -> None:
    with Fleet([host("a", server)]) as fleet, pytest.raises(ProbeError, match=r"no host 'b'.*known are a"):
        fleet.shell("b")


def test_tasks_run_at_the_same_time() -> None:
    meeting = threading.Barrier(20, timeout=30)
    assert len(measure_all(dict.fromkeys(range(20), meeting.wait))) == 20


def test_no_tasks_have_no_results() -> None:
    assert measure_all({}) == {}


def test_rounds_run_one_after_the_other() -> None:
    log: list[str] = []

    def measure(name: str) -> str:
        log.append(name)
        return name.upper()

    results = measure_in_rounds([["a", "b"], ["c"]], measure)
    assert results == {"a": "A", "b": "B", "c": "C"}
    assert log[-1] == "c"


def test_exception_of_any_kind_costs_its_own_measurement_and_is_named() -> None:
    def broken() -> None:
        raise KeyError("bug \x1b[31m" + "x" * 5000)

    results = measure_all({"a to b": broken, "c to d": lambda: "measured"})

    assert results["c to d"] == "measured"
    failed = results["a to b"]
    assert isinstance(failed, Unmeasured)
    assert failed.reason.startswith("a to b: cannot be measured: KeyError: xxx")
    assert len(failed.reason) < 400
