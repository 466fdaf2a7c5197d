"""Bytes that an official uploads, read as a table of keys: CSV as offices produce it, or an Excel workbook. Pure.

The values are secrets, so the bytes never touch a disk. A pasted cell is kept as it stands: to mend it
silently would hide that it was copied badly.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook

from llaves.credentials.bulk import COLUMNS, MANGLED, MOST_LINES, PASTED, Line, TableRead
from llaves.providers.sources import clean, table
from llaves.providers.tables import Layout, UnusableFile, is_excel_hint, recognise, records

MOST_BYTES = 5 * 1024 * 1024
SHEET = "Llaves"
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0"
_MOST_UNFOLDED = 15 * 1024 * 1024
_MOST_PARTS = 500
_LAST_ROW, _LAST_COLUMN = 1_048_576, 60
_HEADER_WITHIN = 10
_ADVICE = "Descargue la plantilla y pegue en ella los valores."


def read(content: bytes) -> TableRead:
    """The lines of a file, whatever its bytes.

    :raises UnusableFile: it is no such table; says why, in Spanish.
    """
    if len(content) > MOST_BYTES:
        raise UnusableFile(f"Pesa más de {MOST_BYTES // 1024**2} MB. Divídalo en varios archivos.")
    found = _sheet_lines(content) if content.startswith(_ZIP) else _text_lines(content)
    lines = []
    for line in found:
        lines.append(line)
        if len(lines) > MOST_LINES:
            raise UnusableFile(f"Tiene más de {MOST_LINES} líneas. Divídalo en varios archivos.")
    if not lines:
        raise UnusableFile("No trae ninguna línea debajo del encabezado.")
    return TableRead(lines, hashlib.sha256(content).hexdigest())


def _text_lines(content: bytes) -> Iterator[Line]:
    if content.startswith(_OLE):
        raise UnusableFile(
            "Es un libro protegido con contraseña o de un Excel antiguo (.xls). Quítele la contraseña y guárdelo como "
            "«Libro de Excel (.xlsx)»."
        )
    layout, lines = table(io.BufferedReader(io.BytesIO(content)), COLUMNS)
    for record in records(lines, layout):
        if record.fault:
            yield Line(record.line, faults={"": record.fault})
        else:
            yield Line(record.line, {key: _kept(key, record.cells[at]) for key, at in layout.places.items()})


def _kept(key: str, text: str) -> str:
    return text if key in PASTED else clean(text)


def _sheet_lines(content: bytes) -> Iterator[Line]:
    try:
        yield from _rows(content)
    except UnusableFile:
        raise
    except Exception as fault:  # openpyxl promises nothing of what it raises on a damaged workbook
        raise UnusableFile(f"El libro de Excel está dañado o no es un libro. {_ADVICE}") from fault


def _rows(content: bytes) -> Iterator[Line]:
    _require_harmless(content)
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        # The bounds are given, as those that a workbook declares may be wrong.
        rows = enumerate(_sheet(book).iter_rows(1, _LAST_ROW, 1, _LAST_COLUMN), start=1)
        layout = _layout(rows)
        yield from (line for number, row in rows if (line := _line(number, row, layout)))
    finally:
        book.close()


def _require_harmless(content: bytes) -> None:
    """No macros, and nothing that unfolds to many times its size: `zipfile` reads no more than what is declared."""
    parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNFOLDED:
        raise UnusableFile(f"El libro es demasiado grande por dentro. {_ADVICE}")
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        raise UnusableFile("El libro tiene macros. Guárdelo como «Libro de Excel (.xlsx)», sin macros.")
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names and not any(name.startswith("xl/") for name in names):
        raise UnusableFile("Es un archivo ZIP, no un libro de Excel. Suba el .xlsx o el .csv que está dentro.")


def _sheet(book: Any) -> Any:
    """The sheet named as in the template, or the only one that is seen. A hidden one is never read unseen."""
    seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    chosen = [sheet for sheet in seen if sheet.title == SHEET] or seen
    if not chosen:
        raise UnusableFile("El libro no tiene hojas visibles.")
    if len(chosen) > 1:
        raise UnusableFile(f"El libro tiene varias hojas. Deje una sola, o llame «{SHEET}» a la que tiene las llaves.")
    return chosen[0]


def _layout(rows: Iterable[tuple[int, Sequence[Any]]]) -> Layout:
    """The header is the first row with something in it, but for a title or two above."""
    refused = UnusableFile("Está vacío.")
    for number, row in rows:
        header = io.StringIO()
        csv.writer(header, delimiter="\t").writerow([clean(_text(cell.value)) for cell in row])
        if not header.getvalue().strip() or is_excel_hint(header.getvalue()):
            continue
        try:
            return recognise(header.getvalue(), COLUMNS)
        except UnusableFile as fault:
            refused = fault
        if number >= _HEADER_WITHIN:
            break
    raise UnusableFile(f"{refused} Cada columna lleva su nombre en una celda propia, sin combinar. {_ADVICE}")


def _line(number: int, row: Sequence[Any], layout: Layout) -> Line | None:
    cells: dict[str, str] = {}
    faults: dict[str, str] = {}
    for key, at in layout.places.items():
        cell = row[at] if at < len(row) else None
        if cell is None or cell.value is None:
            continue
        if fault := _fault(key, cell):
            faults[key] = fault
        else:
            cells[key] = _kept(key, _text(cell.value))
    return Line(number, cells, faults) if faults or any(text.strip() for text in cells.values()) else None


def _fault(key: str, cell: Any) -> str:
    """Why the cell's value is not to be trusted."""
    if cell.data_type == "f":
        return "La celda tiene una fórmula. Pegue el valor («Pegado especial: valores»)."
    if cell.data_type == "e":
        return "La celda muestra un error de Excel. Escriba el valor otra vez."
    if key in PASTED and not isinstance(cell.value, str):
        return MANGLED
    if key == "expires_on" and not isinstance(cell.value, str | date):
        return "La celda no tiene una fecha. Escríbala como 30/06/2027."
    return ""


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.date().isoformat()
        case float() if value.is_integer():
            return str(int(value))
    return str(value)
