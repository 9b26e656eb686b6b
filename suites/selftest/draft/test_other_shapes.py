"""Networks of other shapes than those that ship: built, judged, drafted, and judged by the draft."""

from collections import Counter
from pathlib import Path

import pytest

from fixtures.build import build_state
from fixtures.build.describe import write_dump
from probes.model.draft.spec import draft
from probes.model.spec.claims import CLAIMS
from probes.sources import load_state
from probes.sources.documents.spec import load_spec
from probes.sources.documents.spec_text import spec_text
from suites.selftest.suites.static_runs import judge

PEERED = """\
name: pair
regions: {use1: us-east-1, euw1: eu-west-1}
tiers: {app: {}}
vpcs:
  a: {region: use1, cidr: 10.1.0.0/16, subnets: {app: [10.1.0.0/24, 10.1.1.0/24]}, routes: {app: {b: b}}}
  b: {region: euw1, cidr: 10.2.0.0/16, subnets: {app: [10.2.0.0/24]}}
  c: {region: use1, cidr: 10.3.0.0/16, subnets: {app: [10.3.0.0/24]}}
vpc_peerings: [{between: [a, b]}, {between: [c, a]}]
flows:
  - {from: a, to: b, tcp: [443]}
  - {from: b, to: c, all: true, expect: denied}
"""
TWO_GATEWAYS = """\
name: two
regions: {use1: us-east-1}
tiers: {app: {}, tgw: {}}
vpcs:
  a:
    region: use1
    cidr: 10.1.0.0/16
    subnets: {app: [10.1.0.0/24], tgw: [10.1.255.0/28]}
    routes: {app: {10.2.0.0/16: "transit-gateway:old", 10.3.0.0/16: "transit-gateway:new"}}
  b:
    region: use1
    cidr: 10.2.0.0/16
    subnets: {app: [10.2.0.0/24], tgw: [10.2.255.0/28]}
    routes: {app: {a: transit-gateway}}
  c:
    region: use1
    cidr: 10.3.0.0/16
    subnets: {app: [10.3.0.0/24], tgw: [10.3.255.0/28]}
    routes: {app: {a: transit-gateway}}
transit_gateways:
  old: {region: use1, asn: 64512, route_tables: {main: {associated: [a, b], propagated: [a, b]}}}
  new: {region: use1, asn: 64513, route_tables: {main: {associated: [a, c], propagated: [a, c]}}}
flows:
  - {from: a, to: b, tcp: [443]}
  - {from: c, to: a, icmp: true}
  - {from: b, to: c, all: true, expect: denied}
"""
ATTACHMENTS_ONLY = """\
name: bare
regions: {use1: us-east-1}
tiers: {tgw: {}}
vpcs:
  a: {region: use1, cidr: 10.1.0.0/16, subnets: {tgw: [10.1.255.0/28]}}
transit_gateways:
  use1: {route_tables: {main: {associated: [a], propagated: [a]}, spare: {}}}
"""
SHAPES = {
    "VPC peerings, no Transit Gateway": PEERED,
    "two Transit Gateways in a Region": TWO_GATEWAYS,
    "no subnet for hosts, a table that nothing uses": ATTACHMENTS_ONLY,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_network_and_its_draft_conform(tmp_path: Path, shape: str) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(SHAPES[shape])
    write_dump(build_state(load_spec(spec)), tmp_path / "dump")
    state = f"--state=dump:{tmp_path / 'dump'}"
    drafted = tmp_path / "drafted.yaml"
    drafted.write_text(spec_text(draft(load_state(f"dump:{tmp_path / 'dump'}"), "network")))

    for name in (spec, drafted):
        found = judge(tmp_path, f"--spec={name}", state, "--draws=10")
        assert found.exit_code == pytest.ExitCode.OK, found.output


@pytest.mark.parametrize("shape", SHAPES)
def test_no_two_claims_of_a_kind_have_one_name(tmp_path: Path, shape: str) -> None:
    (tmp_path / "spec.yaml").write_text(SHAPES[shape])
    spec = load_spec(tmp_path / "spec.yaml")
    for kind, claims in CLAIMS.items():
        twice = [name for name, times in Counter(claim.name for claim in claims(spec)).items() if times > 1]
        assert twice == [], kind
