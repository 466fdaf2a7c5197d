"""The invented country of one size, answering on its standard input: what there is to be done, and how long it takes.

Its database is kept between runs beside the demo's, and made anew on another day, or when the demo's past has changed.
"""

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import floor, portal
from llaves_demo import folders

if TYPE_CHECKING:
    from benchmarks.scenes import Scene
    from llaves_demo.database import Cluster

READY = "ready"
_CLIENTS = "credentials_client_id_seq"
_MADE_OF = ("src/llaves/cli/demo_*.py", "src/llaves/credentials/*past*.py", "src/llaves/credentials/rehears*.py")


def main(size: int) -> None:
    """Answer each line with one line of JSON, until nothing more is asked."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # whatever else is printed is no answer
    folder = folders.data_folder().with_name(f"{folders.data_folder().name}-bench") / str(size)
    _make_way(folder)
    with portal.running(folder, LLAVES_DEMO="1") as cluster:
        before = time.perf_counter()
        is_new = _fill(folder, size)
        from benchmarks.scenes import scenes  # noqa: PLC0415 - needs settings

        found = list(scenes())
        told = {"names": [scene.name for scene in found], "made": round(time.perf_counter() - before) if is_new else 0}
        answers.write(json.dumps(told) + "\n")
        for line in sys.stdin:
            verb, number = line.split()
            answers.write(json.dumps(_VERBS[verb](found[int(number)], cluster)) + "\n")


def _make_way(folder: Path) -> None:
    folders.make(folder.parent)
    if folder.exists() and not _is_ready(folder):
        shutil.rmtree(folder)


def _is_ready(folder: Path) -> bool:
    mark = folder / READY
    return mark.exists() and mark.read_text() == _fingerprint()


def _fingerprint() -> str:
    sources = sorted(path for pattern in _MADE_OF for path in folders.PROJECT.glob(pattern))
    return hashlib.sha256(str(date.today()).encode() + b"".join(map(Path.read_bytes, sources))).hexdigest()  # noqa: DTZ011


def _fill(folder: Path, size: int) -> bool:
    """The country with its past, unless it is there."""
    from django.core.management import call_command  # noqa: PLC0415 - needs settings

    if _is_ready(folder):
        return False
    call_command("demo", "--providers", str(size), "--history")
    (folder / READY).write_text(_fingerprint())
    return True


@contextmanager
def _undone() -> Iterator[None]:
    """What is done leaves nothing behind, so that each time is like the first. What a commit checks is checked."""
    from django.core.cache import cache  # noqa: PLC0415 - needs settings
    from django.db import connection, transaction  # noqa: PLC0415

    cache.clear()
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def _timed(scene: "Scene", _: "Cluster") -> dict[str, float]:
    with _undone():
        scene.prepare()
        before = time.perf_counter()
        scene.act()
        return {"ms": (time.perf_counter() - before) * 1000}


def _statements(scene: "Scene") -> tuple[list[str], int]:
    from django.db import connection  # noqa: PLC0415 - needs settings
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with _undone():
        scene.prepare()
        with CaptureQueriesContext(connection) as captured:
            content = scene.act()
    return floor.without_boundaries(query["sql"] for query in captured.captured_queries), content.count(b"<tr")


def _counted(scene: "Scene", _: "Cluster") -> dict[str, int]:
    statements, rows = _statements(scene)
    return {"queries": len(statements), "rows": max(0, rows - 1)}


def _floor(scene: "Scene", cluster: "Cluster") -> dict[str, float | None]:
    if not scene.has_floor:
        return {"ms": None}
    before = _next_client()
    statements, _ = _statements(scene)
    if _next_client() != before:  # later statements name the ClientIDs' rows by the keys that they had
        statements.insert(0, f"SELECT setval('{_CLIENTS}', {before}, false)")
    return {"ms": floor.milliseconds(cluster, statements)}


def _next_client() -> int:
    from django.db import connection  # noqa: PLC0415 - needs settings

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM {_CLIENTS}")  # noqa: S608
        return int(cursor.fetchone()[0])


_VERBS: dict[str, Any] = {"time": _timed, "count": _counted, "floor": _floor}


if __name__ == "__main__":
    main(int(sys.argv[1]))
