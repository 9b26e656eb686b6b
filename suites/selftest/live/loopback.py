"""Two GPU hosts on loopback that a live run can measure: a real SSH server, and tools that do as they are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from suites.selftest.hosts.sshd import sshd

ADDRESSES = {"us-east-1": "127.66.10.10", "us-east-2": "127.66.74.10"}
_PING = """#!/bin/sh
[ "$1" = -V ] && { echo "ping from iputils 20240905"; exit; }
while [ $# -gt 0 ]; do [ "$1" = -c ] && count=$2; shift; done
echo "$count packets transmitted, 0 received, 100% packet loss, time 0ms"
exit 1
"""
# The server does not end with its process group, and what it started holds its output open: a host slow to end it.
_IPERF3 = """#!/bin/sh
case "$1" in
--version) echo "iperf 3.16 (cJSON 1.7.15)";;
-s) trap '' TERM; echo "Server listening on 5201"; setsid sleep "$(cat {folder}/lingering_s)"; sleep 60;;
-c) sleep "$(cat {folder}/test_s)"; echo '{{"error": "told to"}}'; exit 1;;
esac
"""


class Loopback(NamedTuple):
    """The hosts' inventory file, and the folder with what their tools are told."""

    inventory: Path
    folder: Path

    def take(self, *, test_s: float, lingering_s: float) -> None:
        """Say how long an iperf3 test takes, and how long its server outlives its end."""
        (self.folder / "test_s").write_text(str(test_s))
        (self.folder / "lingering_s").write_text(str(lingering_s))


@contextmanager
def loopback_hosts(folder: Path) -> Iterator[Loopback]:
    """Run the hosts."""
    tools = folder / "tools"
    tools.mkdir()
    for name, script in (("ping", _PING), ("iperf3", _IPERF3.format(folder=folder))):
        (tools / name).write_text(script)
        (tools / name).chmod(0o755)
    with sshd(folder, f"SetEnv PATH={tools}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin") as server:
        hosts = [
            {"name": f"gpu-{region}", "region": region, "role": "gpu", "az": f"{region}a", "address": address}
            for region, address in ADDRESSES.items()
        ]
        inventory = folder / "hosts.yaml"
        inventory.write_bytes(msgspec.json.encode({"ssh": server.address, "hosts": hosts}))  # JSON is YAML
        yield Loopback(inventory, folder)
