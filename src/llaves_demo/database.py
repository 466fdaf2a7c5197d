"""The demo's and the tests' own PostgreSQL: made, started and stopped here, reached by a socket file only."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from llaves_demo import folders, sockets
from llaves_demo.programs import database_account, leashed, server_programs
from llaves_demo.refusal import Refusal
from llaves_demo.traces import await_end_of_the_last, trace_in

ROLE = "llaves"
"""Serves: may read and write rows, and nothing else; also the name of the database."""
OWNER = "llaves_owner"
"""Owns the tables; only migrations run as this role."""
SECONDS_TO_START = 60
SECONDS_TO_STOP = 20
SERVER_SETTINGS = MappingProxyType({"listen_addresses": "", "max_connections": "100", "log_timezone": "UTC"})
# Whoever can enter the socket's folder, which is open to its owner (and root) alone, needs no password; and
# nobody gets in as the superuser.
ACCESS_RULES = f"local all {ROLE} trust\nlocal all {OWNER} trust\n"


class Cluster:
    """A PostgreSQL server in a folder of its own, made on first use, for as long as the `with` lasts."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        may_create_databases: bool = False,
        settings: Mapping[str, str] = MappingProxyType({}),
        log: Path | None = None,
    ) -> None:
        """Describe it.

        :param folder: where it lives; without one it is thrown away at the end.
        :param may_create_databases: whether the owner gets CREATEDB when the cluster is made (for tests).
        :param settings: of postgresql.conf, for this run.
        :param log: what the server says; beside the data unless told.
        """
        self._account = database_account()
        self._throwaway = folder is None
        self.folder = folder.absolute() if folder else sockets.temporary()
        self.data = self.folder / "data"
        self.log = log or self.folder / "postgres.log"
        self._may_create_databases = may_create_databases
        self._settings = {**SERVER_SETTINGS, **settings}
        self._socket: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it, after making it if need be.

        :raises Refusal: it can't be started; says why.
        """
        folders.make(self.folder)
        self._own(self.folder)
        self._require_passage()
        if not self.data.exists():
            self._initialise()
        self._require_version()
        await_end_of_the_last(self.data)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it; a thrown-away one leaves nothing."""
        self.stop()
        if self._throwaway:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = ROLE, *, role: str = ROLE) -> str:
        """Return the address of one of its databases, for libpq and Django alike."""
        if self._socket is None:
            raise RuntimeError("the cluster is not running")
        return sockets.url(self._socket, role=role, database=database)

    @property
    def address(self) -> sockets.Database:
        """The portal's own database."""
        return sockets.Database(self.url(), self.url(role=OWNER))

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server's main process."""
        if self._process is None:
            raise RuntimeError("the cluster is not running")
        return self._process

    def stop(self) -> None:
        """Stop it: politely, then firmly."""
        for farewell in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._process is None or self._process.poll() is not None:
                break
            self._process.send_signal(farewell)
            try:
                self._process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                continue
        self._process = None
        if self._socket is not None:
            sockets.discard(self._socket)
            self._socket = None

    def _start(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        self._socket = sockets.make(self.folder / "socket")
        self._own(self._socket)
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                self._launch()
            elif time.monotonic() > deadline:
                raise Refusal(f"the database did not start in {SECONDS_TO_START} s: see {self.log}")
            time.sleep(0.02)

    def _launch(self) -> None:
        if self._process is not None and not self._may_try_again():
            raise Refusal(f"the database did not start: {_last_words(self.log)} (see {self.log})")
        wishes = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [
            server_programs() / "postgres",
            "-D",
            self.data,
            "-k",
            str(self._socket),
            "-p",
            str(sockets.PORT),
            *wishes,
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                leashed(command, farewell=signal.SIGINT, account=self._account),
                cwd=self.folder,
                env=_plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _may_try_again(self) -> bool:
        # After a kill -9 its sessions need a moment to notice and let go of the shared memory.
        busy = b"still in use" in self.log.read_bytes()
        if busy:
            time.sleep(1)
        return busy

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return False
        trace = trace_in(self.data)  # may still be that of the last run, if that crashed
        return trace is not None and trace.pid == self._process.pid and trace.is_ready

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there when it is whole."""
        part = self.folder / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        wishes = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run(
            [
                "initdb",
                "-D",
                part,
                "-U",
                "postgres",
                "--auth=reject",
                "--no-sync",
                "--no-instructions",
                *wishes,
            ]
        )
        may = "CREATEDB" if self._may_create_databases else "NOCREATEDB"
        # The server alone, without a door: the only moment in which anybody is superuser.
        self._run(
            ["postgres", "--single", "-D", part, "-F", "-c", "exit_on_error=on", "postgres"],
            f"CREATE ROLE {ROLE} LOGIN;\nCREATE ROLE {OWNER} LOGIN {may};\nCREATE DATABASE {ROLE} OWNER {OWNER};\n",
        )
        (part / "pg_hba.conf").write_text(ACCESS_RULES)
        part.rename(self.data)

    def _run(self, command: Sequence[str | Path], words: str = "") -> None:
        done = subprocess.run(  # noqa: S603
            leashed([server_programs() / command[0], *command[1:]], farewell=signal.SIGKILL, account=self._account),
            cwd=self.folder,
            env=_plain_environment(),
            input=words,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is for the supervisor, which lets this end first
        )
        if done.returncode:
            raise Refusal(f"the database could not be made: {_reason(done.stderr)}")

    def _own(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)
        path.chmod(0o700)

    def _require_passage(self) -> None:
        """Make sure that the account can reach the folder; opening others' folders is not ours to do."""
        if self._account is None:
            return
        for parent in self.folder.parents:
            if not parent.stat().st_mode & 0o001:
                raise Refusal(
                    f"the database runs as {self._account.pw_name}, which may not enter {parent}: "
                    "set LLAVES_DATA to a folder elsewhere"
                )

    def _require_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != "18":
            raise Refusal(f"{self.data} was made by PostgreSQL {made_by}: script/server --fresh starts anew")


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}  # none of a person's PGDATA, PGPORT…


def _last_words(log: Path) -> str:
    return _reason(log.read_text(errors="replace"))


def _reason(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|ERROR|error:", line)]
    return (telling or lines or ["it said nothing"])[0]
