"""`llaves letters`: what the letters look like, which were not delivered, and what mail servers report of them."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.utils import timezone
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llaves.cli.terminal import Error, OperatorCommand, add_verb, operator, written
from llaves.notifications import bounces, outbox, queries
from llaves.notifications.examples import EXAMPLES
from llaves.notifications.letters import DECLARED, LetterName, write

MOST = 100
TRY_LATER = 75
"""EX_TEMPFAIL: the mail server keeps the message and brings it again."""

VERBS = {
    "list": ("Muestra cuáles son las cartas del portal.", "llaves letters list"),
    "preview": (
        "Muestra una carta, o todas, con datos inventados. No consulta ni envía nada.",
        "llaves letters preview activation --html --out carta.html",
    ),
    "failed": (
        "Muestra los avisos rechazados y los que esperan hace más de una hora, primero los más recientes.",
        "llaves letters failed",
    ),
    "bounce": (
        "Recibe por la entrada estándar un informe de entrega fallida y marca el aviso. Lo usa el servidor de correo.",
        "llaves letters bounce < informe.eml",
    ),
}
"""What each does, and an example."""


class Command(OperatorCommand):
    help = "Muestra las cartas del portal y las que no se pudieron entregar."
    epilog = "Ejemplo: llaves letters preview activation --html --out carta.html"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(VERBS))
        added = {name: add_verb(verbs, name, saying, example) for name, (saying, example) in VERBS.items()}
        preview = added["preview"]
        preview.add_argument("name", metavar="CARTA", nargs="?", help="su nombre, como lo muestra list; todas sin él")
        shape = preview.add_mutually_exclusive_group()
        shape.add_argument("--html", action="store_true", help="la versión HTML de una carta")
        shape.add_argument("--text", action="store_true", help="la versión de texto; así es si no se dice nada")
        preview.add_argument("--out", metavar="ARCHIVO", type=Path, help="la deja en este archivo")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        match options["verb"]:
            case "bounce":
                _take_back()
            case "failed":
                Console(highlight=False).print(_failed())
            case "preview":
                self._preview(options["name"], options["out"], as_html=options["html"])
            case _:
                Console(highlight=False).print(_list())

    def _preview(self, name: str | None, out: Path | None, *, as_html: bool) -> None:
        said = _written(name, as_html=as_html)
        if not out:
            self.stdout.write(said)
            return
        try:
            out.write_text(said, encoding="utf-8")
        except OSError as fault:
            raise Error(f"No se puede escribir {out}: {fault.strerror}.") from None


def _written(name: str | None, *, as_html: bool) -> str:
    if name is None and as_html:
        raise Error("Diga qué carta quiere en HTML; llaves letters list las muestra.")
    if name is None:
        letters = ((letter, write(letter, EXAMPLES[letter])) for letter in LetterName)
        return "\n".join(f"== {letter.value}: {shown.subject}\n\n{shown.text}" for letter, shown in letters)
    if name not in EXAMPLES:
        raise Error(f"No hay una carta {name}; llaves letters list las muestra.")
    letter = write(LetterName(name), EXAMPLES[LetterName(name)])
    return letter.html if as_html else f"{letter.subject}\n\n{letter.text}"


def _list() -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Carta", no_wrap=True)
    table.add_column("Qué es")
    table.add_column("Asunto, con datos inventados", overflow="fold")
    for letter in LetterName:
        table.add_row(letter.value, DECLARED[letter].title, Text(write(letter, EXAMPLES[letter]).subject))
    return table


def _failed() -> Table | Text:
    page = queries.undelivered(at=timezone.now(), length=MOST)
    if not page.letters:
        return Text("No hay avisos sin entregar.")
    table = Table(box=box.SIMPLE_HEAD, caption=f"Solo los {MOST} más recientes." if page.next else None)
    for heading in ("Puesto", "Aviso", "Sobre", "Para", "Qué pasó"):
        table.add_column(heading, overflow="fold")
    for notice in page.letters:
        told = (notice.letter, notice.about, notice.recipient, notice.reason)
        table.add_row(written(notice.posted_at), *map(Text, told))
    return table


def _take_back() -> None:
    """Say nothing, whatever came: its sender may be anybody."""
    bounce = bounces.read(sys.stdin.buffer.read(bounces.MOST_BYTES))
    if bounce is None:
        return
    try:
        outbox.take_back(bounce, by=operator("letters bounce"), at=timezone.now())
    except OperationalError as fault:
        raise Error("La base de datos no responde; intente más tarde.", returncode=TRY_LATER) from fault
