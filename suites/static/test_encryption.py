"""Encryption on the way and at rest."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.encryption_keys import stores, tenant_keys
from probes.model.conformance.verdict import Violation, violation_unless
from probes.model.spec.claims import GatewayClaim, RegionClaim

rule = pytest.mark.rule


@rule("tgw-encryption")
def test_transit_gateway_encrypts_within_its_region(
    documented: Documented, encrypted_gateway_claim: GatewayClaim
) -> None:
    """Encryption Support is on where the document wants all traffic encrypted: AWS's default ends at the Region."""
    transit_gateway = documented.transit_gateway(encrypted_gateway_claim.gateway)
    state = documented.collection("transit_gateways").known(transit_gateway, "encryption_support")
    violations = violation_unless(
        state == "enabled",
        resource=transit_gateway.label,
        expected="Encryption Support enabled",
        observed=f"Encryption Support {state}",
        hint="enable it, or limit the document's claim to traffic between Regions",
    )

    assert violations == []


@rule("tenant-keys")
def test_data_is_encrypted_with_keys_of_tenants(
    documented: Documented, tenant_key_claim: RegionClaim
) -> None:
    """Each file system and table is encrypted with the key of a tenant, and each tenant's key encrypts one."""
    region = tenant_key_claim.region
    keys, found = tenant_keys(documented, region), list(stores(documented, region))
    idle = [alias for key, alias in keys.items() if key not in {used for _, used in found}]
    violations = [
        Violation(
            resource=f"{label} with a key of {'no tenant' if key else 'AWS'}",
            expected=f"one of the tenants' keys {', '.join(sorted(keys))}",
            observed=key or "a key of AWS's own",
            hint="a file system or table has one key: give each tenant its own, or encrypt on the client",
        )
        for label, key in found
        if key not in keys
    ] + [
        Violation(
            resource=f"{label} with the key of one tenant",
            expected="a file system or table for the key of each tenant",
            observed=f"{keys[key]}; nothing is encrypted with {', '.join(sorted(idle))}",
            hint="whoever has this key reads the other tenants' data: give each its own, or encrypt on the client",
        )
        for label, key in found
        if key in keys and idle
    ]

    assert violations == []
