"""Who is told: an SNS topic, a webhook, or a command."""

import os
import re
import shlex
from typing import Protocol

import msgspec

from reports.notify.news import Message

KINDS = ("sns", "webhook", "webhook_env", "command")
_TOPIC = re.compile(r"arn:aws[\w-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[\w-]{1,256}(?:\.fifo)?")


class UndeliveredError(Exception):
    """Somebody could not be told; the message says who and why, without secrets."""


class Destination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of: the ARN of a topic, an https address, the environment variable that holds one, a program."""

    sns: str = ""
    webhook: str = ""
    webhook_env: str = ""
    command: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what names nobody, or several at once."""
        if sum(bool(getattr(self, kind)) for kind in KINDS) != 1:
            raise ValueError(f"expected one of {', '.join(KINDS)}")
        if self.sns and not _TOPIC.fullmatch(self.sns):
            raise ValueError("sns: expected the ARN of a topic, arn:aws:sns:REGION:ACCOUNT:NAME")
        if self.webhook and not self.webhook.startswith("https://"):
            raise ValueError("webhook: expected an address that begins with https://")

    @property
    def region(self) -> str:
        """The Region of the topic."""
        found = _TOPIC.fullmatch(self.sns)
        return found["region"] if found else ""


class Sender(Protocol):
    """A way to tell somebody."""

    def send(self, message: Message) -> None:
        """Deliver a message within a bounded time; raises UndeliveredError when it was not delivered."""


def destination_of(text: str) -> Destination:
    """The destination of an option: sns:ARN, webhook:URL, webhook-env:NAME or command:PROGRAM ARGUMENT….

    Raises ValueError when it is none of these.
    """
    kind, _, value = text.partition(":")
    kind = kind.replace("-", "_")
    if kind not in KINDS or not value:
        raise ValueError("expected sns:ARN, webhook:URL, webhook-env:NAME or command:PROGRAM")
    if kind == "command":
        return Destination(command=tuple(shlex.split(value)))
    return Destination(**{kind: value})  # type: ignore[arg-type]  # the other kinds are texts


def sender_of(destination: Destination) -> Sender:
    """How a destination is told. Raises UndeliveredError when the environment does not say where it is."""
    from reports.notify import senders  # noqa: PLC0415  # boto3 and TLS are loaded only where somebody is told

    if destination.sns:
        return senders.Topic(destination.sns, destination.region)
    if destination.command:
        return senders.Command(destination.command)
    address = destination.webhook or os.environ.get(destination.webhook_env, "")
    if not address.startswith("https://"):
        raise UndeliveredError(
            f"webhook: {destination.webhook_env} holds no address that begins with https://"
        )
    return senders.Webhook(address)
