"""Mutates every bundled network in all ways, and prints how many mutations the suite judges right.

The exit code is 1 if it judges one wrong.
"""

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import chain

from suites.selftest.mutations.counting import NETWORKS, table, tried

SHARES = 4
"""A network is divided, so that no processor waits for the one with the largest."""


def main() -> int:
    """Try all mutations of the networks that were asked for, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.mutations", description=__doc__)
    parser.add_argument("networks", nargs="*", default=NETWORKS, help=", ".join(NETWORKS))
    networks = parser.parse_args().networks
    shares = [(network, SHARES, first) for network in networks for first in range(SHARES)]
    workers = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = {pool.submit(tried, *share): share for share in shares}
        for done in as_completed(running):
            network, _, first = running[done]
            print(f"{network} {first + 1}/{SHARES}: {len(done.result())} mutations", file=sys.stderr)
    outcomes = tuple(chain.from_iterable(share.result() for share in running))
    print("\n".join(table(outcomes)))
    wrong = [one for one in outcomes if not one.right]
    print(*wrong, sep="\n", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
