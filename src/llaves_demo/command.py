"""script/llaves: runs one command of the portal, or a PostgreSQL program, against the demo's database."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from psycopg.conninfo import conninfo_to_dict

from llaves_demo import addresses, elsewhere, folders, keys, sockets
from llaves_demo.database import OWNER, ROLE, Cluster
from llaves_demo.folders import HeldError, Holder
from llaves_demo.programs import client_programs, leashed
from llaves_demo.refusal import Refusal
from llaves_demo.sockets import Database
from llaves_demo.traces import trace_in

SCRIPT = "script/llaves"
USAGE = f"""usage: {SCRIPT} COMMAND …         a command of the portal, on the demo's database
       {SCRIPT} exec -- PROGRAM …  a program with it in PGHOST, PGUSER and PGDATABASE: psql, pg_dump …
"""
PARAMETERS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
}


def main(arguments: Sequence[str]) -> int:
    """Run the command where the caller stands, and return its exit status."""
    if not arguments or list(arguments) == ["exec"]:
        sys.stderr.write(USAGE)
        return 2
    try:
        with database() as (address, port):
            return _run(arguments, address, port)
    except (Refusal, OSError) as refusal:
        sys.stderr.write(f"{SCRIPT}: {refusal}\n")
        return 1


@contextmanager
def database() -> Iterator[tuple[Database, int]]:
    """Give the database's address and the portal's port: the running demo's, or one for this command."""
    folder = folders.data_folder()
    folders.prepare(folder)
    if given := os.environ.get("DATABASE_URL"):
        elsewhere.prove(given)
        yield Database(given), 8000
        return
    try:
        with folders.claim(folder, Holder(SCRIPT, os.getpid())):
            folders.make(folder / "log")
            with Cluster(folder / "database", log=folder / "log" / "postgres.log") as cluster:
                yield cluster.address, 8000
    except HeldError as held:
        trace = trace_in(folder / "database" / "data")
        if trace is None or trace.socket is None or not trace.is_ready or not held.holder.port:
            raise Refusal(f"no database to use yet: {held}") from None
        urls = [sockets.url(trace.socket, role=role, database=ROLE) for role in (ROLE, OWNER)]
        yield Database(*urls), held.holder.port


def _run(arguments: Sequence[str], address: Database, port: int) -> int:
    folder = folders.data_folder()
    environment = keys.environment(folder, database=address, port=port, ports=addresses.remembered(folder))
    if arguments[0] == "exec":
        command = list(arguments[2:] if arguments[1] == "--" else arguments[1:])
        environment |= _for_postgresql(address.url)
    else:
        command = [sys.executable, "-P", "-m", "llaves", *arguments]
    # Ctrl-C is for the command, which shares the terminal; the database is stopped after it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    done = subprocess.run(leashed(command, farewell=signal.SIGTERM), env=environment, check=False)  # noqa: S603
    return done.returncode if done.returncode >= 0 else 128 - done.returncode  # a signal, as a shell tells it


def _for_postgresql(url: str) -> Mapping[str, str]:
    parts = conninfo_to_dict(url)
    known = {variable: str(parts[name]) for name, variable in PARAMETERS.items() if parts.get(name)}
    return known | {"PATH": f"{client_programs()}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
