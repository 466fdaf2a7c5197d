"""`llaves table`: the entity types and document types that the registration offers."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llaves.cli.terminal import Error, OperatorCommand, add_verb, operator, refusals, start_of, written
from llaves.providers.publishing import publish_table
from llaves.providers.queries import find_table, table_in_force, tables_in_force
from llaves.providers.reference import LONGEST_TABLE, TableFault, TableName

if TYPE_CHECKING:
    from llaves.providers.models import ReferenceTable

EXAMPLE = "llaves table publish tipos-de-documento tipos.json"
NAMES = [name.value for name in TableName]


class Command(OperatorCommand):
    help = "Muestra los tipos de entidad y de documento que ofrece el registro, y publica versiones nuevas."
    epilog = (
        "Una versión publicada no se cambia: se exporta, se edita el JSON y se publica otra. Quien tiene un tipo que "
        f"se retira sigue ingresando; en el registro ya no se ofrece. Ejemplo: {EXAMPLE}"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|export|publish")
        add_verb(verbs, "list", "Muestra la versión vigente de cada tabla.")
        show = add_verb(verbs, "show", "Muestra las entradas de una tabla.")
        export = add_verb(
            verbs, "export", "Escribe una tabla como JSON.", "llaves table export tipos-de-documento > tipos.json"
        )
        send = add_verb(verbs, "publish", "Publica una versión nueva, que rige desde ese momento.", EXAMPLE)
        for verb in (show, export, send):
            verb.add_argument("name", metavar="TABLA", choices=NAMES, help=" o ".join(NAMES))
        for verb in (show, export):
            verb.add_argument("--version", metavar="N", type=int, dest="number", help="una versión anterior")
        send.add_argument("file", metavar="ARCHIVO", type=Path, help="JSON como el de export, en UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        console = Console(highlight=False)
        with refusals(TableFault):
            match options["verb"]:
                case "publish":
                    console.print(_publish(TableName(options["name"]), options["file"]))
                case "show":
                    console.print(_entries(_find(TableName(options["name"]), options["number"])))
                case "export":
                    found = _find(TableName(options["name"]), options["number"])
                    self.stdout.write(json.dumps(found.entries, ensure_ascii=False, indent=2))
                case _:
                    console.print(_list())


def _find(name: TableName, version: int | None) -> "ReferenceTable":
    found = find_table(name, version) if version is not None else table_in_force(name)
    if found is None:
        raise Error(f"No hay una versión {version} de {name}. Vea: llaves table list.")
    return found


def _list() -> Table:
    shown = Table(box=box.SIMPLE_HEAD)
    for heading in ("Tabla", "Versión", "Publicada", "Entradas", "SHA-256"):
        shown.add_column(heading, no_wrap=True)
    for table in tables_in_force():
        since = written(table.published_at) if table.published_at else "con el portal"
        shown.add_row(table.name, str(table.version), since, str(len(table.entries)), table.sha256[:16])
    return shown


def _entries(table: "ReferenceTable") -> Table:
    shown = Table(box=box.SIMPLE_HEAD, title=f"{table.name}, versión {table.version}", title_justify="left")
    headings = {"code": "Código", "label": "Nombre", "shape": "Número"}
    present = [key for key in headings if key in table.entries[0]]
    for key in present:
        shown.add_column(headings[key], overflow="fold")
    for entry in table.entries:
        shown.add_row(*(Text(entry[key]) for key in present))
    return shown


def _publish(name: TableName, file: Path) -> Text:
    content = start_of(file, LONGEST_TABLE + 1)
    table = publish_table(name=name, content=content, by=operator("table publish"), at=timezone.now())
    return Text(f"{name}: rige la versión {table.version}, con {len(table.entries)} entradas.")
