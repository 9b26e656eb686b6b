"""What a failed call means: an end to the whole collection, or one response that is missing and why.

No message repeats what botocore or AWS wrote: that may hold encoded policies, URLs or a helper's output.
"""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectionError,  # noqa: A004  # botocore's name
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
    SSLError,
    SSOError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from probes.model.errors import ProbeError
from probes.sources.aws.credentials import Access

FAILURES = (ClientError, BotoCoreError, ResponseParserError, UnicodeDecodeError)

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedOperation",
    }
)
THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
UNKNOWN_CREDENTIALS = frozenset(
    {"AuthFailure", "InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"}
)
NOT_SUBSCRIBED = frozenset({"NotSignedUp", "OptInRequired", "SubscriptionRequiredException"})
BAD_SIGNATURE = frozenset(
    {"IncompleteSignature", "InvalidSignatureException", "RequestTimeTooSkewed", "SignatureDoesNotMatch"}
)


class CredentialsError(ProbeError):
    """The credentials themselves are of no use: no other call made with them can succeed."""


def code_of(error: Exception) -> str:
    """AWS's error code; empty when AWS did not answer."""
    if not isinstance(error, ClientError):
        return ""
    code: str = error.response.get("Error", {}).get("Code", "")
    return code.removeprefix("Client.")


def fatal(error: Exception, access: Access) -> CredentialsError | None:
    """The error to end with, when no other call with these credentials can succeed either."""
    advice = _advice(error, access)
    return CredentialsError(f"AWS: {advice}") if advice else None


def why(error: Exception, *, action: str, region: str, caller: str) -> str:
    """Why one response is missing, in words for a gap."""
    code = code_of(error)
    if code in DENIED:
        return f"{action} denied in {region} for {caller}"
    if code in THROTTLED:
        return f"{action} throttled in {region} until the retries ran out ({code})"
    if code in UNKNOWN_CREDENTIALS:
        return f"{action} refused in {region} ({code}): the Region is not enabled for the account of {caller}"
    if code in NOT_SUBSCRIBED:
        return (
            f"{action} refused in {region} ({code}): the account of {caller} has not signed up for it there"
        )
    return f"{action} failed in {region}: {_kind(error)}"


def unreachable(error: Exception) -> bool:
    """Whether no answer came back at all."""
    return isinstance(error, ConnectionError | HTTPClientError)


def _advice(error: Exception, access: Access) -> str:
    code = code_of(error)
    if code in EXPIRED or isinstance(error, UnauthorizedSSOTokenError):
        return f"{access.label} expired{_code(code)}; sign in again and repeat the run"
    if code in BAD_SIGNATURE:
        return f"the signature made with {access.label} was refused ({code}): wrong secret key or wrong clock"
    if isinstance(error, NoCredentialsError):
        missing = f"no credentials in {access.label}" if access.profile else "no credentials found"
        return (
            f"{missing}: set AWS_PROFILE, sign in (`aws sso login`), or name a profile as --state aws:PROFILE"
        )
    if isinstance(error, PartialCredentialsError):
        return f"{access.label} lacks a part: an access key needs its secret key"
    if isinstance(error, SSOError) or _is_about_credentials(error):
        return f"could not obtain {access.label} ({type(error).__name__}); sign in again or check the profile"
    return ""


def _is_about_credentials(error: Exception) -> bool:
    name = type(error).__name__
    return isinstance(error, BotoCoreError) and ("Credential" in name or "Token" in name or "Login" in name)


def _kind(error: Exception) -> str:
    if isinstance(error, ConnectTimeoutError | EndpointConnectionError):
        return "the endpoint cannot be reached"
    if isinstance(error, ReadTimeoutError | ConnectionClosedError):
        return "the connection was made, but no answer came"
    if isinstance(error, SSLError):
        return "the endpoint's TLS certificate was not accepted"
    if isinstance(error, ResponseParserError | UnicodeDecodeError):
        return "the endpoint's answer is not AWS's"
    return code_of(error) or type(error).__name__


def _code(code: str) -> str:
    return f" ({code})" if code else ""
