"""Where live runs of another process take place: hosts on loopback, and an EC2 that opens windows to them."""

import time
from pathlib import Path
from typing import NamedTuple

from suites.selftest.live.gated_ec2 import WAIT_S, GatedEc2
from suites.selftest.live.loopback import Loopback


class Scene(NamedTuple):
    """The hosts and the EC2."""

    hosts: Loopback
    ec2: GatedEc2

    def command(self, program: str, *options: str, out: Path) -> list[str]:
        """The command of a run that opens probe windows: pytest's, or `reports run`."""
        measuring = ["suites/live", "-q", "-p", "no:cacheprovider", "--region-pair", "use1-use2"]
        measuring += [f"--target=inventory:{self.hosts.inventory}", "--probe-window=aws"]
        measuring += [f"--endpoint-url={self.ec2.url}"]
        if program == "reports":
            return [program, options[0], f"--report={out}", "--", *options[1:], *measuring]
        return [program, *options, *measuring, f"--report={out}"]

    def has_a_rule(self) -> bool:
        """Whether a rule is open, after a while."""
        give_up_s = time.monotonic() + WAIT_S
        while not self.ec2.open_rules() and time.monotonic() < give_up_s:
            time.sleep(0.05)
        return bool(self.ec2.open_rules())
