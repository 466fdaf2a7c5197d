"""Where the demo's directory outlives its process: a file of SQLite, changed with every change.

Rules, faults, budgets and clocks are not kept: a new start is a quiet morning.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from entra_emulator.objects import Application, Json, Thing, application_from, plain, principal_from

TABLES = """
    CREATE TABLE IF NOT EXISTS tenant (id TEXT PRIMARY KEY, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS thing (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, is_application INTEGER NOT NULL, body TEXT NOT NULL
    ) WITHOUT ROWID;
"""
NEWEST = "ON CONFLICT (id) DO UPDATE SET body = excluded.body"


class Book:
    """The file."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it; nobody else may read it."""
        path.touch(mode=0o600)
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = OFF")  # a killed process loses nothing, and a computer may
        self._file.executescript(TABLES)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def tenants(self) -> Iterator[tuple[str, Json]]:
        """Go through the tenants that were kept."""
        for tenant_id, body in self._file.execute("SELECT id, body FROM tenant"):
            yield tenant_id, json.loads(body)

    def things(self, tenant_id: str) -> Iterator[Thing]:
        """Go through what a tenant holds, what was deleted first in the order in which it was."""
        kept = "SELECT is_application, body FROM thing WHERE tenant = ? ORDER BY body ->> 'deleted_at'"
        for is_application, body in self._file.execute(kept, (tenant_id,)):
            yield (application_from if is_application else principal_from)(json.loads(body))

    def keep(self, tenant_id: str, thing: Thing) -> None:
        """Keep it as it is now."""
        row = (thing.id, tenant_id, isinstance(thing, Application), json.dumps(plain(thing)))
        self._file.execute(f"INSERT INTO thing VALUES (?, ?, ?, ?) {NEWEST}", row)  # noqa: S608 - a constant

    def forget(self, tenant_id: str, thing: Thing) -> None:
        """Drop it for good."""
        self._file.execute("DELETE FROM thing WHERE tenant = ? AND id = ?", (tenant_id, thing.id))

    def keep_tenant(self, tenant_id: str, tenant: Json) -> None:
        """Keep what a tenant is."""
        row = (tenant_id, json.dumps(tenant))
        self._file.execute(f"INSERT INTO tenant VALUES (?, ?) {NEWEST}", row)  # noqa: S608 - a constant

    def forget_tenant(self, tenant_id: str) -> None:
        """Drop it with all that it holds."""
        self._file.execute("DELETE FROM thing WHERE tenant = ?", (tenant_id,))
        self._file.execute("DELETE FROM tenant WHERE id = ?", (tenant_id,))
