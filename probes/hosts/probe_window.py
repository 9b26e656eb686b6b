"""The probe window on AWS: one ingress rule for one test, and nothing left of it afterwards.

The documented security groups admit no iperf3. A window authorises the narrowest rule there is, one peer /32
to one TCP port, tagged with the run, its process and the time at which it is overdue. Whatever ends the test, the
run that authorised the rule revokes it. What a killed run left is revoked by the next one: at once if its process
is known to have ended, else once it is overdue. A rule of a run that may still measure is never touched.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from probes.hosts.errors import HostError
from probes.hosts.ingress_rules import DUPLICATE, ERRORS, IngressRules, Opening, Rule, code_of, may_pass
from probes.hosts.inventory import Host
from probes.hosts.measurements.ping import ipv4
from probes.hosts.process_identity import this_process
from probes.hosts.revocation import SETTLED_S, revoke_all

LIFETIME = timedelta(minutes=15)
"""
How long a rule is not overdue, beside the test itself. AWS refuses requests of a clock that is more than five
minutes wrong, so the clocks of two runs differ by ten at most.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""
REVOKE_WITHIN_S = 120.0
LEFTOVERS_WITHIN_S = 30.0
AUTHORISE_WITHIN_S = 90.0
_AT_ONCE = 32
_TRIES = 2  # a rule that is in the way may be a leftover, or gone when it is looked for


class AwsWindow:
    """Opens and revokes rules.

    The rule is in a security group of the server's network interface: other members of that group admit the
    peer too for as long as it is there. `run` is unique; `longest_test_s` is added to every rule's lifetime.
    """

    def __init__(
        self,
        rules: IngressRules,
        run: str,
        *,
        longest_test_s: float = 0.0,
        revoke_within_s: float = REVOKE_WITHIN_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._rules = rules
        self._run = run
        self._owner = this_process()
        self._lifetime = LIFETIME + timedelta(seconds=longest_test_s)
        self._revoke_within_s = revoke_within_s
        self._now = now
        self._changed = threading.Condition()
        self._is_closing = False
        self._authorising = 0
        self._made_at_s: dict[Rule, float] = {}  # the open rules, by the monotonic clock
        self._unanswered: set[Opening] = set()
        self._problems: list[str] = []

    @property
    def problems(self) -> tuple[str, ...]:
        """What is, or may be, left open, each with the command that closes or lists it."""
        return tuple(self._problems)

    @property
    def waiting_for(self) -> str:
        """What the end of the run waits for, in words; empty when nothing is open."""
        ids = ", ".join(sorted(rule.rule_id for rule in tuple(self._made_at_s)))
        opening = f"{self._authorising} being opened" if self._authorising else ""
        return " and ".join(filter(None, (ids, opening)))

    @contextmanager
    def opened(self, server: Host, client: Host, port: int) -> Iterator[None]:
        """Let one client reach one TCP port of the server while the body runs.

        Raises HostError about the server when AWS refuses, when another run has the same window open, when this
        run is ending, or when the rule could not be revoked.
        """
        rule = self._authorised(server, client, port)
        try:
            yield
        finally:
            if rule is not None and not self._is_closing:
                self._revoke_after_test(rule, server.name)

    def close_leftovers(self, regions: Iterable[str]) -> None:
        """Revoke what ended runs left in these Regions; what cannot be revoked is a problem, and stops nothing."""
        wanted = tuple(regions)
        with ThreadPoolExecutor(min(_AT_ONCE, len(wanted) or 1)) as pool:
            list(pool.map(self._close_leftovers_of, wanted))

    def close(self) -> None:
        """Revoke whatever is still open, as after an interrupt; no window opens afterwards.

        Every rule is tried until it is gone, refused for good, or `revoke_within_s` is over; what stays open then
        is a problem.
        """
        with self._changed:
            self._is_closing = True
            if not self._changed.wait_for(lambda: not self._authorising, timeout=AUTHORISE_WITHIN_S):
                self._problems.append(f"{self._authorising} probe windows are still being opened")
        for opening in self._unanswered:
            reason = self._revoke_unanswered(opening)
            if reason:
                listing = self._rules.listing(opening.region, self._run)
                self._problems.append(f"a probe-window rule may be open ({reason}); list it with: {listing}")
        left = self._revoke(self._made_at_s, self._revoke_within_s)
        self._problems += [self._still_open(rule, reason) for rule, reason in left.items()]

    def _authorised(self, server: Host, client: Host, port: int) -> Rule | None:
        """The new rule; None when there is one already that is not of this suite, so not ours to revoke."""
        with self._changed:
            if self._is_closing:
                raise HostError(server.name, "the run is ending: no probe window is opened any more")
            self._authorising += 1
        try:
            return self._authorise(self._opening(server, client, port), server.name)
        except ERRORS as error:
            raise HostError(server.name, f"no probe window for tcp/{port}: {error}") from error
        finally:
            with self._changed:
                self._authorising -= 1
                self._changed.notify_all()

    def _opening(self, server: Host, client: Host, port: int) -> Opening:
        address = ipv4(server.address)
        found = self._rules.groups_of(server.region, address)
        if len(found) != 1 or not found[0]:
            raise HostError(server.name, f"{len(found)} network interfaces of {server.region} have {address}")
        return Opening(
            region=server.region, group_id=found[0][0], cidr=f"{ipv4(client.address)}/32", port=port
        )

    def _authorise(self, opening: Opening, server: str) -> Rule | None:
        for _ in range(_TRIES):
            overdue = (self._now() + self._lifetime).isoformat(timespec="seconds")
            try:
                return self._kept(self._rules.authorise(opening, self._run, self._owner, overdue))
            except ERRORS as error:
                if may_pass(error):  # the answer may be lost and the rule there
                    self._unanswered.add(opening)
                    self._revoke_unanswered(opening)
                if code_of(error) != DUPLICATE:
                    raise
            found = self._rules.matching(opening)
            if found is not None and found.run == self._run:  # the answer to an earlier call was lost
                return self._kept(found)
            if found is not None and not found.is_ours:
                return None
            if found is not None:
                self._clear_the_way(found, server)
        raise HostError(
            server, f"EC2 has a rule for tcp/{opening.port} from {opening.cidr} but does not show it"
        )

    def _clear_the_way(self, found: Rule, server: str) -> None:
        """Revoke the rule of a run that has ended. HostError when it has not, or its rule cannot be revoked."""
        if not found.is_leftover(self._now()):
            raise HostError(
                server,
                f"run {found.run} of {found.owner} has the same probe window open until {found.overdue}: "
                "two runs may not measure one pair at once",
            )
        for rule, reason in self._revoke({found: -SETTLED_S}, LEFTOVERS_WITHIN_S).items():
            raise HostError(server, f"an earlier run's rule is in the way: {self._still_open(rule, reason)}")

    def _revoke_unanswered(self, opening: Opening) -> str:
        """Revoke the rule of a call that failed but may have made it; why it could not be looked for."""
        try:
            found = self._rules.matching(opening)
        except ERRORS as error:
            return str(error)
        if found is not None and found.run == self._run:
            self._revoke({self._kept(found): time.monotonic()}, LEFTOVERS_WITHIN_S)
        return ""

    def _revoke_after_test(self, rule: Rule, server: str) -> None:
        made_at_s = self._made_at_s.get(rule)
        left = self._revoke({rule: made_at_s}, self._revoke_within_s) if made_at_s is not None else {}
        for reason in left.values():
            raise HostError(server, self._still_open(rule, reason))

    def _close_leftovers_of(self, region: str) -> None:
        try:
            found = [r for r in self._rules.made_by_this_suite(region) if r.is_leftover(self._now())]
        except ERRORS as error:
            self._problems.append(
                f"{region}: rules that earlier runs may have left could not be listed: {error}"
            )
            return
        left = self._revoke(dict.fromkeys(found, -SETTLED_S), LEFTOVERS_WITHIN_S)
        self._problems += [f"of an earlier run, {self._still_open(rule, why)}" for rule, why in left.items()]

    def _revoke(self, made_at_s: Mapping[Rule, float], within_s: float) -> dict[Rule, str]:
        """Revoke these rules; those that stay open, with the reason."""
        wanted = dict(made_at_s)
        left = revoke_all(self._rules, wanted, within_s)
        for rule in wanted.keys() - left.keys():
            self._made_at_s.pop(rule, None)
        return left

    def _kept(self, rule: Rule) -> Rule:
        """The rule, which is to be revoked from now on."""
        self._made_at_s[rule] = time.monotonic()
        return rule

    def _still_open(self, rule: Rule, reason: str) -> str:
        where = f"{rule.rule_id} in {rule.group_id} of {rule.region}"
        return f"rule {where} is STILL OPEN ({reason}); revoke it with: {self._rules.by_hand(rule)}"
