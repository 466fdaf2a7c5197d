"""Delimited text as offices really produce it: from lines to records, from a header to known columns. Pure.

`csv` alone would let one stray quotation mark swallow the rest of a file; here it costs its own line.
"""

import csv
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

SEPARATORS = ",;\t|"
MOST_LINES_IN_A_RECORD = 20
_ENDS = ("\n", "\r")
_EXCEL_HINT = re.compile(r"sep=.", re.IGNORECASE)


class UnusableFile(Exception):
    """Nothing can be imported from this file; the message says why, in Spanish."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an import knows, with the names it goes by, the usual one first."""

    key: str
    names: tuple[str, ...]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file is laid out, as its header tells."""

    separator: str
    width: int
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the table, or why it can't be read as one. `line` is where it begins in the file."""

    line: int
    cells: Sequence[str]
    fault: str = ""


def recognise(header: str, columns: Sequence[Column]) -> Layout:
    """The layout that a header announces: the separator is the one with which most names make sense.

    :raises UnusableFile: names the required columns that are missing.
    """
    layouts = [_layout(header, separator, columns) for separator in SEPARATORS]
    best = max(layouts, key=lambda layout: len(layout.places))
    missing = [column.names[0] for column in columns if column.is_required and column.key not in best.places]
    if not best.places:
        raise UnusableFile(
            f"No es una tabla conocida: la primera línea no tiene ninguna de las columnas {_listed(missing)}."
        )
    if missing:
        raise UnusableFile(f"A la tabla le falta: {_listed(missing)}. Revise los nombres de la primera línea.")
    return best


def is_excel_hint(line: str) -> bool:
    """Whether the line is the `sep=;` that some programs put before the header."""
    return _EXCEL_HINT.fullmatch(line.strip()) is not None


def records(lines: Iterable[tuple[int, str]], layout: Layout) -> Iterator[Record]:
    """The records of a table's body, from its numbered lines. Empty lines are passed over."""
    queue = _Queue(lines)
    while (taken := queue.take()) is not None:
        line, text = taken
        record = _single(line, text, layout) or _joined(line, text, queue, layout)
        if record.fault or any(cell.strip() for cell in record.cells):
            yield record


def _single(line: int, text: str, layout: Layout) -> Record | None:
    """The record that stands in one line; None if a quoted cell goes on in the next."""
    try:
        cells = _split(text, layout.separator)
    except csv.Error:
        return Record(line, (), "Una de sus celdas es demasiado larga.")
    if cells and cells[-1].endswith(_ENDS):
        return None
    return _measured(line, cells, layout)


def _joined(line: int, text: str, queue: "_Queue", layout: Layout) -> Record:
    """The record that begins here and ends some lines below.

    Only a record that is sound in every respect is believed, and never one in which another stands whole;
    otherwise the quotation mark was a stray one, and the lines below are given back.
    """
    following: list[tuple[int, str]] = []
    while len(following) < MOST_LINES_IN_A_RECORD and (taken := queue.take()) is not None:
        following.append(taken)
        text += taken[1]
        if _is_sound(taken[1], layout):
            break
        if '"' in taken[1] and _is_sound(text, layout):
            return Record(line, _split(text, layout.separator))
    queue.give_back(following)
    return Record(line, (), "Tiene una comilla que se abre y no se cierra.")


def _is_sound(text: str, layout: Layout) -> bool:
    """Whether the text is one record, quoted by the rules and as wide as the header."""
    try:
        return len(_split(text, layout.separator, strict=True)) == layout.width
    except csv.Error:
        return False


def _measured(line: int, cells: list[str], layout: Layout) -> Record:
    # A separator too many at the end of the line does no harm.
    while len(cells) > layout.width and not cells[-1].strip():
        cells.pop()
    if len(cells) != layout.width and any(cell.strip() for cell in cells):
        return Record(line, cells, f"Tiene {len(cells)} columnas y el encabezado {layout.width}.")
    return Record(line, cells)


def _split(text: str, separator: str, *, strict: bool = False) -> list[str]:
    # With its line ending, a cell that is still open shows it: the ending is then part of the cell.
    complete = text if text.endswith(_ENDS) else f"{text}\n"
    return next(csv.reader([complete], delimiter=separator, strict=strict), [])


def _layout(header: str, separator: str, columns: Sequence[Column]) -> Layout:
    try:
        names = [plain(name) for name in _split(header, separator)]
    except csv.Error:
        names = []
    places = {}
    for column in columns:
        place = next((names.index(plain) for plain in map(plain, column.names) if plain in names), None)
        if place is not None:
            places[column.key] = place
    return Layout(separator, len(names), places)


def plain(name: str) -> str:
    """A column's name without case, accents, spaces and punctuation."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", letters)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


class _Queue:
    """Lines that can be taken one by one and given back."""

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        self._lines = iter(lines)
        self._returned: deque[tuple[int, str]] = deque()

    def take(self) -> tuple[int, str] | None:
        return self._returned.popleft() if self._returned else next(self._lines, None)

    def give_back(self, lines: Sequence[tuple[int, str]]) -> None:
        self._returned.extendleft(reversed(lines))
