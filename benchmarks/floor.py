"""What the database alone needs for the same statements: replayed by pgbench, on the same server, one client."""

import re
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from llaves_demo.database import OWNER, Cluster
from llaves_demo.programs import client_programs

TURNS = 60
_BOUNDARY = re.compile(r"(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE SAVEPOINT|SET CONSTRAINTS)\b")
_MICROSECONDS = 2
"""The column of pgbench's log that holds what a transaction took."""


def without_boundaries(statements: Iterable[str]) -> list[str]:
    """The statements that ask for rows or change some, each on one line."""
    return [" ".join(text.split()) for text in statements if not _BOUNDARY.match(text)]


def milliseconds(cluster: Cluster, statements: Sequence[str]) -> float:
    """The median of one run through the statements. They are rolled back, so that each run finds the same rows.

    What a commit costs the disk is therefore not in it, as it is not in what is compared with it.
    """
    lines = ("BEGIN", *statements, "SET CONSTRAINTS ALL IMMEDIATE", "ROLLBACK")
    with TemporaryDirectory() as folder:
        script = Path(folder) / "statements.sql"
        script.write_text("".join(f"{line};\n" for line in lines), encoding="utf-8")
        command = [client_programs() / "pgbench", "-n", "-c", "1", "-t", str(TURNS), "-l", "-f", script]
        address = cluster.url(role=OWNER)
        done = subprocess.run([*command, address], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
        logged = [line.split() for log in Path(folder).glob("pgbench_log.*") for line in log.read_text().splitlines()]
    if done.returncode or not logged:
        raise RuntimeError(f"pgbench could not replay: {done.stderr.strip()[-600:]}")
    return statistics.median(int(line[_MICROSECONDS]) for line in logged) / 1000
