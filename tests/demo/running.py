"""The demo as a test starts it and looks at it from outside."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from llaves_demo.addresses import is_free

PROJECT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).parent / "stand_in"
SECONDS_OF_PATIENCE = 180


_own = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = count(16_000 + _own % 2 * 8_000 + os.getpid() * 40 % 7_000)
"""Below those that the system gives to whoever asks for any, and apart from those of the run's other process."""


def free_port() -> int:
    """Return a port that nobody listens at. It is bound by a program that starts later, so none is given twice."""
    return next(port for port in _ports if is_free(port))


def until(happens: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS_OF_PATIENCE
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def processes_of(folder: Path) -> list[str]:
    """Whatever runs with, for or in a folder, as its command line."""
    mark = os.fsencode(folder)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            places = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
            cwd = os.fsencode((process / "cwd").readlink())
        except OSError:
            continue
        if process.name != str(os.getpid()) and (mark in b"".join(places) or cwd.startswith(mark)):
            found.append(places[0].replace(b"\0", b" ").decode())
    return found


def _heeds_a_lost_terminal() -> None:
    # Whoever runs the tests under nohup ignores SIGHUP, and a program inherits that.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@dataclass
class Demo:
    """script/server with the stand-in for the portal, as a person would run it."""

    folder: Path
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        known = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        paths = os.pathsep.join(map(str, (STAND_IN, PROJECT / "src")))
        self.environment = {**known, "LLAVES_DATA": str(self.folder), "PYTHONPATH": paths, **self.environment}

    def launch(self, *options: str) -> "subprocess.Popen[str]":
        words = [sys.executable, "-P", "-m", "llaves_demo", "--port", str(self.port), *options]
        return subprocess.Popen(
            words,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_heeds_a_lost_terminal,  # noqa: PLW1509 - these tests have no threads
        )

    def remember_ports_for_letters(self) -> None:
        """Ports of its own, so that two tests at once don't choose the same."""
        self.folder.mkdir(mode=0o711, exist_ok=True)
        (self.folder / "llaves-demo.lock").touch()
        (self.folder / "mailbox.json").write_text(json.dumps({"smtp": free_port(), "page": free_port()}))
        (self.folder / "registry.json").write_text(json.dumps({"answers": free_port(), "control": free_port()}))
        (self.folder / "entra.json").write_text(json.dumps({"answers": free_port(), "page": free_port()}))

    def start(self, *options: str) -> str:
        """Return what it said until it was ready."""
        if not (self.folder / "mailbox.json").exists():
            self.remember_ports_for_letters()
        self.process = self.launch(*options)
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                return said
        pytest.fail(f"it did not start:\n{said}")

    def end(self, number: int = signal.SIGINT) -> str:
        """Return what it said after a signal."""
        assert self.process
        self.process.send_signal(number)
        return self.process.communicate(timeout=SECONDS_OF_PATIENCE)[0]

    def refuse(self, *options: str) -> str:
        """Return the one line with which it gives up."""
        said, _ = (process := self.launch(*options)).communicate(timeout=SECONDS_OF_PATIENCE)
        assert process.returncode == 1, said
        return said

    def command(self, *words: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """script/llaves."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "llaves_demo.command", *words],
            env=self.environment,
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_OF_PATIENCE,
        )

    def release(self) -> None:
        """Stop it however the test went, and close what is read from it."""
        if self.process:
            if self.process.poll() is None:
                self.process.terminate()
            self.process.communicate(timeout=SECONDS_OF_PATIENCE)

    def registry_port(self) -> int:
        return int(json.loads((self.folder / "registry.json").read_text())["answers"])

    def entra_port(self, of: str = "answers") -> int:
        return int(json.loads((self.folder / "entra.json").read_text())[of])

    def entra_page(self) -> str:
        """What the page with the pairs to try says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.entra_port("page"), timeout=SECONDS_OF_PATIENCE)
        connection.request("GET", "/")
        said = connection.getresponse().read().decode()
        connection.close()
        return said

    def page_port(self) -> int:
        return int(re.findall(r"\d+", (self.folder / "mailbox.json").read_text())[1])
