"""MiSeguridadSocial as the journeys find it: what the demo's stand-in knows, and whether it is open."""

import csv
import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

from tests.demo.running import SECONDS_OF_PATIENCE

BOGOTA = timezone(timedelta(hours=-5))
ORGANIZATIONS, PEOPLE, DELEGATIONS = "organizaciones.csv", "personas.csv", "delegaciones.csv"
Row = dict[str, str]


@dataclass(frozen=True)
class Known:
    """A person whom only the registry knows."""

    document_number: str
    name: str
    email: str


@dataclass
class Registry:
    """The stand-in's files, and the address where its mood is set."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1_888_800_001))

    def is_open(self) -> None:
        """By day. At night its clock stops before midnight, so that journeys may be made at any hour."""
        now = datetime.now(tz=BOGOTA)
        evening = now.replace(hour=22, minute=30) - timedelta(days=1 if now.hour < 5 else 0)
        self._is_in_the_mood(now=evening.isoformat() if now.hour in {23, 0, 1, 2, 3} else None)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """As from 00:00 to 04:00."""
        self._is_in_the_mood(now=datetime.now(tz=BOGOTA).replace(hour=2).isoformat())
        try:
            yield
        finally:
            self.is_open()

    def introduces(self, name: str, *nits: str) -> Known:
        """Let it know somebody new, whom these organizations delegate."""
        number = str(next(self._numbers))
        who = Known(number, name, f"{name.split(maxsplit=1)[0].lower()}.{number}@example.co")
        person = {"nombre": name, "correo": who.email, "telefono": "3001234567"}
        self._rewrite(PEOPLE, lambda rows: [*rows, _document(number) | person])
        self._rewrite(DELEGATIONS, lambda rows: [*rows, *(_delegation(number, nit) for nit in nits)])
        return who

    def forgets(self, document_number: str) -> None:
        """Let it know this person no more."""
        self._rewrite(PEOPLE, lambda rows: [row for row in rows if row["numero_documento"] != document_number])

    @contextmanager
    def delegation_ended(self, document_number: str) -> Iterator[None]:
        """Name no delegation of this person, until she is delegated again."""
        before = (self.folder / DELEGATIONS).read_text(encoding="utf-8")
        self._rewrite(DELEGATIONS, lambda rows: [row for row in rows if row["numero_documento"] != document_number])
        try:
            yield
        finally:
            self._replace(DELEGATIONS, before)

    def _rewrite(self, name: str, change: Callable[[list[Row]], list[Row]]) -> None:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows, header = list(reader), list(reader.fieldnames or ())
        part = self.folder / f"{name}.part"
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header)
            writer.writeheader()
            writer.writerows(change(rows))
        part.rename(self.folder / name)

    def _replace(self, name: str, text: str) -> None:
        part = self.folder / f"{name}.part"
        part.write_text(text, encoding="utf-8", newline="")
        part.rename(self.folder / name)

    def _is_in_the_mood(self, **mood: object) -> None:
        port = json.loads((self.folder.parent / "registry.json").read_text())["control"]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_OF_PATIENCE)
        connection.request("PUT", "/", json.dumps(mood), {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200
        connection.close()


def _document(number: str) -> Row:
    return {"tipo_documento": "CC", "numero_documento": number}


def _delegation(number: str, nit: str) -> Row:
    return _document(number) | {"nit": nit, "desde": "2026-01-15", "hasta": ""}
