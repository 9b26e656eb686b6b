"""What the spec claims, resource by resource.

A claim carries the Region it is about, if it is about one, and the catalogue ID that the spec gives. Claims
of one Region that share an ID are one claim, so that a large mesh does not cost a test per pair.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Literal

import msgspec

from probes.model.spec import Peering, SgRuleSpec, Spec, TgwRouteSpec


class RouteClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The documented Transit Gateway routes of one Region under one requirement."""

    requirement: str
    region: str
    routes: tuple[TgwRouteSpec, ...]


class RuleClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The documented security-group rules of one role, Region and direction under one requirement."""

    requirement: str
    region: str
    role: str
    direction: Literal["ingress", "egress"]
    rules: tuple[SgRuleSpec, ...]


class PeeringClaim(msgspec.Struct, frozen=True, kw_only=True):
    """The documented peerings under one requirement."""

    requirement: str
    peerings: tuple[Peering, ...]


def peering_claims(spec: Spec) -> Iterable[PeeringClaim]:
    """The documented peerings, grouped by requirement."""
    ordered = sorted(spec.peerings, key=lambda peering: peering.requirement)
    for requirement, peerings in groupby(ordered, key=lambda peering: peering.requirement):
        yield PeeringClaim(requirement=requirement, peerings=tuple(peerings))


def route_claims(spec: Spec) -> Iterable[RouteClaim]:
    """The documented Transit Gateway routes, grouped by Region and requirement."""
    for name, region in spec.regions.items():
        ordered = sorted(region.tgw_routes, key=lambda route: route.requirement)
        for requirement, routes in groupby(ordered, key=lambda route: route.requirement):
            yield RouteClaim(requirement=requirement, region=name, routes=tuple(routes))


def rule_claims(spec: Spec) -> Iterable[RuleClaim]:
    """The documented security-group rules, grouped by Region, role, direction and requirement."""
    for name in spec.regions:
        for role, group in spec.security_groups.items():
            yield from _grouped(name, role, "ingress", (*group.ingress, *group.derived_ingress))
            yield from _grouped(name, role, "egress", (*group.egress, *group.derived_egress))


def _grouped(
    region: str, role: str, direction: Literal["ingress", "egress"], rules: Iterable[SgRuleSpec]
) -> Iterable[RuleClaim]:
    ordered = sorted(rules, key=lambda rule: rule.requirement)
    for requirement, same in groupby(ordered, key=lambda rule: rule.requirement):
        yield RuleClaim(
            requirement=requirement, region=region, role=role, direction=direction, rules=tuple(same)
        )
