"""Tells people when something has changed since they were last told, and only then."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from probes.model.errors import InputError
from reports.history.snapshot import snapshot
from reports.notify.destinations import Destination, UndeliveredError, sender_of
from reports.notify.news import Told, message, told_now
from reports.results.files import write_atomically
from reports.results.model import Results

TOLD = "notified.json"
Memory = dict[str, Told]


def notify(results: Results, directory: Path, destinations: Sequence[Destination]) -> tuple[str, ...]:
    """Tell each destination what has changed since it was last told; why one could not be told.

    What a destination was told is kept in the folder, and changes only when it was told: a later run tries again.
    """
    memory, problems = _memory(directory / TOLD)
    run = snapshot(results)
    for destination in destinations:
        key = sha256(msgspec.json.encode(destination)).hexdigest()[:32]  # an address may be a secret
        before = memory.get(key, Told())
        news = message(results, run, before)
        if news is not None:
            try:
                sender = sender_of(destination)
                sender.send(news)
            except UndeliveredError as error:
                problems.append(f"no notification: {error}; the next run tries again")
                continue
        memory[key] = told_now(run, before)
    try:
        write_atomically(directory / TOLD, msgspec.json.encode(memory).decode())
    except OSError as error:
        problems.append(f"{directory / TOLD}: {error.strerror}; the next run may notify again")
    return tuple(problems)


def _memory(path: Path) -> tuple[Memory, list[str]]:
    """What each destination was told last, and why that is not known."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory), []
    except FileNotFoundError:
        return {}, []
    except (OSError, msgspec.DecodeError, InputError) as error:
        return {}, [f"{path}: {error}; what was told before is not known"]
