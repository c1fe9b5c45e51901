"""Results of studies in an SQLite file, each written as it arrives."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..values import Value
from .base import LearningError

APPLICATION = 0x494D4445
"""SQLite's application_id, "IMDE": tells a store from the databases of other programs."""
VERSION = 1
"""Of the table below, kept as SQLite's user_version."""
TABLE = """CREATE TABLE cells (
    key TEXT PRIMARY KEY, task TEXT NOT NULL, version TEXT NOT NULL, cell TEXT NOT NULL,
    result TEXT, error TEXT NOT NULL, traceback TEXT NOT NULL,
    attempts INTEGER NOT NULL, seconds REAL NOT NULL, finished TEXT NOT NULL)"""
PUT = """INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    result = excluded.result, error = excluded.error, traceback = excluded.traceback,
    attempts = attempts + excluded.attempts, seconds = excluded.seconds, finished = excluded.finished"""
PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""


@dataclass(frozen=True)
class Outcome:
    """What became of a cell.

    result    : a JSON object as text; None where the cell failed
    error     : one line, with the exception's type; empty for a result
    traceback : as Python prints it; empty where the worker was lost
    attempts  : how many times the cell was started
    """

    result: str | None
    error: str = ""
    traceback: str = ""
    seconds: float = 0.0
    attempts: int = 1

    @property
    def failed(self) -> bool:
        return self.result is None


class Store(Value):
    """An SQLite file with the outcome of each cell, which several studies may share.

    Each outcome is one transaction, so a process that is killed leaves a consistent file. Others may read while one
    writes (write-ahead log: the file belongs on a local disk).
    Raises LearningError where the file cannot be opened, is damaged, or is no store.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._freeze()
        with self.connection() as db:
            found = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
            if found == [0, 0] and not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("BEGIN IMMEDIATE")
                if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:  # another process may have been first
                    db.execute(TABLE)
                    db.execute(f"PRAGMA application_id = {APPLICATION}")
                    db.execute(f"PRAGMA user_version = {VERSION}")
                db.execute("COMMIT")
            elif found[0] != APPLICATION:
                raise LearningError(f"{self.path} is a database of another program, not a store of studies")
            elif found[1] != VERSION:
                raise LearningError(f"{self.path} has version {found[1]} of the store; this package reads version {VERSION}")

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """An open connection; errors of SQLite become LearningError."""
        db = None
        try:
            db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            yield db
        except sqlite3.OperationalError as error:
            raise LearningError(f"the store {self.path} cannot be used: {error}") from None
        except sqlite3.DatabaseError as error:
            raise LearningError(f"{self.path} is no store of studies, or is damaged: {error}") from None
        finally:
            if db is not None:
                db.close()

    def outcomes(self, task: str, version: str) -> dict[str, Outcome]:
        """All that is known of the cells of a task, by key."""
        with self.connection() as db:
            rows = db.execute(
                "SELECT key, result, error, traceback, seconds, attempts FROM cells WHERE task = ? AND version = ?",
                (task, version),
            ).fetchall()
        return {key: Outcome(*rest) for key, *rest in rows}

    def __repr__(self) -> str:
        return f"<Store {self.path}>"


def put(db: sqlite3.Connection, key: str, task: str, version: str, cell: str, found: Outcome) -> None:
    """Write one outcome; that of an earlier attempt is replaced."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    db.execute(PUT, (key, task, version, cell, found.result, found.error, found.traceback, found.attempts, found.seconds, now))
