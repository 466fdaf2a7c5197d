"""The programs that make up the demo: started, watched, and stopped together."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from llaves_demo.programs import leashed
from llaves_demo.refusal import Refusal

SECONDS_TO_ANSWER = 60
SECONDS_TO_STOP = 10
TICK = 0.1
Destination = IO[bytes] | int | None
LINES_SHOWN = 12


class Stopped(Exception):
    """Somebody asked the demo to stop."""


@dataclass
class Wish:
    """Whether somebody wants the demo to stop.

    A signal only sets it, and whoever waits looks at it: an exception out of a handler could come between the
    start of a program and its entry in the list, and leave an orphan.
    """

    to_stop: bool = False

    def listen(self) -> None:
        """Take Ctrl-C, SIGTERM and a closed terminal as the wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup's wish stands
                signal.signal(number, self._hear)

    def _hear(self, *_: object) -> None:
        self.to_stop = True

    def pause(self) -> None:
        """Wait a moment.

        :raises Stopped: the wish came.
        """
        if self.to_stop:
            raise Stopped
        time.sleep(TICK)


@dataclass
class Child:
    """A program that runs, and what it says."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path | None = None

    def last_words(self, lines: int = 1) -> str:
        """Return the end of its log."""
        if self.log is None:
            return ""
        said = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return "\n".join(said[-lines:])


class Children:
    """The programs that run, in the order in which they were started."""

    def __init__(self, logs: Path, wish: Wish, environment: Mapping[str, str]) -> None:
        """Start with none."""
        self._logs = logs
        self._wish = wish
        self._environment = environment
        self._running: list[Child] = []

    def start(self, name: str, command: Sequence[str], *, farewell: signal.Signals = signal.SIGKILL) -> None:
        """Start a program that goes on until it is stopped.

        :param farewell: what it gets if this process is killed. Most could not end in good order then, because
            the database goes at the same moment; one with processes of its own needs time to take them along.
        """
        log = fresh_log(self._logs, name)
        with log.open("wb") as file:
            self._running.append(Child(name, self._launch(command, file, file, farewell), log))

    def run(self, name: str, command: Sequence[str], *, is_shown: bool = False) -> None:
        """Run a program to its end; where `is_shown`, what it prints goes to the terminal.

        :raises Refusal: it fails.
        """
        log = fresh_log(self._logs, name)
        with log.open("wb") as file:
            child = Child(name, self._launch(command, None if is_shown else file, file), log)
        self._running.append(child)
        while child.process.poll() is None:
            self._wish.pause()
        self._running.remove(child)
        if child.process.returncode:
            raise Refusal(f"{name} failed: {child.last_words() or 'it said nothing'} (see {log})")

    def watch(self, *others: Child) -> None:
        """Wait a moment.

        :raises Refusal: a program has ended by itself.
        :raises Stopped: somebody wants to stop.
        """
        self._wish.pause()
        for child in (*self._running, *others):
            if child.process.poll() is not None:
                end = child.last_words(LINES_SHOWN)
                raise Refusal(f"{child.name} stopped by itself; the end of {child.log}:\n{end}")

    def stop(self) -> None:
        """Stop them in reverse order, each with everything it has started."""
        while self._running:
            stop_group(self._running[-1].process)
            self._running.pop()

    def _launch(
        self,
        command: Sequence[str],
        stdout: Destination,
        stderr: Destination,
        farewell: signal.Signals = signal.SIGKILL,
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            leashed(command, farewell=farewell),
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops them in order
        )


def fresh_log(folder: Path, name: str) -> Path:
    """Return the path of a new log; the one of the last run is kept beside it."""
    log = folder / f"{name}.log"
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    return log


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, and end whatever is left of it and of what it started."""
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_STOP)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def answers(port: int, address: str) -> bool:
    """Whether the portal answers 200 there. No proxy of the person's environment is asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", address, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def await_answer(port: int, address: str, *, wait: Callable[[], None]) -> None:
    """Wait until the portal answers.

    :raises Refusal: it doesn't in a minute.
    """
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while not answers(port, address):
        if time.monotonic() > deadline:
            raise Refusal(f"the portal does not answer at http://localhost:{port}{address}")
        wait()


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, number)
