"""MiSeguridadSocial as tests meet it: the demo's stand-in, over real HTTPS on this computer, in whatever mood."""

import csv
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from llaves.integrations.http import Asker, Limits
from llaves.integrations.miseguridadsocial import MiSeguridadSocial
from llaves_demo.registry_certificates import AUTHORITY
from tests.conftest import MONDAY_AT_NINE
from tests.demo.running import SECONDS_OF_PATIENCE, free_port, until

TOKEN = "el-token-de-las-pruebas"
AT_TWO = "2026-11-23T02:00:00-05:00"
HEADERS = {
    "organizaciones": ("nit", "razon_social", "persona_natural"),
    "personas": ("tipo_documento", "numero_documento", "nombre", "correo", "telefono"),
    "delegaciones": ("tipo_documento", "numero_documento", "nit", "desde", "hasta"),
}
ALISOS = ("890303841", "CLÍNICA LOS ALISOS", "NO")
ALICIA = ("CC", "1020304050", "Alicia Muñoz Paz", "alicia@hospital.example", "3001234567")
HERS = ("CC", "1020304050", "890303841", "2026-01-15", "")
PATIENT = Limits(connect=20.0, read=20.0, queue=20.0, budget=60.0, first_pause=0.01, rest=0.0)
"""A busy machine is slower than any limit."""
IMPATIENT = replace(PATIENT, read=0.4, budget=1.0)


class StandIn:
    """The stand-in as a process of its own, and its files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.control_port = folder, free_port(), free_port()
        self.askers: list[Asker] = []
        self.usual_now = MONDAY_AT_NINE
        self.knows()
        words = [sys.executable, "-m", "llaves_demo.registry", folder, str(self.port), str(self.control_port)]
        environment = {**os.environ, "LLAVES_DEMO": "1", "LLAVES_REGISTRY_TOKEN": TOKEN}
        self.process = subprocess.Popen(words, env=environment)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/llaves/v1"

    @property
    def authority(self) -> str:
        return (self.folder / AUTHORITY).read_text()

    def knows(
        self,
        organizations: Sequence[Sequence[str]] = (ALISOS,),
        people: Sequence[Sequence[str]] = (ALICIA,),
        delegations: Sequence[Sequence[str]] = (HERS,),
    ) -> None:
        """Let it know these and nothing else from now on."""
        for name, rows in zip(HEADERS, (organizations, people, delegations), strict=True):
            part = self.folder / f"{name}.part"
            with part.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([HEADERS[name], *rows])
            part.rename(self.folder / f"{name}.csv")

    def is_in_the_mood(self, **mood: object) -> None:
        """What it does from now on; without a word, nothing unusual, at nine in the morning."""
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=SECONDS_OF_PATIENCE)
        body = json.dumps({"now": self.usual_now, **mood})
        connection.request("PUT", "/", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        connection.close()

    def client(self, limits: Limits = PATIENT, token: str = TOKEN, **rest: Any) -> MiSeguridadSocial:
        asker = Asker(self.url, token, certificates=self.authority, limits=limits, **rest)
        self.askers.append(asker)
        return MiSeguridadSocial(asker)

    def rest(self) -> None:
        """Close what its clients keep open."""
        while self.askers:
            self.askers.pop().close()

    def is_up(self) -> bool:
        try:
            self.is_in_the_mood()
        except OSError:
            return False
        return True


@contextmanager
def running(folder: Path) -> Iterator[StandIn]:
    stand_in = StandIn(folder)
    try:
        until(stand_in.is_up)
        yield stand_in
    finally:
        stand_in.process.terminate()
        stand_in.process.wait(SECONDS_OF_PATIENCE)
