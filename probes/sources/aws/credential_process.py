"""The program of a profile's `credential_process`, bounded in time and output.

botocore waits for it, and reads what it prints, without any limit
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
"""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import botocore.session
from botocore.credentials import AssumeRoleProvider, ProcessProvider
from botocore.exceptions import CredentialRetrievalError

PROCESS_LIMIT_S = 60.0
OUTPUT_LIMIT_BYTES = 1_000_000
_TURN_S = 0.2
_CHUNK_BYTES = 65_536


class UnboundedProcessError(CredentialRetrievalError):
    """The program did not end in time, printed too much, or the run was given up meanwhile; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(provider="credential_process", error_msg=reason)
        self.reason = reason


def bound_credential_processes(
    session: botocore.session.Session, stopped: threading.Event | None = None
) -> None:
    """Let the programs of all of a session's profiles end: by themselves, at the limits, or once `stopped` is set.

    The program has a session of its own, to be ended with all that it started; it cannot ask on the terminal.
    """

    def start(arguments: Sequence[str], **_pipes: object) -> _BoundedProcess:
        return _BoundedProcess(arguments, stopped or threading.Event())

    def process_of(profile: str) -> ProcessProvider:
        return ProcessProvider(profile, lambda: session.full_config, popen=start)

    chain: list[Any] = session.get_component("credential_provider").providers
    for provider in chain:
        if isinstance(provider, ProcessProvider):
            setattr(provider, "_popen", start)  # noqa: B010  # botocore's chain has no other place for it
        builder: Any = getattr(provider, "_profile_provider_builder", None)
        if isinstance(provider, AssumeRoleProvider) and builder is not None:
            builder._create_process_provider = process_of  # noqa: SLF001  # as above, for source_profile


class _BoundedProcess:
    """What botocore uses of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], stopped: threading.Event) -> None:
        self._stopped = stopped
        self._process = subprocess.Popen(  # the user's own program, from the user's own settings
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )

    @property
    def returncode(self) -> int | None:
        """The exit code, once it has ended."""
        return self._process.returncode

    def communicate(self) -> tuple[bytes, bytes]:
        """What it prints until it has ended. Raises UnboundedProcessError; whatever happens, it has ended then."""
        try:
            printed = self._printed(time.monotonic() + PROCESS_LIMIT_S)
            self._process.wait(timeout=PROCESS_LIMIT_S)
        except subprocess.TimeoutExpired as error:
            raise UnboundedProcessError(f"did not end within {PROCESS_LIMIT_S:g} s") from error
        finally:
            self._end()
        return printed

    def _printed(self, deadline_s: float) -> tuple[bytes, bytes]:
        streams = (self._process.stdout, self._process.stderr)
        found: dict[int, bytearray] = {stream.fileno(): bytearray() for stream in streams if stream}
        with selectors.DefaultSelector() as waiting:
            for descriptor in found:
                waiting.register(descriptor, selectors.EVENT_READ)
            while waiting.get_map():
                if self._stopped.is_set():
                    raise UnboundedProcessError("was ended with the run")
                if time.monotonic() > deadline_s:
                    raise UnboundedProcessError(f"did not end within {PROCESS_LIMIT_S:g} s")
                for key, _ in waiting.select(_TURN_S):
                    chunk = os.read(key.fd, _CHUNK_BYTES)
                    found[key.fd] += chunk
                    if not chunk:
                        waiting.unregister(key.fd)
                    if len(found[key.fd]) > OUTPUT_LIMIT_BYTES:
                        raise UnboundedProcessError(f"printed more than {OUTPUT_LIMIT_BYTES:,} bytes")
        printed, complained = found.values()
        return bytes(printed), bytes(complained)

    def _end(self) -> None:
        """End whatever is left of its session, and close the pipes that a grandchild may hold."""
        with suppress(ProcessLookupError):  # all of it has ended
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
