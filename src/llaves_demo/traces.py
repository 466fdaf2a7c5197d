"""What a PostgreSQL server, running or dead, leaves in its folder; read from its postmaster.pid."""

import time
from dataclasses import dataclass
from pathlib import Path

from llaves_demo import sockets
from llaves_demo.refusal import Refusal

SECONDS_TO_WAIT = 20
PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Trace:
    """The lines of postmaster.pid that matter here (PostgreSQL's utils/pidfile.h tells them all)."""

    pid: int
    socket: Path | None
    is_ready: bool


def trace_in(data: Path) -> Trace | None:
    """Return what the last server of a folder left, or the one that runs there now."""
    try:
        lines = [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return None
    if not lines:
        return None
    socket = Path(lines[4]) if len(lines) > 4 and lines[4] else None  # noqa: PLR2004 - the fifth line
    return Trace(int(lines[0]), socket, is_ready=lines[7:8] == ["ready"])


def await_end_of_the_last(data: Path) -> None:
    """Let a server end that a kill -9 of the demo left shutting down, and clear away what it left.

    :raises Refusal: it doesn't end.
    """
    trace = trace_in(data)
    if trace is None or not PROCESSES.is_dir():  # elsewhere PostgreSQL's own check must do
        return
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while _somebody_serves(data):
        if time.monotonic() > deadline:
            raise Refusal(f"a database server (pid {trace.pid}) still runs in {data}: stop it first")
        time.sleep(0.1)
    if trace.socket is not None:
        (trace.socket / f".s.PGSQL.{sockets.PORT}.lock").unlink(missing_ok=True)
        sockets.discard(trace.socket)
    # Its number may be a zombie's or another program's by now, either of which PostgreSQL takes for a server.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _somebody_serves(data: Path) -> bool:
    """Whether a process works in the folder, as a server and each of its sessions do.

    Their memory is shared, so a new server has to wait for the last session of a killed one, too.
    """
    place = data.resolve()
    for process in PROCESSES.glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == place:
                return True
        except OSError:  # it has ended, or is somebody else's
            continue
    return False
