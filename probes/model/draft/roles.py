"""The roles of a draft: security groups whose hosts have no other group, with their rules.

A role's rules are closed: whatever is allowed beside them is a violation. So a direction is drafted only where
every rule of the group can be said in the spec's words; the notes name the others.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from probes.model.draft.names import place_tokens, region_alias, tokens, told_apart, unique
from probes.model.draft.patterns import Names, pattern_of
from probes.model.draft.rules import Line, UnsayableError, lines_of
from probes.model.draft.vpcs import DraftedVpc, DraftedVpcs
from probes.model.spec import DIRECTIONS, ENDPOINTS, INTERNET, TENANTS, Direction
from probes.model.state import Instance, NetworkInterface, SecurityGroup
from probes.model.state.base import ANYWHERE

_GONE = ("terminated", "shutting-down")
_NOISE = frozenset(("security", "group", "groups"))
_RESERVED = (ENDPOINTS, INTERNET, TENANTS)


class Player(msgspec.Struct, kw_only=True):
    """A security group that plays a role in one VPC, the tier of all its interfaces, and its instances.

    There are no `instances` when something else has the group too.
    """

    home: DraftedVpc
    group: SecurityGroup
    tier: str
    instances: tuple[Instance, ...]


class DraftedRoles:
    """The roles of a state, by the names that a draft gives them."""

    def __init__(self, vpcs: DraftedVpcs) -> None:
        self.vpcs = vpcs
        self.network = vpcs.network
        self.notes: list[str] = []
        self.players = self._named(list(self._found()))
        self._of_group = {player.group.id: role for role, each in self.players.items() for player in each}

    def section(self) -> dict[str, Any]:
        """The `roles` of the spec."""
        return {role: self._role(role, players) for role, players in self.players.items()}

    def _found(self) -> Iterator[Player]:
        for group in self.network.state.security_groups:
            home = self.vpcs.by_id.get((group.region, group.vpc_id or ""))
            members = self.network.interfaces_of_group.get((group.region, group.id), ())
            if home is None or group.group_name == "default" or not members or _is_open(group):
                continue
            tiers = {_tier_of(home, each) for each in members}
            if any(len(each.group_ids) != 1 for each in members):
                self.notes.append(f"no role: interfaces of {group.label} have other groups too")
            elif len(tiers) > 1 or "" in tiers:
                self.notes.append(f"no role: the interfaces of {group.label} are not in one tier with hosts")
            else:
                yield Player(home=home, group=group, tier=tiers.pop(), instances=self._instances(members))

    def _instances(self, members: Iterable[NetworkInterface]) -> tuple[Instance, ...]:
        owners = {each.instance_id for each in members}
        known = [
            each for each in self.network.state.instances if each.id in owners and each.state not in _GONE
        ]
        return tuple(known) if {each.id for each in known} == owners else ()

    def _named(self, found: list[Player]) -> dict[str, list[Player]]:
        """Players of one name are one role if they are alike; else each has a name of its own."""
        by_name: dict[str, list[Player]] = {}
        for player in found:
            by_name.setdefault(self._name(player), []).append(player)
        names = {player.group.id: name for name, players in by_name.items() for player in players}
        roles: dict[str, list[Player]] = {}
        for name, players in by_name.items():
            if self._are_alike(players, names):
                roles[name] = players
                continue
            for player in players:
                roles[unique(f"{name}-{player.home.name}", {*roles, *by_name})] = [player]
        return roles

    def _name(self, player: Player) -> str:
        home, group = player.home, player.group
        dropped = {*place_tokens(home.vpc.region), *tokens(home.name), *self.vpcs.common_words, *_NOISE}
        own = told_apart(group.name or group.group_name, dropped)
        name = own or "-".join(tokens(group.group_name)) or "-".join(tokens(group.id))
        gateways = {region_alias(one.vpc.region) for one in self.vpcs.all}
        return (
            f"{name}-hosts" if name in {*_RESERVED, *gateways, *(one.name for one in self.vpcs.all)} else name
        )

    def _are_alike(self, players: list[Player], names: dict[str, str]) -> bool:
        once_a_vpc = len({player.home.name for player in players}) == len(players)
        in_one_tier = len({player.tier for player in players}) == 1
        if not once_a_vpc or not in_one_tier or not self._group_pattern(players):
            return False
        if any(player.instances for player in players) and not self._host_pattern(players):
            return False
        return all(
            len({str(self._lines(player, direction, names)) for player in players}) == 1
            for direction in DIRECTIONS
        )

    def _role(self, role: str, players: list[Player]) -> dict[str, Any]:
        tier = players[0].tier
        found: dict[str, Any] = {"tier": tier}
        homes = [player.home.name for player in players]
        if {*homes} != {one.name for one in self.vpcs.all if tier in one.tiers}:
            found["vpcs"] = homes
        found["security_group"] = self._group_pattern(players)
        found["hosts"] = self._host_pattern(players)
        for direction in DIRECTIONS:
            lines = self._lines(players[0], direction, self._of_group)
            if isinstance(lines, str):
                self.notes.append(
                    f"roles.{role}: {direction} is not claimed: {lines}, for which the spec has no word"
                )
            else:
                found[direction] = list(lines)
        return found

    def _lines(self, player: Player, direction: Direction, names: dict[str, str]) -> tuple[Line, ...] | str:
        """The rules of one direction, or what cannot be said."""
        rules = player.group.ingress if direction == "ingress" else player.group.egress
        here = {
            group.id for group in self.network.state.security_groups if _home(group) == _home(player.group)
        }
        roles = {group_id: name for group_id, name in names.items() if group_id in here}
        key = "from" if direction == "ingress" else "to"
        try:
            return lines_of(rules, key, player.home.name, roles, self.vpcs)
        except UnsayableError as error:
            return str(error)

    def _group_pattern(self, players: list[Player]) -> str:
        """A glob for the groups' Name tags, or for their names where one has no tag."""
        tagged = all(player.group.name for player in players)
        return pattern_of(
            [
                _names(
                    player,
                    [player.group.name if tagged else player.group.group_name],
                    [
                        name
                        for other in self.network.state.security_groups
                        if _home(other) == _home(player.group) and other.id != player.group.id
                        for name in (other.name, other.group_name)
                    ],
                )
                for player in players
            ]
        )

    def _host_pattern(self, players: list[Player]) -> str:
        if not all(player.instances for player in players):
            return ""
        return pattern_of(
            [
                _names(
                    player,
                    [instance.name for instance in player.instances],
                    [
                        other.name
                        for other in self.network.state.instances
                        if (other.region, other.vpc_id) == _home(player.group)
                        and other.state not in _GONE
                        and other not in player.instances
                    ],
                )
                for player in players
            ],
            numbered=True,
        )


def _names(player: Player, wanted: Iterable[str], others: Iterable[str]) -> Names:
    home = player.home
    return Names(tuple(wanted), tuple(others), home.name, region_alias(home.vpc.region))


def _home(group: SecurityGroup) -> tuple[str, str | None]:
    return group.region, group.vpc_id


def _is_open(group: SecurityGroup) -> bool:
    """Whether it lets everything through in both directions, so that its rules tell nobody apart."""
    return all(
        any(rule.protocol == "-1" and rule.peer == ANYWHERE for rule in rules)
        for rules in (group.ingress, group.egress)
    )


def _tier_of(home: DraftedVpc, interface: NetworkInterface) -> str:
    """The tier of an interface; empty for the one of the attachment, which holds no hosts."""
    for tier, subnets in home.tiers.items():
        if tier != home.attachment_tier and any(subnet.id == interface.subnet_id for subnet in subnets):
            return tier
    return ""
