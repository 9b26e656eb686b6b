"""What the machine lacks is said in one sentence, with the command that helps."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from fixtures.lab.errors import LabError
from fixtures.lab.lab import up
from fixtures.lab.plan.model import Service
from fixtures.lab.runtime import preflight
from suites.selftest.lab.machine import lab_name, left_behind
from suites.selftest.lab.networks import documented_plan


def test_missing_tools_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_TOOLS", {"no-such-tool": "one-package", "/no/such/sshd": "another"})

    with pytest.raises(LabError) as caught:
        preflight.check()

    assert str(caught.value) == ("the lab needs another, one-package: apt-get install -y another one-package")


def test_missing_tun_device_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(preflight, "TUN_DEVICE", tmp_path / "tun")

    with pytest.raises(LabError, match=r"the lab needs .*tun: modprobe tun; mkdir -p /dev/net; mknod"):
        preflight.check()


@pytest.mark.parametrize(
    "user, message",
    [
        (1000, r"needs root, or user namespaces, .*: run it with sudo, or sysctl -w"),
        (
            0,
            r"needs the capabilities NET_ADMIN and SYS_ADMIN, .*: start the container with --cap-add=NET_ADMIN",
        ),
    ],
)
def test_user_who_may_not_make_namespaces_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, user: int, message: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(preflight, "_may_have_namespaces", lambda: False)

    with pytest.raises(LabError, match=message):
        preflight.check()


def test_port_that_two_services_want_is_named_and_nothing_is_left() -> None:
    name = lab_name("ports")
    plan = documented_plan()
    twice = replace(plan.hosts[0], services=(Service(protocol="tcp", port=443),) * 2)

    with pytest.raises(LabError, match=rf"{twice.name}: tcp/443 cannot be opened: .*in use"):
        up(replace(plan, hosts=(twice, *plan.hosts[1:])), name)
    assert left_behind(name) == []
