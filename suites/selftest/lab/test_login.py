"""The hosts of a lab let its user in, whatever the machine's own accounts allow."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fixtures.lab.runtime.sshd import login_name
from suites.selftest.lab.machine import lab_name

ROOT = Path(__file__).parents[3]
# In a mount namespace of its own: the account as given, and an account without a password, which sshd calls locked.
WITH_ACCOUNT = """
set -e
{ grep -v "^$1:" /etc/passwd; echo "$1:x:$(id -u):$(id -g)::/nonexistent:$2"; } > "$XDG_RUNTIME_DIR/accounts"
mount --bind "$XDG_RUNTIME_DIR/accounts" /etc/passwd
if [ -r /etc/shadow ]; then
  echo "$1:!:19000:0:99999:7:::" > "$XDG_RUNTIME_DIR/passwords"
  mount --bind "$XDG_RUNTIME_DIR/passwords" /etc/shadow
fi
shift 2
exec "$@"
"""
LOG_IN = """
import sys
from fixtures.lab.inventory import inventory
from suites.selftest.lab.machine import running_lab
from probes.hosts.fleet import Fleet
from probes.hosts.inventory import resolve
from suites.selftest.lab.networks import documented_plan, documented_spec
plan = documented_plan()
with running_lab(plan, sys.argv[1]) as lab:
    regions = {region: region for region in documented_spec().aws_regions}
    hosts = resolve(inventory(lab), regions, lab.run_dir).hosts
    with Fleet(hosts) as fleet:
        print(fleet.shell(hosts[0].name).run(["echo", "logged in"], deadline_s=10))
"""


@pytest.mark.parametrize("shell", ["/usr/sbin/nologin", "/bin/false", "/no/such/shell"])
def test_account_without_a_login_shell_can_use_the_lab(shell: str) -> None:
    user = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    prepared = ["unshare", "--mount", *user, "bash", "-c", WITH_ACCOUNT, "bash", login_name(), shell]
    with tempfile.TemporaryDirectory(prefix="lab") as runtime:
        done = subprocess.run(
            [*prepared, sys.executable, "-c", LOG_IN, lab_name("login")],
            cwd=ROOT,
            env=os.environ | {"XDG_RUNTIME_DIR": runtime},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert "stdout='logged in\\n', stderr=''" in done.stdout, done.stderr
