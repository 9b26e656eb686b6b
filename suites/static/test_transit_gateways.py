"""The Transit Gateways and what joins them to the VPCs."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.conformance.verdict import Violation, mismatch, violation_unless
from probes.model.spec import Spec
from probes.model.spec.claims import AttachmentClaim, GatewayClaim, TableClaim
from probes.model.state import TgwAttachment

rule = pytest.mark.rule


@rule("tgw-available")
def test_documented_transit_gateway_is_available(
    spec: Spec, documented: Documented, gateway_claim: GatewayClaim
) -> None:
    """There is exactly one Transit Gateway that the document can mean, in state available."""
    gateways = documented.transit_gateways(gateway_claim.gateway)
    violations = violation_unless(
        [gateway.state for gateway in gateways] == ["available"],
        resource=f"Transit Gateways of {spec.gateway_region(gateway_claim.gateway)}",
        expected="1 available",
        observed=[f"{gateway.label} {gateway.state}" for gateway in gateways],
        hint="keep one Transit Gateway for the documented VPCs and wait until it is available",
    )

    assert violations == []


@rule("tgw-asn")
def test_transit_gateway_has_the_documented_asn(
    spec: Spec, documented: Documented, asn_claim: GatewayClaim
) -> None:
    """The Amazon-side ASN is the documented one."""
    transit_gateway = documented.transit_gateway(asn_claim.gateway)
    violations = mismatch(
        resource=transit_gateway.label,
        expected=f"AmazonSideAsn {spec.transit_gateways[asn_claim.gateway].asn}",
        observed=f"AmazonSideAsn {documented.collection('transit_gateways').known(transit_gateway, 'asn')}",
        hint="set the ASN while no VPN, Direct Connect or Connect attachment exists, or correct the spec",
    )

    assert violations == []


@rule("tgw-attachment")
def test_vpc_is_attached_to_its_transit_gateway(
    documented: Documented, attachment_claim: AttachmentClaim
) -> None:
    """The documented VPC has one attachment to its Transit Gateway, in state available."""
    vpc = documented.vpc(attachment_claim.vpc)
    attachments = [
        a
        for a in documented.attachments(attachment_claim.gateway)
        if a.resource_type == "vpc" and a.resource_id == vpc.id
    ]
    violations = violation_unless(
        [a.state for a in attachments] == ["available"],
        resource=vpc.label,
        expected="one Transit Gateway attachment, available",
        observed=[f"{a.label} {a.state}" for a in attachments],
        hint="attach the VPC to the Transit Gateway and accept the attachment",
    )

    assert violations == []


@rule("tgw-attachment-subnets")
def test_attachment_uses_exactly_the_documented_subnets(
    spec: Spec, documented: Documented, placed_attachment_claim: AttachmentClaim
) -> None:
    """The attachment's interfaces live in the documented subnets and nowhere else."""
    vpc = placed_attachment_claim.vpc
    vpc_attachment = documented.vpc_attachment(placed_attachment_claim.gateway, vpc)
    cidr_of = {subnet.id: subnet.cidr for subnet in documented.subnets(vpc)}
    violations = mismatch(
        resource=vpc_attachment.label,
        expected=set(spec.vpcs[vpc].tier(spec.vpcs[vpc].attachment)),
        observed={cidr_of.get(subnet_id, subnet_id) for subnet_id in vpc_attachment.subnet_ids},
        hint="modify the attachment so that it uses the documented subnets",
    )

    assert violations == []


@rule("tgw-association")
def test_attachments_are_associated_with_the_documented_table(
    documented: Documented, associated_table_claim: TableClaim
) -> None:
    """The documented attachments look their routes up in the table that carries the documented ones."""
    claim = associated_table_claim
    gateway = claim.gateway
    there = documented.live_tables(gateway)
    claimed = documented.spec.transit_gateways[gateway].route_tables
    lacking = violation_unless(
        len(there) >= len(claimed),
        resource=documented.transit_gateway(gateway).label,
        expected=f"{len(claimed)} route tables: {', '.join(claimed)}",
        observed=[table.label for table in there],
        hint="create the route table that is missing, with its associations and routes",
    )
    assert lacking == []

    table = documented.route_table(gateway, claim.table)
    wanted = documented.attachments_named(gateway, claim.claimed.associated)
    violations = [
        Violation(
            resource=attachment.label,
            expected=f"associated with {table.label}",
            observed=_association(documented, gateway, attachment),
            hint="associate the attachment with that table: what enters from it is dropped otherwise",
        )
        for attachment in wanted
        if attachment.id not in table.associations or attachment.policy_table_id
    ]

    assert violations == []


@rule("tgw-appliance-mode")
def test_attachment_has_the_documented_appliance_mode(
    spec: Spec, documented: Documented, attachment_claim: AttachmentClaim
) -> None:
    """Appliance mode is on where the document has a stateful appliance, and nowhere else.

    https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
    """
    vpc_attachment = documented.vpc_attachment(attachment_claim.gateway, attachment_claim.vpc)
    wanted = _mode(spec.vpcs[attachment_claim.vpc].appliance_mode)
    violations = mismatch(
        resource=vpc_attachment.label,
        expected=wanted,
        observed=_mode(vpc_attachment.appliance_mode),
        hint=f"modify the attachment: {wanted}",
    )

    assert violations == []


def _mode(enabled: bool) -> str:  # noqa: FBT001  # one word for one flag
    return f"appliance mode {'enabled' if enabled else 'disabled'}"


def _association(documented: Documented, gateway: str, attachment: TgwAttachment) -> str:
    if attachment.policy_table_id:
        return f"associated with policy table {attachment.policy_table_id}, which excludes a route table"
    table = documented.table_of(gateway, attachment)
    return f"associated with {table.label}" if table else "not associated with any route table"
