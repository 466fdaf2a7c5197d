"""COPY into a table, by which very many rows are written at once; constraints and triggers hold as they always do."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Model
from psycopg import sql


def copy_rows(model: type[Model], fields: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows of a model; what a field's default gives has to be in them, as the database knows of none."""
    table = model._meta  # noqa: SLF001 - Django's documented interface to a model's columns
    copy_into(table.db_table, [str(table.get_field(name).column) for name in fields], rows)  # type: ignore[union-attr]


def copy_into(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows of a table."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)
