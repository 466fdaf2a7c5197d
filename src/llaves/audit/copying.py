"""COPY into a table, by which very many rows are written at once; constraints and triggers hold as they always do."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Model
from psycopg import sql


def copy_rows(model: type[Model], fields: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows of a model. A field that is not named gets its default, of which the database knows nothing."""
    own = {field.name: field for field in model._meta.local_concrete_fields}  # noqa: SLF001 - Django's documented interface
    left = [
        field
        for name, field in own.items()
        if name not in fields and not (field.null or field.primary_key or field.generated)
    ]
    columns = [str(field.column) for field in (*(own[name] for name in fields), *left)]
    defaults = tuple(field.get_default() for field in left)
    copy_into(model._meta.db_table, columns, ((*row, *defaults) for row in rows))  # noqa: SLF001


def copy_into(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows of a table."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)
