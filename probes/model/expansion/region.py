"""What a spec with one more Region says beyond the old one.

The new Region is like one that is there: as many VPCs, subnets at the same places in them, the same tables. It is
peered as that Region is, and with that Region itself where all Regions like it are peered with each other.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from ipaddress import IPv4Network
from typing import Any

from probes.model.draft.names import region_alias
from probes.model.errors import InputError
from probes.model.expansion.addresses import Cidrs, cidrs_of, next_cidrs, siblings
from probes.model.expansion.costs import costs
from probes.model.expansion.counterparts import Counterparts, network
from probes.model.expansion.edits import AddedRegion, Insertion, Path
from probes.model.spec import Spec
from probes.model.spec.topology import peers_of

Document = dict[str, Any]


def add_region(
    spec: Spec, document: Document, name: str, *, like: str = "", cidrs: Sequence[IPv4Network] = ()
) -> AddedRegion:
    """The insertions that add the Region of this AWS name to a spec, of which `document` is the file's content.

    `like` is the Region to take after, by alias or AWS name: the last one of the spec that has most Regions like
    it when it is empty. Raises InputError when the Region is there already, when there is no such Region to take
    after, and when no addresses are left.
    """
    alias = region_alias(name)
    if name in spec.aws_regions or alias in spec.region_names:
        raise InputError(f"the spec has {name} already")
    try:
        model = spec.region(like) if like else _most_common(spec)
    except KeyError:
        raise InputError(f"no Region {like} to be like; known: {', '.join(spec.region_names)}") from None
    if not spec.vpcs_in(model):
        raise InputError(f"{model} has no VPC to take after")
    return _Growth(spec, document, name, model, cidrs).result()


def _most_common(spec: Spec) -> str:
    return max(spec.aws_regions, key=lambda region: (len(siblings(spec, region)), _position(spec, region)))


def _position(spec: Spec, region: str) -> int:
    return spec.aws_regions.index(region)


class _Growth:
    def __init__(
        self, spec: Spec, document: Document, name: str, model: str, given: Sequence[IPv4Network]
    ) -> None:
        self.spec = spec
        self.document = document
        self.name = name
        self.model = model
        # A spec that calls Regions by their AWS names goes on to do so.
        self.alias = region_alias(name) if "regions" in document else name
        self.planned = spec.expansion if spec.expansion and spec.expansion.region == name else None
        if self.planned and not given and len([cidr for vpc in cidrs_of(spec, model) for cidr in vpc]) == 1:
            given = [self.planned.vpc_cidr]
        self.cidrs: Cidrs = next_cidrs(spec, model, given)
        self.new = Counterparts(spec, model, self._new_names(), self.cidrs)

    def result(self) -> AddedRegion:
        insertions = (
            *self._regions(),
            *self._vpcs(),
            *self._gateways(),
            *self._peerings(),
            *self._homes(),
            *self._lists(),
            *self._rules(),
            *self._flows(),
        )
        return AddedRegion(
            insertions=insertions,
            replacements=tuple(costs(self.spec, len(self.cidrs), len(self._new_peers()))),
            obsolete=("expansion",) if self.planned else (),
            notes=tuple(self._advice()),
        )

    def _new_names(self) -> dict[str, str]:
        """What the new Region, its VPCs and its Transit Gateways are called, by what the model's are."""
        old = self.spec.alias(self.model)
        taken = {*self.spec.vpcs, *self.spec.transit_gateways}
        names = {old: self.alias}
        for each in (*self.spec.vpcs_in(self.model), *self._gateways_in(self.model)):
            found = each.replace(old, self.alias) if old in each else f"{each}-{self.alias}"
            if found in taken:
                raise InputError(f"the spec calls something {found} already")
            names[each] = found
        return names

    def _gateways_in(self, region: str) -> list[str]:
        return [name for name in self.spec.transit_gateways if self.spec.gateway_region(name) == region]

    @cached_property
    def _siblings(self) -> tuple[str, ...]:
        return tuple(region for region in siblings(self.spec, self.model) if region != self.model)

    @cached_property
    def _is_meshed(self) -> bool:
        """Whether every Region like the model is peered with it."""
        own = self._gateways_in(self.model)
        peered = {self.spec.gateway_region(peer) for gateway in own for peer in peers_of(self.spec, gateway)}
        return bool(self._siblings) and peered >= {*self._siblings}

    @cached_property
    def _of_sibling(self) -> tuple[Counterparts, Counterparts] | None:
        """What a sibling's things are among the model's, and among the new Region's."""
        for sibling in self._siblings:
            theirs = (self.spec.alias(sibling), *self.spec.vpcs_in(sibling), *self._gateways_in(sibling))
            ours = (
                self.spec.alias(self.model),
                *self.spec.vpcs_in(self.model),
                *self._gateways_in(self.model),
            )
            if len(theirs) == len(ours):
                to_model = dict(zip(theirs, ours, strict=True))
                to_new = {name: self.new.names[own] for name, own in to_model.items()}
                return (
                    Counterparts(self.spec, sibling, to_model, cidrs_of(self.spec, self.model)),
                    Counterparts(self.spec, sibling, to_new, self.cidrs),
                )
        return None

    def _regions(self) -> Iterator[Insertion]:
        if "regions" in self.document:
            yield Insertion(path=("regions",), key=self.alias, value=self.name)

    def _vpcs(self) -> Iterator[Insertion]:
        for vpc in self.spec.vpcs_in(self.model):
            written = self.document["vpcs"][vpc]
            copied = self.new.value(written)
            for tier, routes in written.get("routes", {}).items():
                copied["routes"][tier] = self.new.routes(routes) | self._towards_model(routes)
            yield Insertion(path=("vpcs",), key=self.new.names[vpc], value=copied)
        for vpc, written in self.document["vpcs"].items():
            own = self.spec.region_of(vpc) == self.model
            for tier, routes in written.get("routes", {}).items():
                yield from self._added_routes(("vpcs", vpc, "routes", tier), routes, own)
        for tier, claimed in self.document.get("tiers", {}).items():
            yield from self._tier_routes(tier, claimed.get("routes", {}))

    def _tier_routes(self, tier: str, routes: dict[str, str]) -> Iterator[Insertion]:
        """What a tier's routes everywhere have to lead to besides, in each VPC but the new ones."""
        added = {to: via for to, via in _followed(self.new, routes) if to not in routes}
        for vpc, written in self.document["vpcs"].items() if added else ():
            if tier not in written.get("subnets", {}):
                continue
            own = written.get("routes")
            if own is None:
                yield Insertion(path=("vpcs", vpc), key="routes", value={tier: added})
            elif tier not in own:
                yield Insertion(path=("vpcs", vpc, "routes"), key=tier, value=added)
            else:
                for to, via in added.items():
                    yield Insertion(path=("vpcs", vpc, "routes", tier), key=to, value=via)

    def _gateways(self) -> Iterator[Insertion]:
        for name in self._gateways_in(self.model):
            copied = self.new.value(self.document["transit_gateways"][name])
            for table, written in self.document["transit_gateways"][name].get("route_tables", {}).items():
                copied["route_tables"][table] |= self._joined(written)
            yield Insertion(path=("transit_gateways",), key=self.new.names[name], value=copied)
        for name, gateway in self.document.get("transit_gateways", {}).items():
            own = name in self._gateways_in(self.model)
            for table, written in gateway.get("route_tables", {}).items():
                path: Path = ("transit_gateways", name, "route_tables", table)
                yield from self._added_routes((*path, "routes"), written.get("routes", {}), own)
                for key in ("associated", "propagated"):
                    yield from self._added_sides((*path, key), written.get(key, []), own)

    def _joined(self, written: Document) -> Document:
        """What a table of the new Region holds for the model, as the model's own table does for a sibling."""
        if self._of_sibling is None:
            return {}
        to_model, _ = self._of_sibling
        found: Document = {}
        for key in ("associated", "propagated"):
            listed = written.get(key, [])
            added = [to_model.names[side] for side in listed if side in to_model.names]
            if listed:
                found[key] = [*self.new.value(listed), *added]
        if "routes" in written:
            found["routes"] = self.new.value(written["routes"]) | self._towards_model(written["routes"])
        return found

    def _towards_model(self, routes: dict[str, str]) -> dict[str, str]:
        return dict(_followed(self._of_sibling[0], routes)) if self._of_sibling else {}

    def _added_routes(self, path: Path, routes: dict[str, str], own: bool) -> Iterator[Insertion]:  # noqa: FBT001
        """The routes towards the new Region that a dictionary of routes needs; `own` says it is the model's."""
        if own:
            added = _followed(self._of_sibling[1], routes) if self._of_sibling else iter(())
        else:
            added = _followed(self.new, routes)
        for destination, via in added:
            if destination not in routes:
                yield Insertion(path=path, key=destination, value=via)

    def _added_sides(self, path: Path, listed: list[str], own: bool) -> Iterator[Insertion]:  # noqa: FBT001
        places = (self._of_sibling[1] if self._of_sibling else None) if own else self.new
        for side in listed if places else ():
            if places and side in places.names and places.names[side] not in listed:
                yield Insertion(path=path, value=places.names[side])

    def _new_peers(self) -> list[list[str]]:
        """The ends of each peering that the new Region has."""
        own = self._gateways_in(self.model)
        found = [
            [self.new.names[end] if end in own else end for end in peering.between]
            for peering in self.spec.peerings
            if {*own} & {*peering.between}
        ]
        return found + [[each, self.new.names[each]] for each in own if self._is_meshed]

    def _peerings(self) -> Iterator[Insertion]:
        for ends in self._new_peers():
            yield Insertion(path=("peerings",), value={"between": ends})
        for joined in self.document.get("vpc_peerings", []):
            renamed = self.new.value(joined)
            if renamed != joined:
                yield Insertion(path=("vpc_peerings",), value={"between": renamed["between"]})

    def _homes(self) -> Iterator[Insertion]:
        """The new names in every list that tells who has something."""
        document = self.document
        lists: list[tuple[Path, Any]] = [
            (("roles", role, "vpcs"), claimed.get("vpcs"))
            for role, claimed in document.get("roles", {}).items()
        ]
        lists += [
            (("vpc_endpoints", index, "vpcs"), claimed.get("vpcs"))
            for index, claimed in enumerate(document.get("vpc_endpoints", []))
        ]
        for section, key in (
            ("load_balancer", "vpcs"),
            ("ecs", "vpcs"),
            ("dynamodb", "replica_regions"),
            ("global_accelerator", "endpoint_regions"),
        ):
            lists.append(((section, key), (document.get(section) or {}).get(key)))
        for path, listed in lists:
            for name in listed or ():
                if name in self.new.names:
                    yield Insertion(path=path, value=self.new.names[name])

    def _lists(self) -> Iterator[Insertion]:
        """The ranges that hold the model's addresses and not the new ones."""
        acl = self.document.get("network_acl") or {}
        for path, listed in (
            (("network_acl", "allow_within"), acl.get("allow_within")),
            (
                ("security", "no_internet_transit_within"),
                (self.document.get("security") or {}).get("no_internet_transit_within"),
            ),
        ):
            known = [cidr for cidr in map(network, listed or ()) if cidr]
            for cidr in dict.fromkeys(new for old in known for new in self._also(old)):
                if not any(cidr.subnet_of(own) for own in known):
                    yield Insertion(path=path, value=str(cidr))

    def _also(self, cidr: IPv4Network) -> tuple[IPv4Network, ...]:
        return self.new.of(cidr) if self.new.belongs(cidr) else self.new.missing(cidr)

    def _rules(self) -> Iterator[Insertion]:
        for role, claimed in self.document.get("roles", {}).items():
            for direction, key in (("ingress", "from"), ("egress", "to")):
                for line in claimed.get(direction) or ():
                    peer = line.get(key, "")
                    cidr = network(peer)
                    names = (
                        [self.new.names[peer]] if peer in self.spec.vpcs and peer in self.new.names else []
                    )
                    for other in [str(new) for new in self._also(cidr)] if cidr else names:
                        yield Insertion(path=("roles", role, direction), value=line | {key: other})

    def _flows(self) -> Iterator[Insertion]:
        for index, flow in enumerate(self.document.get("flows", [])):
            ends = {key: flow[key] if isinstance(flow[key], list) else [flow[key]] for key in ("from", "to")}
            concerned = {
                key: [end for end in listed if end in self._vpc_names] for key, listed in ends.items()
            }
            if any(concerned[key] and concerned[key] == ends[key] for key in ends):
                ours = {key: value for key, value in self.new.value(flow).items() if key != "id"}
                name = str(flow.get("id", ""))
                yield Insertion(path=("flows",), value=({"id": self._renamed(name)} if name else {}) | ours)
                continue
            for key, listed in concerned.items():
                for end in listed:
                    yield Insertion(path=("flows", index, key), value=self.new.names[end])

    @cached_property
    def _vpc_names(self) -> frozenset[str]:
        return frozenset(self.spec.vpcs_in(self.model))

    def _renamed(self, name: str) -> str:
        old = self.spec.alias(self.model)
        return name.replace(old, self.alias) if old in name else f"{name}-{self.alias}"

    def _advice(self) -> Iterator[str]:
        """What follows from one more Region and no rule of the document tells."""
        spec = self.spec
        new = [cidr for vpc in self.cidrs for cidr in vpc]
        yield f"{self.name} takes after {self.model}: {', '.join(map(str, new))}"
        peers = self._new_peers()
        for ends in peers:
            yield f"peering {' – '.join(ends)}: claims no round trip and no throughput yet"
        if not peers and spec.transit_gateways:
            yield "no peering tells how Regions are joined: the new one is joined to none"
        largest = max(new, key=lambda cidr: cidr.num_addresses)
        taken = [*new, *(cidr for vpc in spec.vpcs.values() for cidr in vpc.cidrs)]
        for space in spec.address_space:
            if largest.prefixlen > space.prefixlen and _is_full(space, largest.prefixlen, taken):
                yield f"address_space: {space} has no free /{largest.prefixlen} left"
        if spec.capacity:
            yield f"capacity: no number of {spec.capacity.role} instances in {self.alias}"
        if spec.cost.transfer:
            yield f"cost.transfer: no row for {', '.join('-'.join(ends) for ends in peers)}"
        if spec.catalogue:
            yield f"{spec.catalogue}: sentences that list Regions do not name {self.name}"
        if self.planned:
            yield "expansion: planned this Region, which is part of the network now"


def _followed(places: Counterparts, routes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The routes to the counterparts of what routes lead to."""
    for destination, via in routes.items():
        led = places.names.get(via, via)
        cidr = network(destination)
        if destination in places.names:
            yield places.names[destination], led
        elif cidr is not None:
            found = places.of(cidr) if places.belongs(cidr) else places.missing(cidr)
            yield from ((str(new), led) for new in found)


def _is_full(space: IPv4Network, size: int, taken: Sequence[IPv4Network]) -> bool:
    if size - space.prefixlen > 12:  # noqa: PLR2004  # 4,096 ranges: such a space is not soon full
        return False
    return all(any(part.overlaps(cidr) for cidr in taken) for part in space.subnets(new_prefix=size))
