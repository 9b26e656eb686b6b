"""What AWS's error codes mean, and why one response is missing.

No message repeats what botocore or AWS wrote: that may hold encoded policies, URLs or a helper's output.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore.exceptions import ClientError

from probes.sources.aws.transport_errors import transport_cause

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
SKEW_MIN = 4
"""
AWS refuses signatures that are more than five minutes off.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""

POLICY = re.compile(
    "(explicit deny in an?|because no) (service control policy|resource control policy|permissions boundary|"
    "session policy|VPC endpoint policy|identity-based policy|resource-based policy)"
)
"""
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""


def code_of(error: Exception) -> str:
    """AWS's error code; empty when AWS did not answer."""
    if not isinstance(error, ClientError):
        return ""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code.removeprefix("Client.")


def denying_policy(error: Exception) -> str:
    """Which kind of policy a denial names, to be put behind it; empty when AWS does not say."""
    found = POLICY.search(str(error))
    if found is None:
        return ""
    return f": {found[0]}" if found[1].startswith("explicit") else f": no {found[2]} allows it"


def clock_error(error: Exception) -> str:
    """That this machine's clock is wrong, by the date of AWS's answer; empty when it is right."""
    headers = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        theirs = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return ""
    minutes = round((datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds() / 60)
    if abs(minutes) < SKEW_MIN:
        return ""
    return f"this machine's clock is {abs(minutes)} minutes {'ahead of' if minutes > 0 else 'behind'} AWS's"


def why(error: Exception, *, action: str, region: str, caller: str) -> str:
    """Why one response is missing, in words for a gap."""
    code = code_of(error)
    if code in DENIED:
        return f"{action} denied in {region} for {caller}{denying_policy(error)}"
    if code in THROTTLED:
        return f"{action} throttled in {region} until the retries ran out ({code})"
    if code in UNKNOWN_CREDENTIALS:
        return f"{action} refused in {region} ({code}): the Region is not enabled for the account of {caller}"
    if code in NOT_SUBSCRIBED:
        return (
            f"{action} refused in {region} ({code}): the account of {caller} has not signed up for it there"
        )
    return f"{action} failed in {region}: {code or transport_cause(error) or type(error).__name__}"
