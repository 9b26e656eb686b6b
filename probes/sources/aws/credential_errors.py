"""Why credentials are of no use: one sentence, with what to do, for every error of botocore's credential chain.

No sentence repeats what botocore, AWS or a program wrote: that may hold tokens or a helper's output.
"""

import os
from collections.abc import Mapping
from getpass import GetPassWarning
from json import JSONDecodeError

from botocore import exceptions as of_botocore

from probes.model.errors import ProbeError
from probes.sources.aws.credential_process import UnboundedProcessError
from probes.sources.aws.credentials import Access
from probes.sources.aws.errors import BAD_SIGNATURE, EXPIRED, clock_error, code_of, denying_policy

_SSO = "; run `aws sso login{option}`"
_LOGIN = "; run `aws login{option}`"
_NO_TERMINAL = (
    "{who} asks for an MFA code, and there is no terminal to ask: sign in first, then name a profile or set "
    "variables that hold the session (`aws configure export-credentials{option} --format env`)"
)
SENTENCES: Mapping[type, str] = {
    of_botocore.UnauthorizedSSOTokenError: "the SSO session of {who} has expired" + _SSO,
    of_botocore.SSOTokenLoadError: "{who} has no SSO session" + _SSO,
    of_botocore.SSOError: "SSO gave no token for {who}" + _SSO,
    of_botocore.NoAuthTokenError: "{who} has no SSO token" + _SSO,
    of_botocore.TokenRetrievalError: "the SSO token of {who} has expired and could not be renewed" + _SSO,
    of_botocore.UnknownTokenProviderError: "{who} names a token provider that botocore does not know",
    of_botocore.LoginRefreshRequired: "the session of {who} has expired" + _LOGIN,
    of_botocore.LoginTokenLoadError: "{who} has no session" + _LOGIN,
    of_botocore.LoginInsufficientPermissions: "{who} may not renew its session: it lacks signin:CreateOAuth2Token",
    of_botocore.LoginError: "the session of {who} could not be begun or renewed" + _LOGIN,
    of_botocore.MissingDependencyException: (
        "{who} signs in with `aws login`, for which botocore needs a package more: pip install 'botocore[crt]'"
    ),
    of_botocore.RefreshWithMFAUnsupportedError: "{who} expired, and its renewal takes an MFA code; sign in again",
    of_botocore.InfiniteLoopConfigError: "source_profile of {who} leads back to itself",
    of_botocore.InvalidConfigError: (
        "the settings of {who} do not fit together: check role_arn, source_profile, credential_source and "
        "sso_session in ~/.aws/config"
    ),
    of_botocore.UnknownCredentialError: "credential_source of {who} is none that botocore knows",
    of_botocore.ProfileNotFound: "a profile that {who} refers to is not configured here",
    of_botocore.ConfigNotFound: "the file that AWS_CONFIG_FILE names is missing",
    of_botocore.ConfigParseError: (
        "the configuration of {who} cannot be parsed: check ~/.aws/config and ~/.aws/credentials"
    ),
    of_botocore.InvalidIMDSEndpointError: "AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL",
    of_botocore.InvalidIMDSEndpointModeError: "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither ipv4 nor ipv6",
    of_botocore.MetadataRetrievalError: "the metadata service gave no credentials for {who}",
    of_botocore.CredentialRetrievalError: "{provider} gave no credentials for {who}; check that it may be reached",
    EOFError: _NO_TERMINAL,
    GetPassWarning: _NO_TERMINAL,
    OSError: _NO_TERMINAL,  # one that names no file: reading the terminal under pytest
    RuntimeError: "{who} had expired already when it was obtained",
    Exception: "{who} could not be obtained ({kind}); check its settings in ~/.aws/config",
}
"""
By the error's class, the most derived one that stands here.
"""

CONTAINER_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
FATAL = (
    of_botocore.NoCredentialsError,
    of_botocore.PartialCredentialsError,
    *(kind for kind in SENTENCES if issubclass(kind, of_botocore.BotoCoreError)),
)


class CredentialsError(ProbeError):
    """The credentials themselves are of no use: no other call made with them can succeed."""


def fatal(error: Exception, access: Access) -> CredentialsError | None:
    """The error to end with, when no other call with these credentials can succeed either."""
    code = code_of(error)
    if code in EXPIRED and not clock_error(error):
        return CredentialsError(f"AWS: {access.label} expired ({code}); sign in again and repeat the run")
    if code in BAD_SIGNATURE or code in EXPIRED:
        reason = clock_error(error) or "wrong secret key or wrong clock"
        return CredentialsError(f"AWS: the signature made with {access.label} was refused ({code}): {reason}")
    return credentials_error(error, access, {}) if isinstance(error, FATAL) else None


def credentials_error(error: Exception, access: Access, profile: Mapping[str, str]) -> CredentialsError:
    """What an error means that came up while credentials were obtained; `profile` holds the profile's settings."""
    if isinstance(error, of_botocore.ClientError):
        return fatal(error, access) or CredentialsError(f"AWS: {_refused(error, access.label)}")
    return CredentialsError(f"AWS: {_sentence(error, access, profile)}")


def _sentence(error: Exception, access: Access, profile: Mapping[str, str]) -> str:
    if isinstance(error, of_botocore.NoCredentialsError):
        missing = f"no credentials in {access.label}" if access.profile else "no credentials found"
        return (
            f"{missing}: set AWS_PROFILE, sign in (`aws sso login`), or name a profile as --state aws:PROFILE"
        )
    if isinstance(error, of_botocore.PartialCredentialsError):
        return f"{access.label} lacks a part: {_missing_part(error)}"
    if isinstance(error, OSError) and error.filename:
        return f"{access.label}: {_unusable_file(error, profile)}"
    if "credential_process" in profile or isinstance(error, UnboundedProcessError):
        return f"the credential_process of {access.label} {_failure_of_process(error)}"
    if isinstance(error, ValueError) and CONTAINER_URI in os.environ:
        return f"{CONTAINER_URI} names a host from which no credentials are taken"
    sentence = next(SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES)
    option = f" --profile {access.profile}" if access.profile else ""
    provider = getattr(error, "kwargs", {}).get("provider", "")
    return sentence.format(who=access.label, option=option, provider=provider, kind=type(error).__name__)


def _missing_part(error: of_botocore.PartialCredentialsError) -> str:
    variable = str(error.kwargs["cred_var"])
    return "an access key needs its secret key" if "secret" in variable.lower() else variable


def _unusable_file(error: OSError, profile: Mapping[str, str]) -> str:
    path = str(error.filename)
    if path in (profile.get("web_identity_token_file"), os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")):
        return f"the web identity token file {path} cannot be read ({error.strerror})"
    if path == os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        return f"the authorization token file {path} cannot be read ({error.strerror})"
    if "credential_process" in profile:
        return f"its credential_process {path} cannot be run ({error.strerror})"
    return f"{path} cannot be read ({error.strerror})"


def _failure_of_process(error: Exception) -> str:
    if isinstance(error, UnboundedProcessError):
        return error.reason
    if isinstance(error, JSONDecodeError | UnicodeDecodeError):
        return "printed no JSON"
    if isinstance(error, of_botocore.CredentialRetrievalError):
        words = str(dict(error.kwargs).get("error_msg"))
        is_answer = words.startswith(("Unsupported version ", "Missing required key "))
        return "printed JSON without Version 1, AccessKeyId and SecretAccessKey" if is_answer else "failed"
    if isinstance(error, RuntimeError):
        return "gave credentials that had expired already"
    return f"printed JSON of another kind, or is not written as a command line ({type(error).__name__})"


def _refused(error: of_botocore.ClientError, who: str) -> str:
    code, operation = code_of(error), error.operation_name
    if "MultiFactorAuthentication" in str(error):
        return f"the MFA code for {who} was refused ({code})"
    what = "may not be assumed" if operation.startswith("AssumeRole") else f"was refused by {operation}"
    return f"{who} {what} ({code}{denying_policy(error)})"
