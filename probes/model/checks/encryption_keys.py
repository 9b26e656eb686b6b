"""Whose keys the data at rest is encrypted with."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import global_tables, some, some_file_systems


def tenant_keys(documented: Documented, region: str) -> dict[str, str]:
    """The IDs of the keys that the spec's glob for tenants' aliases names, each with its alias.

    Raises EmptySelectionError when there is none.
    """
    pattern = documented.spec.security.tenant_key_alias
    aliases = documented.collection("kms_aliases")
    named = tuple(alias for alias in aliases.in_region(region) if fnmatchcase(alias.id, pattern))
    found = some(named, f"KMS alias like {pattern!r} in {region}")
    return {aliases.known(alias, "target_key_id"): alias.id for alias in found}


def stores(documented: Documented, region: str) -> Iterable[tuple[str, str]]:
    """What holds tenants' data, by label, with the ID of its key; empty is a key of AWS's own."""
    for vpc in documented.spec.vpcs_in(region) if documented.spec.fsx else ():
        for file_system in some_file_systems(documented, vpc):
            yield file_system.label, _key_id(file_system.kms_key_id)
    for table in global_tables(documented, region) if documented.spec.dynamodb else ():
        yield table.label, _key_id(table.kms_key_id)


def _key_id(text: str) -> str:
    return text.rsplit("/", 1)[-1]
