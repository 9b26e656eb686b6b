"""Security groups as rules over sets of headers and ranges of addresses."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple, TypeAlias

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.listening import listening
from probes.model.network.sg_references import Place, RuleDirection, place_of, reference_honoured
from probes.model.reachability.address_classes import EVERYWHERE, Block, block_of
from probes.model.reachability.address_ranges import AddressRanges
from probes.model.reachability.header_classes import headers_of, of_port, of_sg_rule
from probes.model.reachability.header_sets import ALL_HEADERS, HeaderSet, contains
from probes.model.reachability.intervals import common, united
from probes.model.state import GroupRef, PrefixListRef, SecurityGroup, SgRule


class Peers(NamedTuple):
    """Who may be at the other end: any address of some CIDRs, and ranges of endpoints that have some group."""

    blocks: tuple[Block, ...]
    members: int = 0


class GroupRule(NamedTuple):
    """One rule of a security group. `group` and `rule` are None where no group is judged or nothing was seen."""

    headers: HeaderSet
    peers: Peers
    group: SecurityGroup | None = None
    rule: SgRule | None = None


GroupRules: TypeAlias = tuple[GroupRule, ...]
EVERYTHING = GroupRule(ALL_HEADERS, Peers((EVERYWHERE,)))


class GroupSet:
    """The security groups of some endpoints in one direction: the rules of each group.

    Endpoints with equal groups in one VPC have the same object, in a network with firewalls those of one subnet.
    """

    def __init__(self, groups: tuple[GroupRules, ...]) -> None:
        self.groups = groups
        self.rules: GroupRules = tuple(rule for rules in groups for rule in rules)

    def limited_to(self, headers: HeaderSet) -> "GroupSet":
        """The same groups, as far as they are about some headers."""
        return GroupSet(
            tuple(
                tuple(
                    rule._replace(headers=both) for rule in rules if (both := common(rule.headers, headers))
                )
                for rules in self.groups
            )
        )


NOT_JUDGED = GroupSet(((EVERYTHING,),))


class SecurityGroups:
    """What the security groups of some endpoints let through: the rules of all groups together, which only allow.

    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    `optimistic` says how a rule that the source could not read is taken: as allowing everything or nothing.
    """

    def __init__(
        self, network: Network, endpoints: Sequence[Endpoint], ranges: AddressRanges, *, optimistic: bool
    ) -> None:
        self.network = network
        self.endpoints = endpoints
        self.ranges = ranges
        self.optimistic = optimistic
        self._of: dict[tuple[Endpoint, RuleDirection], GroupSet] = {}
        self._sets: dict[tuple[Place, tuple[str, ...], RuleDirection], GroupSet] = {}
        self._listening: dict[tuple[GroupSet, HeaderSet], GroupSet] = {}
        self._rules: dict[tuple[Place, str, RuleDirection], GroupRules] = {}
        self._members: dict[tuple[Place, str, RuleDirection], int] = {}
        self._holders: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, endpoint in enumerate(endpoints):
            for group_id in endpoint.group_ids or ():
                self._holders[endpoint.region, group_id].append(number)
        self._honoured_at: dict[tuple[RuleDirection, Place, Place], bool] = {}
        self._covered: dict[tuple[int, HeaderSet], tuple[int, dict[int, list[Block]]]] = {}

    def of(self, endpoint: Endpoint, direction: RuleDirection) -> GroupSet:
        """The security groups of an endpoint; a rule that allows everything where it has none.

        What an interface that AWS manages does not listen on, its groups do not let in.
        """
        key = endpoint, direction
        found = self._of.get(key)
        if found is None:
            found = self._of[key] = self._listening_on(endpoint, direction)
        return found

    def _listening_on(self, endpoint: Endpoint, direction: RuleDirection) -> GroupSet:
        found = self._judging(endpoint, direction)
        accepts = listening(self.network, endpoint) if direction == "ingress" else None
        if accepts is None or (self.optimistic and accepts.unknown):
            return found
        ports = accepts.ports | accepts.uncertain.keys() if self.optimistic else accepts.ports
        headers = united(each for port in ports for each in headers_of(of_port(*port)))
        key = found, headers
        if key not in self._listening:
            self._listening[key] = found.limited_to(headers)
        return self._listening[key]

    def _judging(self, endpoint: Endpoint, direction: RuleDirection) -> GroupSet:
        if not endpoint.group_ids:
            return NOT_JUDGED
        here = place_of(self.network, endpoint)
        key = here, endpoint.group_ids, direction
        found = self._sets.get(key)
        if found is None:
            groups = tuple(self._rules_of(here, group_id, direction) for group_id in endpoint.group_ids)
            found = self._sets[key] = GroupSet(groups)
        return found

    def touched(self, peers: Peers) -> int:
        """The ranges that have an address among the peers."""
        found = peers.members
        for block in peers.blocks:
            found |= self.ranges.touched(block)
        return found

    def covered(self, group_set: GroupSet, headers: HeaderSet) -> int:
        """The ranges that may be the other end with every one of their addresses and these headers.

        Exact where each rule has all of these headers or none; else some may be missing.
        """
        found = 0
        partly: dict[int, list[Block]] = {}
        for rules in group_set.groups:
            whole, divided = self._covered_by(rules, headers)
            found |= whole
            for number, blocks in divided.items():
                partly.setdefault(number, []).extend(blocks)
        for number, blocks in partly.items():
            if not found >> number & 1 and not self.ranges.not_covered(number, blocks):
                found |= 1 << number
        return found

    def blocks(self, group_set: GroupSet, headers: HeaderSet) -> Iterator[Block]:
        """The CIDRs that may be the other end with all of these headers."""
        for rule in group_set.rules:
            if contains(rule.headers, headers):
                yield from rule.peers.blocks

    def _covered_by(self, rules: GroupRules, headers: HeaderSet) -> tuple[int, dict[int, list[Block]]]:
        """The ranges that single rules of one group cover, and the CIDRs that divide a range."""
        key = id(rules), headers
        found = self._covered.get(key)
        if found is None:
            whole, divided = 0, defaultdict[int, list[Block]](list)
            for rule in rules:
                if contains(rule.headers, headers):
                    whole |= rule.peers.members
                    for block in rule.peers.blocks:
                        whole |= self.ranges.covered(block)
                        for number in self.ranges.partly(block):
                            divided[number].append(block)
            found = self._covered[key] = whole, divided
        return found

    def _rules_of(self, here: Place, group_id: str, direction: RuleDirection) -> GroupRules:
        key = here, group_id, direction
        found = self._rules.get(key)
        if found is None:
            found = self._rules[key] = tuple(self._read(here, group_id, direction))
        return found

    def _read(self, here: Place, group_id: str, direction: RuleDirection) -> Iterator[GroupRule]:
        group = self.network.security_groups.get((here[0], group_id))
        rules = () if group is None else group.ingress if direction == "ingress" else group.egress
        gap = self.network.gap("security_groups", here[0], group_id, (direction,))
        if gap is not None and self.optimistic and all(rule.peer is not None for rule in rules):
            yield EVERYTHING
        for rule in rules:
            peers = self._peers(here, direction, rule)
            if peers.blocks or peers.members:
                yield GroupRule(headers_of(of_sg_rule(rule)), peers, group, rule)

    def _peers(self, here: Place, direction: RuleDirection, rule: SgRule) -> Peers:
        match rule.peer:
            case IPv4Network():
                return Peers((block_of(rule.peer),))
            case GroupRef():
                return Peers((), self._group_members(here, rule.peer.group_id, direction))
            case PrefixListRef():
                cidrs = self.network.prefix_list_cidrs(here[0], rule.peer.prefix_list_id)
                if cidrs is not None:
                    return Peers(tuple(map(block_of, cidrs)))
            case IPv6Network():
                return Peers(())
        return Peers((EVERYWHERE,) if self.optimistic else ())

    def _group_members(self, here: Place, group_id: str, direction: RuleDirection) -> int:
        key = here, group_id, direction
        found = self._members.get(key)
        if found is None:
            found = 0
            for number in self._holders.get((here[0], group_id), ()):
                endpoint = self.endpoints[number]
                if self._honoured(direction, here, place_of(self.network, endpoint)):
                    found |= self.ranges.of_endpoint[number]
            self._members[key] = found
        return found

    def _honoured(self, direction: RuleDirection, here: Place, there: Place) -> bool:
        key = direction, here, there
        found = self._honoured_at.get(key)
        if found is None:
            try:
                found = here == there or reference_honoured(self.network, direction, here, there)
            except UnobservableError:
                found = self.optimistic
            self._honoured_at[key] = found
        return found
