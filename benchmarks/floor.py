"""What the database alone needs for the same statements: replayed by pgbench, on the same server, one client."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from llaves_demo.database import OWNER, Cluster
from llaves_demo.programs import client_programs

TURNS = 200
_LATENCY = re.compile(r"latency average = ([\d.]+) ms")
_BOUNDARY = re.compile(r"(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE SAVEPOINT)\b")


def milliseconds(cluster: Cluster, statements: Sequence[str]) -> float:
    """The mean of one run through the statements. They are rolled back, so that each run finds the same rows.

    What a commit costs the disk is therefore not in it: the floor is lower than any real one.
    """
    body = [" ".join(text.split()) for text in statements if not _BOUNDARY.match(text)]
    with TemporaryDirectory() as folder:
        script = Path(folder) / "statements.sql"
        script.write_text("".join(f"{line};\n" for line in ("BEGIN", *body, "ROLLBACK")), encoding="utf-8")
        command = [client_programs() / "pgbench", "-n", "-c", "1", "-t", str(TURNS), "-f", script]
        address = cluster.url(role=OWNER)
        done = subprocess.run([*command, address], capture_output=True, text=True, check=False)  # noqa: S603
    found = _LATENCY.search(done.stdout)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench could not replay: {done.stderr.strip()[-400:]}")
    return float(found[1])
