"""The cache in the database. Throttles count in it, so nobody may push a count out by filling it.

Django's own counts all rows before each write and, when there are many, throws out a third whatever they hold.
"""

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from psycopg.sql import SQL, Identifier

_SET = SQL(
    "INSERT INTO {} (cache_key, value, expires) VALUES (%s, %s, %s)"
    " ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires"
)
_ADD = SQL(
    "INSERT INTO {} AS held (cache_key, value, expires) VALUES (%s, %s, %s)"
    " ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires"
    " WHERE held.expires < statement_timestamp()"
)
_TOUCH = SQL("UPDATE {} SET expires = %s WHERE cache_key = %s AND expires >= statement_timestamp()")
_CLEAR = SQL("DELETE FROM {} WHERE expires < statement_timestamp()")


class SharedCache(DatabaseCache):
    """One statement for each write; what has expired goes when a job says so."""

    _table: str

    def clear_expired(self) -> int:
        """Throw out what nobody can read any more; return how much that was."""
        return self._execute(_CLEAR, [])

    def _base_set(self, mode: str, key: str, value: object, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        until = self.get_backend_timeout(timeout)
        expires = datetime.max.replace(tzinfo=UTC) if until is None else datetime.fromtimestamp(until, tz=UTC)
        if mode == "touch":
            return self._execute(_TOUCH, [expires, key]) > 0
        packed = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
        return self._execute(_ADD if mode == "add" else _SET, [key, packed, expires]) > 0

    def _execute(self, statement: SQL, values: list[Any]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(Identifier(self._table)), values)
            return int(cursor.rowcount)
