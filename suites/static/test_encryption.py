"""Encryption on the way and at rest."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.encryption_keys import stores, tenant_keys
from probes.model.conformance.verdict import Violation, violation_unless
from probes.model.spec import Spec
from probes.model.state import TransitGateway

requirement = pytest.mark.requirement


@requirement("SEC-02")
def test_transit_gateway_encrypts_within_its_region(
    spec: Spec, documented: Documented, transit_gateway: TransitGateway
) -> None:
    """Encryption Support is on where the document wants all traffic encrypted: AWS's default ends at the Region."""
    state = documented.collection("transit_gateways").known(transit_gateway, "encryption_support")
    violations = violation_unless(
        spec.security.tgw_encryption != "all traffic" or state == "enabled",
        resource=transit_gateway.label,
        expected="Encryption Support enabled",
        observed=f"Encryption Support {state}",
        hint="enable it, or limit the document's claim to traffic between Regions",
    )

    assert violations == []


@requirement("SEC-03")
def test_data_is_encrypted_with_keys_of_tenants(documented: Documented, region: str) -> None:
    """Each file system and table is encrypted with the key of a tenant."""
    keys = tenant_keys(documented, region)
    violations = [
        Violation(
            resource=label,
            expected=f"one of the tenants' keys {', '.join(sorted(keys))}",
            observed=key or "a key of AWS's own",
            hint="a file system or table has one key: give each tenant its own, or encrypt on the client",
        )
        for label, key in stores(documented, region)
        if key not in keys
    ]

    assert violations == []
