"""The Internet and tenants' ranges as sources: where they come in, whom they reach, whose replies get back."""

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from msgspec.structs import replace

from fixtures.faults.recorded import load_broken, write_broken
from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint, internet
from probes.model.network.entry_points import tenants
from probes.model.network.index import Network
from probes.model.reachability.analysis import Reachability
from probes.model.state import (
    Gap,
    InternetGateway,
    RouteTargetKind,
    State,
    TgwAttachment,
    TgwRoute,
    VpcPeering,
    VpcRoute,
)
from probes.model.state.tgw import CHANGING
from probes.sources import load_state
from probes.sources.documents.spec import load_spec
from suites.selftest.reachability.networks import ANY, acl_entries, mesh, rule

ROOT = Path(__file__).resolve().parents[3]
TENANT = IPv4Network("10.34.0.0/16")
HOST = "eni-r0-0-10"


def on_the_internet(*, gateway: bool = True, public: bool = True, route: bool = True) -> State:
    """A mesh of two Regions that admits everybody, the first host of r0 with a public address."""
    state = open_to_all(mesh(2))
    default = VpcRoute(destination=ANY, target=RouteTargetKind.INTERNET_GATEWAY, target_id="igw-r0")
    return replace(
        state,
        internet_gateways=(
            InternetGateway(region="r0", id="igw-r0", vpc_ids=("vpc-r0",) if gateway else ()),
        ),
        network_interfaces=tuple(
            replace(i, public_ips={i.private_ips[0]: IPv4Address("54.0.0.1")})
            if public and i.id == HOST
            else i
            for i in state.network_interfaces
        ),
        vpc_route_tables=tuple(
            replace(t, routes=(*t.routes, default)) if route and t.id == "rtb-r0-hosts" else t
            for t in state.vpc_route_tables
        ),
    )


def open_to_all(state: State) -> State:
    everyone = (rule("-1", str(ANY)),)
    return replace(
        state,
        security_groups=tuple(replace(g, ingress=everyone) for g in state.security_groups),
        network_acls=tuple(replace(a, entries=acl_entries(ANY)) for a in state.network_acls),
    )


def reached(state: State, external_source: Endpoint) -> set[str]:
    """The interfaces that get something from an external source whose reply gets back to it."""
    analysis = Reachability(Network(state), external_sources=(external_source,))
    interfaces = [end for end in analysis.endpoints if end.kind == "interface"]
    return {end.id for end in interfaces if analysis.allowed(external_source, end)}


@pytest.mark.parametrize("missing", ["", "gateway", "public", "route"])
def test_the_internet_reaches_a_public_address_behind_a_gateway_with_a_route_back(missing: str) -> None:
    state = on_the_internet(**({missing: False} if missing else {}))

    assert reached(state, internet("r0", "vpc-r0")) == (set() if missing else {HOST})


def test_an_address_that_may_be_public_is_neither_reached_nor_not() -> None:
    gap = Gap(kind="network_interfaces", region="r0", resource=HOST, field="public_ips", reason="planned")
    state = replace(on_the_internet(public=False), gaps=(gap,))
    everybody = internet("r0", "vpc-r0")
    analysis = Reachability(Network(state), external_sources=(everybody,))
    host = next(end for end in analysis.endpoints if end.id == HOST)

    assert not analysis.allowed(everybody, host)
    assert analysis.unknown(everybody, host)


def attached(kind: str, *, back: bool = True, **fields: str) -> State:
    """A mesh of two Regions with a stranger's attachment in r0 and, with `back`, routes for tenants to it."""
    state = open_to_all(mesh(2))
    stranger = TgwAttachment(
        region="r0",
        id="stranger",
        transit_gateway_id="tgw-r0",
        resource_type=kind,
        resource_id="elsewhere",
        state="available",
        **fields,  # type: ignore[arg-type]  # all of them texts
    )
    home = TgwRoute(destination=TENANT, type="static", state="active", attachment_ids=("stranger",))
    out = VpcRoute(destination=TENANT, target=RouteTargetKind.TRANSIT_GATEWAY, target_id="tgw-r0")
    return replace(
        state,
        tgw_attachments=(*state.tgw_attachments, stranger),
        tgw_route_tables=tuple(
            replace(t, associations=(*t.associations, "stranger"), routes=(*t.routes, *[home] * back))
            if t.region == "r0"
            else t
            for t in state.tgw_route_tables
        ),
        vpc_route_tables=tuple(
            replace(t, routes=(*t.routes, out)) if t.id == "rtb-r0-hosts" else t
            for t in state.vpc_route_tables
        ),
    )


@pytest.mark.parametrize("kind", ["vpn", "vpc", "direct-connect-gateway", "peering"])
@pytest.mark.parametrize("back", [True, False])
def test_a_tenant_reaches_hosts_through_an_attachment_to_which_their_replies_return(
    kind: str,
    back: bool,  # noqa: FBT001 - whether there are routes back
) -> None:
    state = attached(kind, back=back, peer_region="r9" if kind == "peering" else "")
    (tenant,) = tenants(Network(state), (TENANT,), ("r0", "r1"))

    assert reached(state, tenant) == ({HOST, "eni-r0-1-10"} if back else set())


def test_a_tenant_reaches_the_one_vpc_that_is_peered_with_its_own() -> None:
    state = open_to_all(mesh(2))
    peering = VpcPeering(
        region="r0",
        id="pcx-stranger",
        status="active",
        requester_vpc_id="elsewhere",
        requester_region="r0",
        accepter_vpc_id="vpc-r0",
        accepter_region="r0",
    )
    back = VpcRoute(destination=TENANT, target=RouteTargetKind.VPC_PEERING, target_id=peering.id)
    tables = tuple(replace(t, routes=(*t.routes, back)) for t in state.vpc_route_tables)
    state = replace(state, vpc_peerings=(peering,), vpc_route_tables=tables)
    (tenant,) = tenants(Network(state), (TENANT,), ())

    assert reached(state, tenant) == {HOST, "eni-r0-1-10"}


@pytest.mark.parametrize("attachment, unseen", [("stranger", True), ("att-r0", False)])
def test_an_attachment_that_aws_is_modifying_may_be_a_way_in_unless_its_vpc_is_observed(
    attachment: str,
    unseen: bool,  # noqa: FBT001 - whether nobody can say where tenants come in
) -> None:
    state = attached("vpc")
    sides = tuple(
        replace(side, state="modifying") if side.id == attachment else side for side in state.tgw_attachments
    )
    gap = Gap(kind="tgw_attachments", region="r0", resource=attachment, field=CHANGING, reason="modified")
    network = Network(replace(state, tgw_attachments=sides, gaps=(gap,)))

    if unseen:
        with pytest.raises(UnobservableError, match="modified"):
            tenants(network, (TENANT,), ("r0", "r1"))
    else:
        assert [tenant.id for tenant in tenants(network, (TENANT,), ("r0", "r1"))] == ["stranger"]


def test_what_is_observed_or_documented_is_no_tenants_way_in() -> None:
    far = attached("peering", peer_region="r9")

    assert tenants(Network(mesh(2)), (TENANT,), ()) == ()
    assert tenants(Network(far), (TENANT,), ("r0", "r1", "r9")) == ()
    assert [tenant.id for tenant in tenants(Network(far), (TENANT,), ("r0", "r1"))] == ["stranger"]


@pytest.mark.parametrize(
    "name, host",
    [("gpu-reached-from-the-internet", "gpu-use1-01"), ("fsx-reached-from-a-tenant", "fsx-use1-0")],
)
def test_broken_network_lets_an_outsider_in(tmp_path: Path, name: str, host: str) -> None:
    recorded = ROOT / "fixtures" / "states" / "gpu-cluster"
    target = write_broken(
        load_broken(ROOT / "fixtures" / "broken" / f"{name}.yaml"), recorded, tmp_path / "s"
    )
    spec = load_spec(ROOT / "fixtures" / "specs" / "gpu-cluster.yaml")
    before, after = load_state(f"dump:{recorded}"), load_state(f"dump:{target}")
    interface = next(i for i in after.network_interfaces if i.name == host)
    everybody = internet(interface.region, interface.vpc_id or "")
    external_sources = (*tenants(Network(after), spec.tenants.cidrs, spec.aws_regions), everybody)

    assert reached(before, everybody) == set()
    assert interface.id in reached(after, external_sources[0])
