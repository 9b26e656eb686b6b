"""
The route tables of the VPCs.
"""

from ipaddress import IPv4Network

import pytest

from probes.model.documented import Documented
from probes.model.network import Network
from probes.model.spec import Spec, Tier
from probes.model.state import RouteTargetKind, Subnet, TransitGateway, VpcRoute, VpcRouteTable
from probes.model.verdict import Violation

requirement = pytest.mark.requirement
