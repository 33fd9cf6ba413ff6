"""What the connectors must remember over a restart, in one SQLite file: validators, next polls, entries seen.

Nothing here moves before the record it stands for was acknowledged by Kafka; losing the last writes
in a power cut costs a fetch and a duplicate record, never an article.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from connectors.fetch import Validators
from domain.errors import ConfigError, SinkUnavailable

SCHEMA_VERSION = 1
SEEN_PER_SOURCE = 5_000  # ten times the entries read of one listing

_SCHEMA = """
CREATE TABLE source (
  source_id TEXT PRIMARY KEY, url TEXT NOT NULL, moved_to TEXT NOT NULL DEFAULT '',
  next_poll_at REAL NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
  last_success_at REAL NOT NULL DEFAULT 0, stopped_at REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE document (
  source_id TEXT NOT NULL, url TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL,
  PRIMARY KEY (source_id, url)
) WITHOUT ROWID;
CREATE TABLE seen (
  source_id TEXT NOT NULL, entry_key TEXT NOT NULL, entry_hash TEXT NOT NULL,
  attempts INTEGER NOT NULL, first_seen_at REAL NOT NULL, seen_at REAL NOT NULL,
  PRIMARY KEY (source_id, entry_key)
) WITHOUT ROWID;
CREATE INDEX seen_by_age ON seen (source_id, seen_at);
"""


@dataclass(frozen=True, slots=True)
class SourceState:
    """Where a source stands. Times are seconds since 1970, 0 for never."""

    url: str
    moved_to: str = ""
    next_poll_at: float = 0.0
    failures: int = 0
    last_success_at: float = 0.0
    stopped_at: float = 0.0


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """What is known of an entry: the hash of what was produced ('' while nothing was), and the tries so far."""

    entry_hash: str
    attempts: int
    first_seen_at: float


class State:
    """The connectors' memory. One process holds the file at a time; a write that fails is SinkUnavailable."""

    def __init__(self, path: Path | str, seen_per_source: int = SEEN_PER_SOURCE) -> None:
        self._path, self._limit = str(path), seen_per_source
        self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        if self._path != ":memory:":
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        try:
            db = sqlite3.connect(self._path, timeout=2.0, isolation_level=None)
        except sqlite3.OperationalError as e:
            raise ConfigError("open connector state", self._path, str(e)) from e
        try:
            version = _prepare(db)
        except sqlite3.DatabaseError as e:
            db.close()
            if _is_out_of_room(e):
                raise self._unwritable(e) from e
            text = "another process uses it" if "locked" in str(e) else str(e)
            raise ConfigError("open connector state", self._path, text) from e
        if version != SCHEMA_VERSION:
            db.close()
            detail = f"version {version}, expected {SCHEMA_VERSION}"
            raise ConfigError("open connector state", self._path, detail)
        return db

    def close(self) -> None:
        """Write everything to the main file and let go of it."""
        self._db.close()

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.Error as e:
            raise self._unwritable(e) from e

    def _unwritable(self, error: sqlite3.Error) -> SinkUnavailable:
        return SinkUnavailable("write connector state", self._path, str(error), reason="state")

    def source(self, source_id: str, url: str) -> SourceState:
        """Return the source's state; a changed address in the configuration starts it afresh, entries excepted."""
        row = self._db.execute(
            "SELECT url, moved_to, next_poll_at, failures, last_success_at, stopped_at"
            " FROM source WHERE source_id = ?",
            (source_id,),
        ).fetchone()
        if row is not None and row[0] == url:
            return SourceState(*row)
        if row is not None:
            self._write("DELETE FROM document WHERE source_id = ?", (source_id,))
            self._write("DELETE FROM source WHERE source_id = ?", (source_id,))
        return SourceState(url)

    def save_source(self, source_id: str, state: SourceState) -> None:
        """Keep the source's state."""
        self._write(
            "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                source_id,
                state.url,
                state.moved_to,
                state.next_poll_at,
                state.failures,
                state.last_success_at,
                state.stopped_at,
            ),
        )

    def validators(self, source_id: str, url: str) -> Validators:
        """Return the validators of a listing document."""
        row = self._db.execute(
            "SELECT etag, last_modified FROM document WHERE source_id = ? AND url = ?",
            (source_id, url),
        ).fetchone()
        return Validators(*row) if row else Validators()

    def save_validators(self, source_id: str, url: str, validators: Validators) -> None:
        """Keep a listing's validators; call it once every entry of that listing is settled."""
        self._write(
            "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)",
            (source_id, url, validators.etag, validators.last_modified),
        )

    def seen(self, source_id: str, entry_key: str) -> SeenEntry | None:
        """Return what is known of an entry, None if it is new."""
        row = self._db.execute(
            "SELECT entry_hash, attempts, first_seen_at FROM seen"
            " WHERE source_id = ? AND entry_key = ?",
            (source_id, entry_key),
        ).fetchone()
        return SeenEntry(*row) if row else None

    def save_seen(self, source_id: str, entry_key: str, entry: SeenEntry, now: float) -> None:
        """Keep what became of an entry."""
        self._write(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)",
            (source_id, entry_key, entry.entry_hash, entry.attempts, entry.first_seen_at, now),
        )

    def touch(self, source_id: str, entry_keys: Iterable[str], now: float) -> None:
        """Note that entries are still listed, then forget the longest unlisted ones beyond the limit."""
        try:
            self._db.execute("BEGIN")
            self._db.executemany(
                "UPDATE seen SET seen_at = ? WHERE source_id = ? AND entry_key = ?",
                ((now, source_id, key) for key in entry_keys),
            )
            self._db.execute(
                "DELETE FROM seen WHERE source_id = ?1 AND entry_key IN (SELECT entry_key FROM seen"
                " WHERE source_id = ?1 ORDER BY seen_at DESC, entry_key LIMIT -1 OFFSET ?2)",
                (source_id, self._limit),
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as e:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._unwritable(e) from e

    def seen_count(self, source_id: str) -> int:
        """Return how many entries of a source are remembered."""
        row = self._db.execute(
            "SELECT count(*) FROM seen WHERE source_id = ?", (source_id,)
        ).fetchone()
        return int(row[0])


def _is_out_of_room(error: sqlite3.Error) -> bool:
    """Return whether it is the disk that failed, which passes, and not the file or the settings."""
    return str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_FULL", "SQLITE_IOERR"))


def _prepare(db: sqlite3.Connection) -> int:
    """Take hold of the file, make the tables of an empty one, and return its schema version."""
    # Exclusive: a second process on the same file would fetch and produce everything twice.
    db.execute("PRAGMA locking_mode=EXCLUSIVE")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("BEGIN IMMEDIATE")
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version == 0:
        for statement in _SCHEMA.split(";\n"):
            if statement.strip():
                db.execute(statement)
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        version = SCHEMA_VERSION
    db.execute("COMMIT")
    return version
