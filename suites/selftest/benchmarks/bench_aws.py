"""The CPU that making clients for many accounts takes, with one loader of service descriptions for all of them.

As a script it prints the table: `.venv/bin/python -m suites.selftest.benchmarks.bench_aws`.
"""

import time
from collections.abc import Callable
from unittest.mock import patch

from botocore.loaders import Loader, create_loader

from probes.sources.aws import clients as of_clients
from probes.sources.aws.calls import REGIONAL
from probes.sources.aws.clients import Clients
from probes.sources.aws.credentials import Access

ACCOUNTS = 20
REGIONS = ("us-east-1", "us-east-2", "us-west-2")
SERVICES = sorted({"sts", *(call.service for call in REGIONAL)})


def cpu_per_account_s(loader: Callable[[], Loader]) -> float:
    """CPU seconds for one account's clients of every service in every Region, of many accounts in one process."""
    with patch.object(of_clients, "_loader", loader):
        started_s = time.process_time()
        for _ in range(ACCOUNTS):
            clients = Clients(Access(), endpoint_url="http://127.0.0.1:1")
            for region in REGIONS:
                for service in SERVICES:
                    clients.client(service, region)
            clients.close()
        return (time.process_time() - started_s) / ACCOUNTS


def test_one_loader_saves_a_third_of_the_cpu_per_account() -> None:
    shared = create_loader()

    assert cpu_per_account_s(lambda: shared) <= cpu_per_account_s(create_loader) * 2 / 3


def main() -> None:
    """Print the figures of both ways."""
    shared = create_loader()
    print(f"{ACCOUNTS} accounts x {len(REGIONS)} Regions x {len(SERVICES)} services, CPU per account")  # noqa: T201
    print(f"a loader for each account  {cpu_per_account_s(create_loader):.2f} s")  # noqa: T201
    print(f"one loader for all         {cpu_per_account_s(lambda: shared):.2f} s")  # noqa: T201


if __name__ == "__main__":
    main()
