"""Small dumps to be read, broken and rearranged."""

import json
from pathlib import Path
from typing import Any

from probes.model.state import State
from probes.sources.dump import load_dump

Item = dict[str, Any]

REGION = "us-east-1"
VPC: Item = {"VpcId": "vpc-0a1b2c3d4", "CidrBlock": "10.66.0.0/18"}
SUBNET: Item = {
    "SubnetId": "subnet-0a1b2c3d4",
    "VpcId": "vpc-0a1b2c3d4",
    "CidrBlock": "10.66.10.0/23",
    "AvailabilityZone": "us-east-1a",
}
TGW: Item = {"TransitGatewayId": "tgw-0a1b2c3d4", "State": "available"}
TABLE: Item = {
    "TransitGatewayRouteTableId": "tgw-rtb-0a1b2c3d4",
    "TransitGatewayId": "tgw-0a1b2c3d4",
    "State": "available",
}
ATTACHMENT: Item = {
    "TransitGatewayAttachmentId": "tgw-attach-0a1b2c3d4",
    "TransitGatewayId": "tgw-0a1b2c3d4",
    "VpcId": "vpc-0a1b2c3d4",
    "State": "available",
    "SubnetIds": ["subnet-0a1b2c3d4"],
}
GENERAL_ATTACHMENT: Item = {
    "TransitGatewayAttachmentId": "tgw-attach-0a1b2c3d4",
    "TransitGatewayId": "tgw-0a1b2c3d4",
    "ResourceType": "vpc",
    "ResourceId": "vpc-0a1b2c3d4",
    "State": "available",
    "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0a1b2c3d4", "State": "associated"},
}


def write(folder: Path, name: str, content: object) -> Path:
    """One JSON file below the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def load(folder: Path, **answers: object) -> State:
    """The state in these answers of one Region, each in a file named after its key."""
    for key, items in answers.items():
        write(folder, f"{REGION}/{key}.json", {key: items})
    return load_dump(folder)
