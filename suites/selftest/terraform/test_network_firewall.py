"""AWS Network Firewall in Terraform: its endpoints are in the state, and come with the apply in a plan."""

from pathlib import Path
from typing import Any

from probes.model.network.firewalls import firewall_of
from probes.model.network.index import Network
from probes.model.state.vpc import FIREWALL_ENDPOINT
from probes.sources import load_state
from suites.selftest.terraform import plans

NETWORK: dict[str, Any] = {
    "aws_vpc.main": {"id": "vpc-1", "cidr_block": "10.1.0.0/16"},
    "aws_subnet.inside": {
        "id": "subnet-1",
        "vpc_id": "vpc-1",
        "cidr_block": "10.1.0.0/28",
        "availability_zone": "eu-west-1a",
    },
    "aws_route_table.main": {"id": "rtb-1", "vpc_id": "vpc-1", "route": []},
}
STATUS = [
    {
        "sync_states": [
            {
                "availability_zone": "eu-west-1a",
                "attachment": [{"endpoint_id": "vpce-1", "subnet_id": "subnet-1"}],
            }
        ]
    }
]


def test_endpoints_of_a_firewall_are_read_and_routes_lead_into_them(tmp_path: Path) -> None:
    root = NETWORK | {
        "aws_networkfirewall_firewall.main": {"id": "fw", "vpc_id": "vpc-1", "firewall_status": STATUS},
        "aws_route.in": {
            "id": "r-1",
            "route_table_id": "rtb-1",
            "destination_cidr_block": "0.0.0.0/0",
            "vpc_endpoint_id": "vpce-1",
        },
    }
    state = load_state(f"terraform:{plans.write(tmp_path, plans.state(root))}")
    (endpoint,) = state.vpc_endpoints
    (route,) = (r for t in state.vpc_route_tables for r in t.routes if r.target_id == "vpce-1")

    assert (endpoint.endpoint_type, endpoint.vpc_id, endpoint.subnet_ids) == (
        FIREWALL_ENDPOINT,
        "vpc-1",
        ("subnet-1",),
    )
    assert firewall_of(Network(state), "eu-west-1", route) == endpoint
    assert "aws_networkfirewall_firewall" not in state.not_modelled


def test_endpoints_of_a_new_firewall_come_with_the_apply(tmp_path: Path) -> None:
    root = {
        "aws_vpc.main": {"cidr_block": "10.1.0.0/16"},
        "aws_subnet.inside": {"vpc_id": "=aws_vpc.main.id", "cidr_block": "10.1.0.0/28"},
        "aws_networkfirewall_firewall.main": {
            "name": "fw",
            "vpc_id": "=aws_vpc.main.id",
            "subnet_mapping": [{"subnet_id": "=aws_subnet.inside.id"}],
        },
    }
    state = load_state(f"terraform:{plans.write(tmp_path, plans.plan(root))}")

    assert state.vpc_endpoints == ()
    assert [(gap.reason, gap.after_apply) for gap in state.gaps if gap.kind == "vpc_endpoints"] == [
        ("aws_networkfirewall_firewall.main: AWS makes its endpoints at the apply", True)
    ]
