"""Why no answer of AWS came back, in words for a message: the network, a proxy, TLS, or something else's answer."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from botocore import exceptions as of_botocore
from botocore.parsers import ResponseParserError


def transport_cause(error: Exception) -> str:
    """The cause, with what to do; empty for an error that is none of the way to AWS."""
    for kinds, cause in CAUSES:
        if isinstance(error, kinds):
            return cause if isinstance(cause, str) else cause(getattr(error, "kwargs", {}).get("error"))
    return ""


def shown_url(url: str | None) -> str:
    """A URL without the user and password it may hold."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "".join(parts[:1])


def _proxy(inner: object) -> str:
    does = "answers 407, Proxy Authentication Required" if " 407 " in str(inner) else "refuses the connection"
    return f"the proxy {does}: check HTTPS_PROXY and NO_PROXY"


def _tls(inner: object) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(inner):
        return (
            "the endpoint's TLS certificate was not accepted: if something inspects TLS on the way, name its "
            "certificate authority in AWS_CA_BUNDLE"
        )
    if "[Errno " in str(inner) or "[X509" in str(inner):
        return "the certificate authorities that AWS_CA_BUNDLE names cannot be read"
    return "the endpoint does not speak TLS as it should: check --endpoint-url and HTTPS_PROXY"


def _request(inner: object) -> str:
    """What stops a request before it is sent. The inner error may quote the request and its credentials."""
    if "header value" in str(inner):
        return "the credentials hold a character that no header may hold, such as a line break"
    return "the URL of a proxy or an endpoint cannot be used: check HTTPS_PROXY and --endpoint-url"


# What botocore raises when it cannot make sense of an answer.
NONSENSE = (ResponseParserError, UnicodeDecodeError, KeyError, AttributeError, TypeError)
# Whatever a call may end in; a ValueError is about what --endpoint-url names.
FAILED_CALL = (of_botocore.BotoCoreError, of_botocore.ClientError, ValueError, *NONSENSE)
CAUSES: tuple[tuple[tuple[type[Exception], ...], str | Callable[[Any], str]], ...] = (
    ((of_botocore.ProxyConnectionError,), _proxy),
    ((of_botocore.SSLError,), _tls),
    (
        (of_botocore.ConnectTimeoutError, of_botocore.EndpointConnectionError),
        "check the network, HTTPS_PROXY and --endpoint-url",
    ),
    (
        (of_botocore.ReadTimeoutError, of_botocore.ConnectionClosedError),
        "the connection was made, but no answer came",
    ),
    (
        (of_botocore.ResponseStreamingError, of_botocore.IncompleteReadError, of_botocore.ChecksumError),
        "the connection broke in the middle of an answer",
    ),
    ((of_botocore.HTTPClientError, of_botocore.ConnectionError), _request),
    (
        NONSENSE,
        "the endpoint's answer is not AWS's",
    ),
)
