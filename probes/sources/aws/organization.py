"""The accounts of an AWS Organization: `aws:org`, or `aws:org:ROLE` for another role than AWS's own.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
"""

import re
from collections.abc import Iterator
from typing import Any

from probes.model.errors import InputError, ProbeError
from probes.sources.aws.clients import Clients
from probes.sources.aws.credential_errors import fatal
from probes.sources.aws.credentials import Access
from probes.sources.aws.errors import code_of, denying_policy
from probes.sources.aws.transport_errors import transport_cause

ORGANIZATION = "org"
ROLE_OF_AWS = "OrganizationAccountAccessRole"
"""
What AWS makes in an account that is created in an organization.
"""

ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
ACTIVE = "ACTIVE"


def role_of_organization(text: str) -> str | None:
    """The role's name in what follows "aws:"; None when that means no organization. Raises InputError."""
    scheme, colon, role = text.partition(":")
    if scheme != ORGANIZATION:
        return None
    role = role if colon else ROLE_OF_AWS
    if not ROLE_NAME.fullmatch(role):
        raise InputError(f"aws:{text}: expected aws:org or aws:org:ROLE-NAME")
    return role


def accesses_of_organization(clients: Clients, region: str, role: str) -> tuple[Access, ...]:
    """The role in each active account of the organization; in the asking account its own credentials.

    Raises CredentialsError, or ProbeError saying why the accounts cannot be listed.
    """
    clients.authenticate()
    try:
        sts: Any = clients.client("sts", region, patient=False)
        own = sts.get_caller_identity()["Account"]
        accounts = list(_active_accounts(clients, region))
    except Exception as error:  # whatever botocore makes of what answers there
        raise fatal(error, clients.access) or ProbeError(
            f"AWS: cannot list the accounts of the organization with {clients.access.label}: "
            f"{code_of(error) or transport_cause(error) or type(error).__name__}{denying_policy(error)}"
        ) from error
    partition = clients.partition(region)
    return tuple(
        clients.access if id_ == own else Access(role_arn=f"arn:{partition}:iam::{id_}:role/{role}")
        for id_ in accounts
    )


def _active_accounts(clients: Clients, region: str) -> Iterator[str]:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html ."""
    api: Any = clients.client("organizations", region)
    for page in api.get_paginator("list_accounts").paginate():
        for account in page["Accounts"]:
            if account.get("State", account.get("Status")) == ACTIVE and ACCOUNT_ID.fullmatch(account["Id"]):
                yield account["Id"]
