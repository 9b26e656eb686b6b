"""All mutations of a network, in the order of the table that docs show."""

from collections.abc import Iterator

from probes.model.spec import Spec
from probes.model.state import State
from suites.selftest.mutations.addresses import of_addresses
from suites.selftest.mutations.filters import of_acls, of_groups
from suites.selftest.mutations.gateways import of_gateway_tables, of_gateways
from suites.selftest.mutations.harmless import harmless
from suites.selftest.mutations.mutation import Mutation
from suites.selftest.mutations.routes import of_routes
from suites.selftest.mutations.services import (
    of_capacity,
    of_edge,
    of_endpoints,
    of_monitoring,
    of_storage,
)


def mutations_of(spec: Spec, state: State) -> Iterator[Mutation]:
    """Every mutation of every kind."""
    yield from of_addresses(spec, state)
    yield from of_routes(spec, state)
    yield from of_groups(spec, state)
    yield from of_capacity(spec, state)
    for kinds in (
        of_gateways,
        of_gateway_tables,
        of_acls,
        of_endpoints,
        of_edge,
        of_storage,
        of_monitoring,
        harmless,
    ):
        yield from kinds(state)
