"""What an import says of the lines of its file: the first refusals on the terminal, all remarks in a CSV."""

import csv
from pathlib import Path
from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llaves.cli.terminal import Error, count
from llaves.providers.sources import Remark

MOST_ON_THE_TERMINAL = 50
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class RemarkReport:
    """Keeps the first refusals for the terminal and writes every remark to a file, if one is wanted."""

    def __init__(self, path: Path | None) -> None:
        self.refusals: list[Remark] = []
        self.is_complete = path is not None
        self._path = path

    def __enter__(self) -> Self:
        """Open the file.

        :raises Error: it can't be written.
        """
        if self._path:
            try:
                # With its mark, Excel takes it for UTF-8; with semicolons, in Colombia it finds the columns.
                self._file = self._path.open("w", encoding="utf-8-sig", newline="")
            except OSError as fault:
                raise Error(f"No se puede escribir el informe {self._path}: {fault.strerror}.") from fault
            self._writer = csv.writer(self._file, delimiter=";")
            self._writer.writerow(("linea", "codigo", "resultado", "motivo"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path:
            self._file.close()

    def add(self, remark: Remark) -> None:
        """Take a remark of the import."""
        if remark.is_refusal and len(self.refusals) < MOST_ON_THE_TERMINAL:
            self.refusals.append(remark)
        if self._path:
            result = "rechazada" if remark.is_refusal else "aceptada con aviso"
            self._writer.writerow((remark.line, harmless(remark.about), result, harmless(remark.text)))


def harmless(cell: str) -> str:
    """Make sure that a spreadsheet shows the cell and does not calculate it."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def show_refusals(console: Console, report: RemarkReport, refused: int) -> None:
    """Print the first refusals, and how to see the others."""
    if not refused:
        return
    table = Table(box=box.SIMPLE_HEAD, title="Líneas rechazadas", title_justify="left")
    table.add_column("Línea", justify="right", no_wrap=True)
    table.add_column("Código", overflow="fold")
    table.add_column("Motivo", overflow="fold")
    for remark in report.refusals:
        # As Text: what stands in a file must not be taken for the terminal's markup.
        table.add_row(str(remark.line), Text(remark.about), Text(remark.text))
    console.print(table)
    left = refused - len(report.refusals)
    if left and not report.is_complete:
        console.print(f"… y {count(left)} más. Con --report INFORME.csv quedan todas en un archivo.")
    elif left:
        console.print(f"… y {count(left)} más en el informe.")
