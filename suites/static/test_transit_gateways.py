"""The Transit Gateways and what joins them to the VPCs."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.conformance.verdict import Violation, mismatch, violation_unless
from probes.model.spec import Spec
from probes.model.state import Subnet, TgwAttachment, TransitGateway, Vpc

requirement = pytest.mark.requirement


@requirement("TGW-01")
def test_region_has_one_available_transit_gateway(documented: Documented, region: str) -> None:
    """Each Region has exactly one Transit Gateway, in state available."""
    gateways = documented.transit_gateways(region)
    violations = violation_unless(
        [gateway.state for gateway in gateways] == ["available"],
        resource=f"Transit Gateways of {region}",
        expected="1 available",
        observed=[f"{gateway.label} {gateway.state}" for gateway in gateways],
        hint="keep one Transit Gateway per Region and wait until it is available",
    )

    assert violations == []


@requirement("TGW-02")
def test_transit_gateway_has_the_documented_asn(
    spec: Spec, documented: Documented, region: str, transit_gateway: TransitGateway
) -> None:
    """The Amazon-side ASN is the documented one."""
    violations = mismatch(
        resource=transit_gateway.label,
        expected=f"AmazonSideAsn {spec.regions[region].tgw_asn}",
        observed=f"AmazonSideAsn {documented.collection('transit_gateways').known(transit_gateway, 'asn')}",
        hint="set the ASN while no VPN, Direct Connect or Connect attachment exists, or correct the spec",
    )

    assert violations == []


@requirement("TGW-03")
def test_vpc_is_attached_to_its_transit_gateway(documented: Documented, region: str, vpc: Vpc) -> None:
    """The documented VPC has one attachment to its Region's Transit Gateway, in state available."""
    attachments = [
        a for a in documented.attachments(region) if a.resource_type == "vpc" and a.resource_id == vpc.id
    ]
    violations = violation_unless(
        [a.state for a in attachments] == ["available"],
        resource=vpc.label,
        expected="one Transit Gateway attachment, available",
        observed=[f"{a.label} {a.state}" for a in attachments],
        hint="attach the VPC to the Transit Gateway and accept the attachment",
    )

    assert violations == []


@requirement("TGW-04")
def test_attachment_uses_exactly_the_documented_subnets(
    spec: Spec, region: str, subnets: tuple[Subnet, ...], vpc_attachment: TgwAttachment
) -> None:
    """The attachment's interfaces live in the documented TGW subnets and nowhere else."""
    cidr_of = {subnet.id: subnet.cidr for subnet in subnets}
    violations = mismatch(
        resource=vpc_attachment.label,
        expected=set(spec.regions[region].subnets.tgw),
        observed={cidr_of.get(subnet_id, subnet_id) for subnet_id in vpc_attachment.subnet_ids},
        hint="modify the attachment so that it uses the /28 TGW subnets",
    )

    assert violations == []


@requirement("TGW-05")
def test_attachments_are_associated_with_the_table_that_has_the_routes(
    documented: Documented, region: str, attachments: tuple[TgwAttachment, ...]
) -> None:
    """The VPC and peering attachments look their routes up in the table that carries the documented ones."""
    serving = documented.serving_table(region)
    relevant = [a for a in attachments if a.resource_type in {"vpc", "peering"}]
    violations = [
        Violation(
            resource=attachment.label,
            expected=f"associated with {serving.label}",
            observed=_association(documented, region, attachment),
            hint="associate the attachment with that table: what enters from it is dropped otherwise",
        )
        for attachment in relevant
        if attachment.id not in serving.associations or attachment.policy_table_id
    ]

    assert violations == []


@requirement("TGW-06")
def test_attachment_options_are_sane(vpc_attachment: TgwAttachment) -> None:
    """Appliance mode is off: no stateful appliance is documented, and it would pin flows to one zone."""
    violations = mismatch(
        resource=vpc_attachment.label,
        expected="appliance mode disabled",
        observed=f"appliance mode {'enabled' if vpc_attachment.appliance_mode else 'disabled'}",
        hint="disable appliance mode on the attachment",
    )

    assert violations == []


def _association(documented: Documented, region: str, attachment: TgwAttachment) -> str:
    if attachment.policy_table_id:
        return f"associated with policy table {attachment.policy_table_id}, which excludes a route table"
    table = documented.table_of(region, attachment)
    return f"associated with {table.label}" if table else "not associated with any route table"
