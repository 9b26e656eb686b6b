"""What the spec alone decides, by the requirements of the bundled catalogue."""

from probes.model.conformance.rules import requirements_of
from probes.model.conformance.verdict import Violation
from probes.model.spec import Spec
from probes.model.spec_checks.requirements import spec_claims
from probes.sources.documents.catalogue import load_catalogue
from suites.selftest.spec.edit import CATALOGUE

KNOWN = load_catalogue(CATALOGUE)


def decided(spec: Spec) -> dict[str, tuple[Violation, ...]]:
    """The violations of every requirement that some claim of the spec decides."""
    found: dict[str, tuple[Violation, ...]] = {}
    for claim in spec_claims(spec):
        for name in requirements_of(KNOWN, "spec", claim.name):
            found[name] = found.get(name, ()) + claim.check(spec)
    return found
