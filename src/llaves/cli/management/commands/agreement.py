"""`llaves agreement`: the texts that people accept, and their versions."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llaves.cli.terminal import OperatorCommand, add_verb, operator, refusals, start_of, written
from llaves.identity.administration import NothingChanged
from llaves.identity.agreements import AgreementKind
from llaves.identity.consent import LONGEST_TEXT, publish
from llaves.identity.queries import agreements_in_force, current_agreement, find_agreement

EXAMPLE = "llaves agreement publish confidencialidad acuerdo-2.txt"


class Command(OperatorCommand):
    help = "Muestra los textos que aceptan los usuarios y publica versiones nuevas."
    epilog = (
        "Una versión publicada no se cambia ni se borra: se publica otra. Quien aceptó una versión anterior del "
        f"acuerdo de confidencialidad debe aceptar la nueva en su próximo ingreso. Ejemplo: {EXAMPLE}"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|publish")
        add_verb(verbs, "list", "Muestra la versión vigente de cada texto.")
        show = add_verb(verbs, "show", "Escribe un texto.", "llaves agreement show terminos > terminos.txt")
        show.add_argument("--version", metavar="N", type=int, dest="number", help="una versión anterior")
        send = add_verb(
            verbs,
            "publish",
            "Publica una versión nueva, que rige desde ese momento. Léala antes con calma: no se puede retirar.",
            EXAMPLE,
        )
        for verb in (show, send):
            kinds = AgreementKind.values
            verb.add_argument("kind", metavar="TEXTO", choices=kinds, help=", ".join(kinds))
        send.add_argument("file", metavar="ARCHIVO", type=Path, help="texto sin formato, en UTF-8, de 100 kB o menos")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        console = Console(highlight=False)
        with refusals(NothingChanged):
            match options["verb"]:
                case "publish":
                    console.print(_publish(AgreementKind(options["kind"]), options["file"]))
                case "show":
                    self.stdout.write(_text(AgreementKind(options["kind"]), options["number"]), ending="")
                case _:
                    console.print(_list())


def _list() -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("Texto", "Versión", "Publicada", "SHA-256"):
        table.add_column(heading, no_wrap=True)
    for agreement in agreements_in_force():
        since = written(agreement.published_at) if agreement.published_at else "con el portal"
        table.add_row(agreement.kind, str(agreement.version), since, agreement.sha256[:16])
    return table


def _text(kind: AgreementKind, version: int | None) -> str:
    agreement = find_agreement(kind, version) if version is not None else current_agreement(kind)
    if agreement is None:
        raise NothingChanged(f"No hay una versión {version} de {kind.value}. Vea: llaves agreement list.")
    return agreement.text


def _publish(kind: AgreementKind, file: Path) -> Text:
    content = start_of(file, LONGEST_TEXT + 1)
    agreement = publish(kind=kind, content=content, by=operator("agreement publish"), at=timezone.now())
    return Text(f"{kind.label}: rige la versión {agreement.version} (SHA-256 {agreement.sha256[:16]}…).")
