"""Earlier runs, kept in SQLite next to the reports."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from probes.model.errors import InputError
from reports.history.snapshot import Figures, Snapshot

FORMAT = 2  # 1 knew no causes
TREND_RUNS = 30
LOCK_LIMIT_S = 10
# What says that a sound file cannot be used now, and not that the file is damaged.
# https://www.sqlite.org/rescode.html
_UNAVAILABLE = {
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY, finished_at TEXT NOT NULL, subject TEXT NOT NULL, verdict TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS verdicts (
    run_id TEXT NOT NULL REFERENCES runs, requirement TEXT NOT NULL, verdict TEXT NOT NULL,
    PRIMARY KEY (run_id, requirement)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS figures (
    run_id TEXT NOT NULL REFERENCES runs, source_region TEXT NOT NULL, destination_region TEXT NOT NULL,
    avg_ms REAL, p95_ms REAL, loss_ratio REAL, mbit_per_s REAL,
    PRIMARY KEY (run_id, source_region, destination_region)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS causes (
    run_id TEXT NOT NULL REFERENCES runs, subject TEXT NOT NULL, observed TEXT NOT NULL, requirements TEXT NOT NULL,
    PRIMARY KEY (run_id, subject)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (subject, finished_at);
"""


class DamagedHistoryError(InputError):
    """The file is no history, or holds what no run wrote."""


def remember(path: Path, run: Snapshot) -> None:
    """Add a run; the same run again replaces itself. Raises InputError when the history cannot be used."""
    with _opened(path) as database:
        _drop(database, [run.run_id])
        database.execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?)",
            (run.run_id, _stamp(run.finished_at), run.subject, run.verdict),
        )
        database.executemany(
            "INSERT INTO verdicts VALUES (?, ?, ?)",
            [(run.run_id, requirement, verdict) for requirement, verdict in run.verdicts.items()],
        )
        database.executemany(
            "INSERT INTO figures VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (run.run_id, *direction, *msgspec.structs.astuple(figures))
                for direction, figures in run.figures.items()
            ],
        )
        database.executemany(
            "INSERT INTO causes VALUES (?, ?, ?, ?)",
            [
                (run.run_id, name, cause.observed, msgspec.json.encode(cause.requirements).decode())
                for name, cause in run.causes.items()
            ],
        )


def earlier(path: Path, run: Snapshot, limit: int = TREND_RUNS) -> tuple[Snapshot, ...]:
    """The latest runs about the same network that ended before this one, oldest first.

    Empty when there is no history yet. Raises InputError when the history cannot be used, DamagedHistoryError
    when it never will.
    """
    if not path.exists():
        return ()
    with _opened(path) as database:
        rows = database.execute(
            "SELECT run_id, finished_at, subject, verdict FROM runs"
            " WHERE subject = ? AND finished_at < ? AND run_id != ? ORDER BY finished_at DESC LIMIT ?",
            (run.subject, _stamp(run.finished_at), run.run_id, limit),
        ).fetchall()
        return tuple(_snapshot(database, row) for row in reversed(rows))


def latest(path: Path, limit: int) -> tuple[Snapshot, ...]:
    """The last runs about any network, newest first. Raises as `earlier` does."""
    if not path.exists():
        return ()
    with _opened(path) as database:
        rows = database.execute(
            "SELECT run_id, finished_at, subject, verdict FROM runs ORDER BY finished_at DESC LIMIT ?",
            (limit,),
        ).fetchall()
        return tuple(_snapshot(database, row) for row in rows)


def forget(path: Path, before: datetime) -> int:
    """Remove the runs that ended before a time, but never the last one; how many they were."""
    if not path.exists():
        return 0
    with _opened(path) as database:
        rows = database.execute(
            "SELECT run_id FROM runs WHERE finished_at < ? AND finished_at < (SELECT max(finished_at) FROM runs)",
            (_stamp(before),),
        ).fetchall()
        _drop(database, [run_id for (run_id,) in rows])
        return len(rows)


def _drop(database: sqlite3.Connection, run_ids: Sequence[str]) -> None:
    for table in ("causes", "verdicts", "figures", "runs"):
        database.executemany(f"DELETE FROM {table} WHERE run_id = ?", [(one,) for one in run_ids])  # noqa: S608  # ours


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction on the database, which is made when it is missing."""
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_LIMIT_S)) as database, database:
            version: int = database.execute("PRAGMA user_version").fetchone()[0]
            if not 0 <= version <= FORMAT:
                raise InputError(f"{path}: history format {version}, but this version reads {FORMAT}")
            if version < FORMAT:
                database.executescript(_TABLES)
                database.execute(f"PRAGMA user_version = {FORMAT}")
            yield database
    except sqlite3.Error as error:
        unavailable = getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNAVAILABLE
        raise (InputError if unavailable else DamagedHistoryError)(f"{path}: {error}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise DamagedHistoryError(f"{path}: {error}") from error


def _snapshot(database: sqlite3.Connection, row: Sequence[str]) -> Snapshot:
    run_id, finished_at, subject, verdict = row
    verdicts = database.execute("SELECT requirement, verdict FROM verdicts WHERE run_id = ?", (run_id,))
    figures = database.execute(
        "SELECT source_region, destination_region, avg_ms, p95_ms, loss_ratio, mbit_per_s"
        " FROM figures WHERE run_id = ?",
        (run_id,),
    )
    causes = database.execute(
        "SELECT subject, observed, requirements FROM causes WHERE run_id = ?", (run_id,)
    )
    stored = {
        "run_id": run_id,
        "finished_at": finished_at,
        "subject": subject,
        "verdict": verdict,
        "verdicts": dict(verdicts.fetchall()),
        "figures": {
            tuple(ends): dict(zip(Figures.__struct_fields__, values, strict=True))
            for *ends, values in ((*row[:2], row[2:]) for row in figures)
        },
        "causes": {
            name: {"observed": observed, "requirements": msgspec.json.decode(requirements)}
            for name, observed, requirements in causes
        },
    }
    return msgspec.convert(stored, Snapshot)


def _stamp(when: datetime) -> str:
    """A time that sorts as text."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")
