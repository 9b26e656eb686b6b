"""Every error that botocore may raise is one sentence with its own cause, and quotes nothing secret."""

import inspect
from string import Formatter
from typing import Any

import pytest
from botocore import exceptions as of_botocore

from probes.sources.aws.clients import SETTINGS
from probes.sources.aws.credential_errors import FATAL, SENTENCES, credentials_error, fatal
from probes.sources.aws.credentials import Access
from probes.sources.aws.errors import why
from probes.sources.aws.transport_errors import CAUSES, transport_cause

SECRET = "what-nobody-may-see"  # noqa: S105  # the word that must not be shown
NO_SECRETS: dict[type, dict[str, Any]] = {
    of_botocore.PartialCredentialsError: {"provider": "env", "cred_var": "AWS_SECRET_ACCESS_KEY"},
    of_botocore.CredentialRetrievalError: {"provider": "iam-role"},
    of_botocore.WaiterError: {"last_response": {}},
}
"""
Names that botocore itself chooses, and what a class demands besides the words of its message.
"""

OF_A_CALL = frozenset(
    {
        *(
            "AliasConflictParameterError",
            "ApiVersionNotFoundError",
            "AwsChunkedWrapperError",
            "BotoCoreError",
        ),
        *("BaseEndpointResolverError", "CapacityNotAvailableError", "ClientError", "DataNotFoundError"),
        *("EndpointProviderError", "EndpointResolutionError", "EventStreamError", "FlexibleChecksumError"),
        *("InvalidDNSNameError", "InvalidEndpointConfigurationError", "InvalidExpressionError"),
        *("InvalidHostLabelError", "InvalidRegionError", "InvalidRetryConfigurationError"),
        *("InvalidS3AddressingStyleError", "MD5UnavailableError", "MissingParametersError"),
        *("MissingServiceIdError", "NoRegionError", "OperationNotPageableError", "PaginationError"),
        *("ParamValidationError", "RangeError", "ServiceNotInRegionError", "StubAssertionError"),
        *("StubResponseError", "UnStubbedResponseError", "UndefinedModelAttributeError"),
        *("UnknownClientMethodError", "UnknownEndpointError", "UnknownEndpointResolutionBuiltInName"),
        *("UnknownKeyError", "UnknownParameterError", "UnknownRegionError", "UnknownServiceError"),
        *("UnknownServiceStyle", "UnknownSignatureVersionError", "UnseekableStreamError"),
        *("UnsupportedOutpostResourceError", "UnsupportedS3AccesspointConfigurationError"),
        *("UnsupportedS3ArnError", "UnsupportedS3ConfigurationError", "UnsupportedS3ControlArnError"),
        *("UnsupportedS3ControlConfigurationError", "UnsupportedServiceProtocolsError"),
        *("UnsupportedSignatureVersionError", "ValidationError", "WaiterConfigError", "WaiterError"),
    }
)
"""
What one call raises, and what is a gap of that call: no matter of credentials, of settings or of the way to AWS.
"""


def classes() -> list[type[Exception]]:
    """What botocore may raise."""
    found = [kind for _, kind in inspect.getmembers(of_botocore, inspect.isclass)]
    return [kind for kind in found if issubclass(kind, Exception) and not issubclass(kind, Warning)]


def example(kind: type[Exception]) -> Exception:
    """An error of the class that quotes something secret wherever it quotes anything."""
    if issubclass(kind, of_botocore.ClientError):
        return kind({"Error": {"Code": "Teapot", "Message": SECRET}}, "DescribeVpcs")
    names = {name for _, name, _, _ in Formatter().parse(getattr(kind, "fmt", "")) if name}
    values = dict.fromkeys(names, SECRET) | NO_SECRETS.get(kind, {})
    return kind(**values)


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_every_error_of_botocore_has_one_sentence_without_anything_secret(kind: type[Exception]) -> None:
    error = example(kind)
    profile = Access(profile="p")

    sentences = (
        str(credentials_error(error, profile, {})),
        str(credentials_error(error, profile, {"credential_process": "helper"})),
        why(error, action="ec2:DescribeVpcs", region="us-east-1", caller="arn"),
    )

    for sentence in sentences:
        assert "\n" not in sentence
        assert SECRET not in sentence
        assert "{" not in sentence


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_every_error_of_botocore_is_known_as_one_of_credentials_settings_the_way_or_a_call(
    kind: type[Exception],
) -> None:
    on_the_way = any(issubclass(kind, kinds) for kinds, _ in CAUSES)

    known = [issubclass(kind, FATAL), kind in SETTINGS, on_the_way, kind.__name__ in OF_A_CALL]

    assert known.count(True) == 1
    assert (fatal(example(kind), Access()) is not None) == issubclass(kind, FATAL)
    assert bool(transport_cause(example(kind))) == on_the_way


def test_no_sentence_is_there_for_a_class_that_nothing_raises() -> None:
    raised = {*classes(), EOFError, OSError, RuntimeError, Exception}

    assert {kind for kind in SENTENCES if issubclass(kind, Exception)} - raised == {
        kind for kind in SENTENCES if issubclass(kind, Warning)
    }
