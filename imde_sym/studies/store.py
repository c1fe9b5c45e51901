"""Results of studies in an SQLite file, each written as it arrives."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from uuid import uuid4

from ..base.errors import LearningError
from ..base.values import Value

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
CLAIMS = "CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL)"
CLAIM = "INSERT INTO claims VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until"
PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""
LEASE = 60.0
"""Seconds for which a claim holds unless it is renewed: so long a machine may be out of reach before its cells are others'."""


class Claim(Enum):
    """Whose a cell is: ours to run, another's who is at it, or nobody's, since it has its outcome."""

    OURS, TAKEN, DONE = range(3)


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
        """Whether there is no result."""
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
            db = self._open()
            yield db
        except sqlite3.OperationalError as error:
            raise LearningError(f"the store {self.path} cannot be used: {error}") from None
        except sqlite3.DatabaseError as error:
            raise LearningError(f"{self.path} is not a store of studies, or is damaged: {error}") from None
        finally:
            if db is not None:
                db.close()

    def _open(self) -> sqlite3.Connection:
        """A connection that can read; where the file or its folder cannot be written, one that can only read."""
        address = self.path.absolute().as_uri()
        log = self.path.with_name(f"{self.path.name}-wal")
        ways = [str(self.path), f"{address}?mode=ro"]
        if not log.exists() or not log.stat().st_size:  # else its rows would be left out
            ways.append(f"{address}?mode=ro&immutable=1")
        first: sqlite3.OperationalError | None = None
        for way in ways if self.path.exists() else ways[:1]:
            db = sqlite3.connect(way, timeout=PATIENCE, isolation_level=None, uri=way != ways[0])
            try:
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
                return db
            except sqlite3.OperationalError as error:
                db.close()
                first = first or error
            except BaseException:
                db.close()
                raise
        assert first is not None
        raise first

    @contextmanager
    def claims(self) -> Iterator[Claims]:
        """Claims of this process on cells, renewed until the end, then given up."""
        with self.connection() as db:
            db.execute(CLAIMS)
        found, ended = Claims(self, f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex}"), threading.Event()

        def renew() -> None:
            while not ended.wait(LEASE / 3):
                found.renew()

        thread = threading.Thread(target=renew, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            ended.set()
            thread.join()
            found.give_up()

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


class Claims:
    """The cells of a store that one process has taken, each for as long as it renews them."""

    def __init__(self, store: Store, owner: str):
        self._store, self._owner = store, owner

    def take(self, key: str, attempts: int) -> Claim:
        """Claim a cell that had so many attempts; one that has more, or a result, is done."""
        with self._store.connection() as db:
            db.execute("BEGIN IMMEDIATE")
            known = db.execute("SELECT result, attempts FROM cells WHERE key = ?", (key,)).fetchone()
            held = db.execute("SELECT owner, until FROM claims WHERE key = ?", (key,)).fetchone()
            if known is not None and (known[0] is not None or known[1] > attempts):
                answer = Claim.DONE
            elif held is not None and held[0] != self._owner and held[1] > time.time() and not _gone(held[0]):
                answer = Claim.TAKEN
            else:
                db.execute(CLAIM, (key, self._owner, time.time() + LEASE))
                answer = Claim.OURS
            db.execute("COMMIT")
        return answer

    def renew(self) -> None:
        """Hold all claims for another lease."""
        with self._store.connection() as db:
            db.execute("UPDATE claims SET until = ? WHERE owner = ?", (time.time() + LEASE, self._owner))

    def give_up(self) -> None:
        """Leave all cells to others."""
        with self._store.connection() as db:
            db.execute("DELETE FROM claims WHERE owner = ?", (self._owner,))


def _gone(owner: str) -> bool:
    """Whether the owner of a claim was a process of this machine that is no more."""
    host, number, _ = owner.rsplit(":", 2)
    if host != socket.gethostname() or os.name != "posix":
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it lives, as another user's
        return False
    return False
