"""`llaves demo`: an invented country to try the portal on."""

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from rich import box
from rich.console import Console
from rich.table import Table

from llaves.cli import demo_data, demo_history, demo_registry, demo_requests, demo_states
from llaves.cli.demo_people import ACQUAINTANCES, PASSWORD, Acquaintance
from llaves.cli.terminal import Error, OperatorCommand, count, operator

LEAST_PROVIDERS = 20


class Command(OperatorCommand):
    help = "Llena la base de datos con prestadores y personas inventados, para probar el portal."
    epilog = "Repetirlo no cambia nada; con un número mayor, agrega los que faltan."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--providers", metavar="N", type=_providers, default=600, help="cuántos prestadores (600)")
        parser.add_argument("--pending", metavar="N", type=_pending, default=8, help="cuántas solicitudes (8)")
        parser.add_argument(
            "--history",
            action=BooleanOptionalAction,
            help=f"con tres años de solicitudes y llaves; desde {count(demo_history.COUNTRY)} prestadores, siempre",
        )
        parser.add_argument("--registry", metavar="CARPETA", type=Path, help="escribe allí lo que sabe el registro")
        parser.add_argument("--accounts", action="store_true", help="solo muestra con qué usuarios se puede entrar")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if not settings.DEMO:
            raise Error("Los datos inventados solo se cargan en una demostración: inicie con script/server.")
        console = Console()
        if options["accounts"]:
            console.print(_table())
            return
        wished = options.pop("history")
        has_past = options["providers"] >= demo_history.COUNTRY if wished is None else wished
        added = self._load(console, providers=options["providers"], pending=options["pending"], has_past=has_past)
        folder: Path | None = options["registry"]
        if folder and (added or not demo_registry.is_written(folder)):
            demo_registry.write(folder)

    def _load(self, console: Console, *, providers: int, pending: int, has_past: bool) -> int:
        by, at = operator("demo"), timezone.now()
        try:
            with console.status(f"Inventando {count(providers)} prestadores…"):
                added = demo_data.load(providers, by=by, at=at)
        except demo_data.RealDataHere:
            raise Error(
                "Esta base de datos ya tiene entidades que no son de la demostración. Use otra, vacía."
            ) from None
        with console.status("Preparando usuarios…"):
            demo_data.fill_environments(by=by, at=at)
            demo_data.open_accounts(by=by, at=at)
        if has_past:
            with console.status("Inventando tres años de solicitudes y llaves…"):
                lived = demo_history.ensure(by=by, at=at)
            console.print(f"Prestadores con tres años de historia: {count(lived)} nuevos.")
        with console.status("Preparando solicitudes…"):
            made = demo_requests.ensure(pending, by=by, at=at)
            made += demo_states.ensure(by=by, at=at) if pending else 0
        console.print(f"Prestadores de la demostración: {count(added)} nuevos. Solicitudes: {count(made)} nuevas.")
        return added


def _table() -> Table:
    table = Table(title="Usuarios de la demostración", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("Para qué", "Usuario", "Contraseña"):
        table.add_column(heading, overflow="fold")
    for who in ACQUAINTANCES:
        table.add_row(who.purpose, *_access(who))
    return table


def _access(who: Acquaintance) -> tuple[str, str]:
    if who.is_ready:
        return who.login, PASSWORD
    document_type, document_number = who.document
    return f"NIT {who.nit}, documento {document_type} {document_number}", "la que usted elija"


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"«{text}» no es un número")
    return int(text)


def _pending(text: str) -> int:
    number = _number(text)
    if number > demo_requests.MOST:
        raise ArgumentTypeError(f"deben ser {demo_requests.MOST} como máximo; con --history hay miles")
    return number


def _providers(text: str) -> int:
    number = _number(text)
    if number < LEAST_PROVIDERS:
        raise ArgumentTypeError(f"deben ser al menos {LEAST_PROVIDERS}")
    return number
