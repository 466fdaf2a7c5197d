"""A file that somebody wants imported: opened, decoded and counted while it is read once from end to end.

Memory stays bounded: one record at a time, whatever the size of the file.
"""

import codecs
import hashlib
import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from llaves.providers.tables import Column, Layout, UnusableFile, is_excel_hint, recognise, records

LONGEST_LINE = 1_000_000
LONGEST_ABOUT = 40
_PEEK = 8192
_BUFFER = 256 * 1024
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_TEXT = {
    b"PK\x03\x04": "Es un libro de Excel o un ZIP: guárdelo como «CSV UTF-8 (delimitado por comas)».",
    b"\xd0\xcf\x11\xe0": "Es un libro de Excel: guárdelo como «CSV UTF-8 (delimitado por comas)».",
    b"%PDF": "Es un PDF: pida el archivo como CSV.",
    b"\x1f\x8b": "Está comprimido (gzip): descomprímalo primero.",
}


class LineRefused(Exception):
    """Why a line is not accepted, in Spanish."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What the report says of one line: `about` is its code or document."""

    line: int
    about: str
    text: str
    is_refusal: bool


class Origin(Protocol):
    """Where the lines of an import come from, and how many there were once all are read."""

    @property
    def name(self) -> str: ...

    @property
    def read(self) -> int: ...

    @property
    def refused(self) -> int: ...

    @property
    def sha256(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """A record by the columns' keys, each cell cleaned."""

    line: int
    cells: Mapping[str, str]

    def get(self, key: str) -> str:
        """The cell; empty where the file lacks the column.

        :raises LineRefused: part of it could not be decoded.
        """
        text = self.cells.get(key, "")
        if "\ufffd" in text:
            raise LineRefused("Tiene un carácter ilegible. Exporte el archivo de nuevo, en UTF-8.")
        return text


class Source:
    """A file that is read once, from end to end. It is an `Origin`."""

    def __init__(
        self,
        path: Path,
        columns: Sequence[Column],
        *,
        on_remark: Callable[[Remark], None] = lambda _: None,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.name = path.name
        self.read = 0
        self.refused = 0
        self.notes: Counter[str] = Counter()
        self._path = path
        self._columns = columns
        self._on_remark = on_remark
        self._meter: _Meter | None = None
        self._on_progress = on_progress

    def __enter__(self) -> Self:
        """Open the file and recognise its header.

        :raises UnusableFile: it can't be read, or is not such a table.
        """
        try:
            self._meter = _Meter(io.FileIO(self._path), self._on_progress)
            self._open(self._meter)
        except OSError as fault:
            self.__exit__(None, None, None)
            raise UnusableFile(_why_unreadable(fault)) from fault
        except UnusableFile:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._meter is not None:
            self._meter.close()

    def _open(self, meter: "_Meter") -> None:
        self._layout, self._lines = table(io.BufferedReader(meter, _BUFFER), self._columns)

    def __contains__(self, key: str) -> bool:
        """Whether the file has the column."""
        return key in self._layout.places

    def rows(self) -> Iterator[Row]:
        """Every record that can be read; the others are refused on the way.

        :raises UnusableFile: what follows is no text.
        """
        try:
            for record in records(self._lines, self._layout):
                self.read += 1
                if record.fault:
                    self.refuse(record.line, "", record.fault)
                else:
                    cells = {key: clean(record.cells[place]) for key, place in self._layout.places.items()}
                    yield Row(record.line, cells)
        except OSError as fault:
            raise UnusableFile(_why_unreadable(fault)) from fault

    def refuse(self, line: int, about: str, reason: str) -> None:
        """Leave a line out, and say why."""
        self.refused += 1
        self._on_remark(Remark(line, about[:LONGEST_ABOUT], reason, is_refusal=True))

    def note(self, line: int, about: str, text: str) -> None:
        """Say something of a line that is accepted all the same."""
        self.notes[text] += 1
        self._on_remark(Remark(line, about, text, is_refusal=False))

    @property
    def sha256(self) -> str:
        """The fingerprint of what has been read: of the file, once it is read to its end."""
        return self._meter.digest.hexdigest() if self._meter else ""


def table(stream: io.BufferedReader, columns: Sequence[Column]) -> tuple[Layout, Iterator[tuple[int, str]]]:
    """How a file is laid out, and its numbered lines below the header.

    :raises UnusableFile: it is no text, or no such table.
    """
    start = stream.peek(_PEEK)[:_PEEK]
    _require_text(start)
    encoding = ("utf-16", "replace") if start.startswith(_UTF_16) else ("utf-8-sig", _FALLBACK)
    text = io.TextIOWrapper(stream, encoding=encoding[0], errors=encoding[1], newline="")
    lines = _numbered(text)
    header = next((line for _, line in lines if line.strip() and not is_excel_hint(line)), "")
    if not header:
        raise UnusableFile("Está vacío.")
    return recognise(header, columns), lines


def clean(text: str) -> str:
    """A cell as it is stored: composed accents, single spaces, nothing invisible."""
    composed = unicodedata.normalize("NFC", text)
    if not composed.isprintable():
        composed = "".join(map(_visible, composed))
    return " ".join(composed.split())


def bounded(text: str, longest: int, what: str) -> str:
    """The text, if there is one and it fits.

    :raises LineRefused: otherwise. `what` names it, with its article.
    """
    if not text:
        raise LineRefused(f"Le falta {what}.")
    if len(text) > longest:
        raise LineRefused(f"Es demasiado largo: {what} tiene {len(text)} caracteres y caben {longest}.")
    return text


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp" | "Zs":
            return " "
        case "Cf" | "Cs" | "Co" | "Cn":
            return ""
    return character


def _require_text(start: bytes) -> None:
    for mark, advice in _NOT_TEXT.items():
        if start.startswith(mark):
            raise UnusableFile(advice)
    if start.lstrip()[:1] == b"<":
        raise UnusableFile(
            "Es una página web (así exporta REPS sus «.xls»): ábrala en Excel y guárdela como CSV UTF-8."
        )
    header = start.split(b"\n", 1)[0]
    if b"\0" in header and not start.startswith(_UTF_16):
        raise UnusableFile("No es un archivo de texto.")


def _why_unreadable(fault: OSError) -> str:
    match fault:
        case FileNotFoundError():
            return "No existe."
        case IsADirectoryError():
            return "Es una carpeta, no un archivo."
        case PermissionError():
            return "No hay permiso para leerlo."
    return f"No se puede leer: {fault.strerror}."


def _numbered(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise UnusableFile(f"La línea {number} tiene más de un millón de caracteres: no es una tabla.")
        yield number, line


def _as_windows_1252(fault: UnicodeError) -> tuple[str, int]:
    """Read what is not UTF-8 as Windows-1252, byte by byte: so a stray byte spoils nothing around it."""
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return fault.object[fault.start : fault.end].decode("cp1252", "replace"), fault.end


_FALLBACK = "llaves-windows-1252"
codecs.register_error(_FALLBACK, _as_windows_1252)


class _Meter(io.RawIOBase):
    """A raw file that is counted and fingerprinted as it is read."""

    def __init__(self, raw: io.FileIO, on_progress: Callable[[int], None]) -> None:
        self._raw = raw
        self._on_progress = on_progress
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        count = self._raw.readinto(buffer) or 0
        self.digest.update(memoryview(buffer)[:count])
        self._on_progress(count)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
