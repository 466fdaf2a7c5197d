"""What the three imports have in common: a file is read with a progress bar, loaded, and reported on."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.utils import timezone
from rich import box
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from llaves.audit.events import Actor
from llaves.cli.reports import RemarkReport, show_refusals
from llaves.cli.terminal import Error, OperatorCommand, count, operator
from llaves.providers.actions import Outcome
from llaves.providers.sources import Source
from llaves.providers.tables import Column, UnusableFile


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the accepted lines, by the Spanish name of the things, and what else is to be known."""

    outcomes: Mapping[str, Outcome]
    remark: str = ""


class ImportCommand(OperatorCommand):
    """A command that loads a file. A subclass says which columns it has and loads its lines."""

    command: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    epilog = (
        "El archivo es texto separado por comas, punto y coma, tabulador o barra, en UTF-8, UTF-16 o "
        "Windows-1252. Cargarlo otra vez no cambia nada. Termina con 0 aunque rechace líneas, y con 1 si el "
        "archivo no sirve; entonces no se carga nada."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="ARCHIVO", type=Path, help="el archivo que se carga")
        parser.add_argument(
            "--report",
            metavar="INFORME.csv",
            type=Path,
            help="deja en este archivo cada línea rechazada y por qué",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        file: Path = options["file"]
        _require_another_file(file, options["report"])
        with RemarkReport(options["report"]) as report:
            try:
                with (
                    _progress(file) as advance,
                    Source(file, self.columns, on_remark=report.add, on_progress=advance) as source,
                ):
                    loaded = self.load(source, by=operator(self.command), at=timezone.now())
            except UnusableFile as fault:
                raise Error(f"{file.name}: {fault} No se cargó nada.") from fault
            except KeyboardInterrupt as fault:
                raise Error("Interrumpido: no se cargó nada.", returncode=130) from fault
        _show(Console(), source, loaded, report)

    def load(self, source: Source, *, by: Actor, at: datetime) -> Loaded:
        """Load the lines of the file and tell what became of them."""
        raise NotImplementedError


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """Show a bar of the bytes read, and how long it may still take, until the file is loaded."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    size = file.stat().st_size if file.is_file() else None
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Leyendo el archivo", total=size)

        def advance(count: int) -> None:
            progress.advance(task, count)
            if not count:
                progress.update(task, description="Guardando")

        yield advance


def _show(console: Console, source: Source, loaded: Loaded, report: RemarkReport) -> None:
    console.print(Text(f"{source.name}: {count(source.read)} líneas leídas, {count(source.refused)} rechazadas."))
    table = Table("", box=box.SIMPLE_HEAD)
    for heading in ("Altas", "Cambios", "Sin cambios"):
        table.add_column(heading, justify="right")
    for things, outcome in loaded.outcomes.items():
        table.add_row(things, count(outcome.new), count(outcome.changed), count(outcome.same))
    console.print(table)
    if loaded.remark:
        console.print(loaded.remark)
    for text, times in source.notes.most_common():
        console.print(f"Aviso en {count(times)}: {text}")
    show_refusals(console, report, source.refused)


def _require_another_file(file: Path, report: Path | None) -> None:
    if report and report.exists() and file.exists() and report.samefile(file):
        raise Error("El informe no puede ser el mismo archivo que se carga.")
