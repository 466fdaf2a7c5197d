"""`llaves application`: the catalogue of applications (imagen 1)."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llaves.cli.terminal import Error, OperatorCommand, add_verb, operator
from llaves.identity.administration import NothingChanged, add_application
from llaves.identity.queries import applications

EXAMPLE = (
    'llaves application add pisis --name PISIS --summary "Envíe sus archivos al Ministerio." '
    "--address https://web.sispro.gov.co"
)


class Command(OperatorCommand):
    help = "Muestra el catálogo de aplicaciones del portal y le agrega las que viven en otra dirección."
    epilog = f"Ejemplo: {EXAMPLE}"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|add")
        add_verb(verbs, "list", "Muestra las aplicaciones en su orden.")
        add = add_verb(verbs, "add", "Agrega una aplicación al final del catálogo.", EXAMPLE)
        add.add_argument("code", metavar="CÓDIGO", help="nombre corto y único, como mi-seguridad")
        add.add_argument("--name", metavar="NOMBRE", required=True, help="el nombre que se ve")
        add.add_argument("--summary", metavar="RESUMEN", required=True, help="para qué sirve, en una frase")
        add.add_argument("--address", metavar="URL", required=True, help="adónde lleva; debe empezar por https://")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if options["verb"] == "add":
            values = {name: options[name] for name in ("code", "name", "summary", "address")}
            try:
                add_application(**values, by=operator("application add"), at=timezone.now())
            except NothingChanged as refusal:
                raise Error(str(refusal)) from None
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column("Código", no_wrap=True)
        for heading in ("Nombre", "Dirección"):
            table.add_column(heading, overflow="fold")
        for application in applications():
            table.add_row(application.code, Text(application.name), Text(application.address or "este portal"))
        Console(highlight=False).print(table)
