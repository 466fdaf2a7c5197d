"""What the registry's stand-in knows: three CSV files, read again as soon as somebody changes one."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Row = Mapping[str, str]
Document = tuple[str, str]
ORGANIZATIONS, PEOPLE, DELEGATIONS = "organizaciones.csv", "personas.csv", "delegaciones.csv"


@dataclass
class Content:
    """Everything the files say, by what is asked for."""

    organizations: dict[str, Row] = field(default_factory=dict)
    people: dict[Document, Row] = field(default_factory=dict)
    delegations: dict[Document, list[Row]] = field(default_factory=lambda: defaultdict(list))


class Files:
    """A folder with the three files; one that is missing is empty."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet."""
        self._paths = [folder / name for name in (ORGANIZATIONS, PEOPLE, DELEGATIONS)]
        self._seen: Sequence[tuple[int, int]] = ()
        self._content = Content()

    def content(self) -> Content:
        """Return what they say now."""
        seen = [_mark(path) for path in self._paths]
        if seen != self._seen:
            self._content = self._read()
            self._seen = seen
        return self._content

    def _read(self) -> Content:
        organizations, people, delegations = (_rows(path) for path in self._paths)
        content = Content(
            {row["nit"]: row for row in organizations},
            {(row["tipo_documento"], row["numero_documento"]): row for row in people},
        )
        for row in delegations:
            content.delegations[row["tipo_documento"], row["numero_documento"]].append(row)
        return content


def _rows(path: Path) -> Iterator[Row]:
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _mark(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
