"""The three ways to tell somebody, each within a bounded time."""

import os
import re
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from html import escape
from http.client import HTTPException
from threading import Thread
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from probes.model.untrusted_text import one_line
from reports.notify.destinations import UndeliveredError
from reports.notify.news import Message

LIMIT_S = 30.0
_QUIET_S = 10.0
_SUBJECT_CHARS = (
    99  # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII, less than 100 characters
)
_BOUNDED = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 2})


class Topic:
    """An SNS topic; its subscriptions make mail of it, or whatever else."""

    def __init__(self, arn: str, region: str) -> None:
        self._arn = arn
        self._region = region

    def send(self, message: Message) -> None:
        """Publish the text, with the title as its subject."""
        subject = re.sub("[^ -~]", "?", message.title)[:_SUBJECT_CHARS]
        try:
            client = boto3.client("sns", region_name=self._region, config=_BOUNDED)
            client.publish(TopicArn=self._arn, Subject=subject, Message=message.text)
        except (BotoCoreError, ClientError) as error:
            raise UndeliveredError(one_line(f"{self._arn}: {error}")) from error


class Webhook:
    """An https address that takes JSON by POST: `text` for chats, and the same as data.

    Chats read `<…>` and `&` in a text as markup: https://docs.slack.dev/messaging/formatting-message-text#escaping
    """

    def __init__(self, address: str, limit_s: float = LIMIT_S) -> None:
        self._address = address
        self._limit_s = limit_s
        self._name = f"webhook https://{urlsplit(address).hostname or ''}"  # what follows may be a secret

    def send(self, message: Message) -> None:
        """Post the message. Redirections are not followed, the answer's body is not read."""
        data = msgspec.to_builtins(message)
        data["text"] = escape(message.text, quote=False)
        request = urllib.request.Request(  # noqa: S310  # https only: see Destination
            self._address, msgspec.json.encode(data), {"Content-Type": "application/json"}, method="POST"
        )
        outcome: list[str] = []
        worker = Thread(target=lambda: outcome.append(_posted(request)), daemon=True)
        worker.start()
        worker.join(
            self._limit_s
        )  # a server that sends one byte at a time never runs into a socket's timeout
        if not outcome:
            raise UndeliveredError(one_line(f"{self._name}: no answer within {self._limit_s:g} s"))
        if outcome[0]:
            raise UndeliveredError(one_line(f"{self._name}: {outcome[0]}"))


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """The address that was given gets the message, or nobody."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401  # the signature of the standard library
        """Follow nothing."""


def _posted(request: urllib.request.Request) -> str:
    """Why a request was not taken; empty when it was."""
    try:
        context = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        opener = urllib.request.build_opener(context, _NoRedirection)
        with opener.open(request, timeout=_QUIET_S):
            return ""
    except HTTPError as error:
        return f"HTTP {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__


class Command:
    """A program that gets the message as JSON on its standard input; exit code 0 says that it was told."""

    def __init__(self, argv: Sequence[str], limit_s: float = LIMIT_S) -> None:
        self._argv = tuple(argv)
        self._limit_s = limit_s
        self._name = f"command {self._argv[0]}"

    def send(self, message: Message) -> None:
        """Run the program to its end; it and what it started are killed when their time is over."""
        try:
            child = subprocess.Popen(
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise UndeliveredError(one_line(f"{self._name}: {error}")) from error
        try:
            child.communicate(msgspec.json.encode(message), timeout=self._limit_s)
        except subprocess.TimeoutExpired as error:
            _kill(child)
            raise UndeliveredError(one_line(f"{self._name}: not done within {self._limit_s:g} s")) from error
        if child.returncode:
            raise UndeliveredError(one_line(f"{self._name}: exit code {child.returncode}"))


def _kill(child: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()
    pipe: IO[bytes] | None = child.stdin
    if pipe:
        with suppress(OSError):
            pipe.close()
