"""script/server, from its start to each of its ends."""

import fcntl
import http.client
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from .running import SECONDS_OF_PATIENCE, Demo, processes_of, until


@pytest.fixture(scope="module")
def running(place: Path) -> Iterator[Demo]:
    demo = Demo(place / "running")
    yield demo
    demo.release()


def test_it_says_where_everything_is(running: Demo) -> None:
    said = running.start("--providers", "7")

    assert "7 providers" in said
    assert f"http://localhost:{running.port}" in said
    assert f"http://localhost:{running.page_port()}" in said
    assert "accounts: alicia" in said
    assert f"https://localhost:{running.registry_port()}" in said
    assert running.entra_page().count("Un par correcto") == 3
    portal = http.client.HTTPConnection("127.0.0.1", running.port, timeout=SECONDS_OF_PATIENCE)
    portal.request("GET", "/")
    assert portal.getresponse().read() == b"stand-in"
    portal.close()


def test_a_second_copy_names_the_first(running: Demo) -> None:
    assert running.process

    said = running.refuse()

    assert f"already running at http://localhost:{running.port}" in said
    assert f"pid {running.process.pid}" in said
    assert said.count("\n") == 1


def test_the_keys_and_letters_are_for_their_owner_alone(running: Demo) -> None:
    for name in ("secret-key", "master-keys.json", "mail", "database", "log/web.log"):
        assert (running.folder / name).stat().st_mode & 0o077 == 0, name


def test_a_command_uses_the_database_that_runs(running: Demo) -> None:
    assert running.command("exec", "--", "psql", "-Atc", "select count(*) from visit").stdout == "1\n"


def test_ctrl_c_leaves_nothing_behind(running: Demo) -> None:
    assert "Stopped." in running.end(signal.SIGINT)

    assert processes_of(running.folder) == []
    with (running.folder / "llaves-demo.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_or_losing_the_terminal_stops_it_too(demo: Demo, number: int) -> None:
    demo.start()

    demo.end(number)

    assert processes_of(demo.folder) == []


def test_killed_it_leaves_no_orphan_and_starts_again_with_its_data(demo: Demo) -> None:
    demo.environment["IS_STUBBORN"] = "a worker whose database is gone is slow to end when asked"
    demo.start()
    demo.end(signal.SIGKILL)
    until(lambda: not processes_of(demo.folder))
    del demo.environment["IS_STUBBORN"]

    demo.start()

    visits = demo.command("exec", "--", "psql", "-Atc", "select count(*) from visit")
    assert visits.stdout == "2\n"


def test_killed_with_all_its_programs_at_once_it_starts_again(demo: Demo) -> None:
    demo.start()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # one that has just ended
            line = (process / "cmdline").read_bytes()
            if os.fsencode(demo.folder) in line and b"postgres" in line:
                os.kill(int(process.name), signal.SIGKILL)
    demo.end(signal.SIGKILL)

    assert "Portal" in demo.start()


def test_when_a_program_ends_by_itself_everything_stops_and_its_last_words_are_told(demo: Demo) -> None:
    demo.environment["STAND_IN_WORKER"] = "the worker has no wish to work"
    demo.remember_ports_for_letters()

    said = demo.refuse()

    assert "worker stopped by itself" in said
    assert "no wish to work" in said
    assert processes_of(demo.folder) == []


def test_a_database_that_cannot_be_prepared_is_told_in_one_line(demo: Demo) -> None:
    demo.environment["STAND_IN_MIGRATE"] = "Traceback\n  …\nDiskFull: No space left on device"
    demo.remember_ports_for_letters()

    said = demo.refuse()

    assert "migrate failed: DiskFull: No space left on device" in said
    assert said.count("\n") == 1


def test_starting_anew_forgets_the_old_data(demo: Demo) -> None:
    demo.start()
    key = (demo.folder / "master-keys.json").read_bytes()
    demo.end()

    demo.start("--fresh")

    visits = demo.command("exec", "--", "psql", "-Atc", "select count(*) from visit")
    assert visits.stdout == "1\n"
    assert (demo.folder / "master-keys.json").read_bytes() != key


def test_folders_that_it_did_not_make_keep_their_permissions(demo: Demo) -> None:
    demo.folder.mkdir(mode=0o751)
    (demo.folder / "within").mkdir(mode=0o715)
    demo.folder.chmod(0o751)
    (demo.folder / "within").chmod(0o715)
    above = {path: path.stat().st_mode for path in (demo.folder / "within" / "x").parents}
    demo.environment["LLAVES_DATA"] = str(demo.folder / "within" / "data")
    demo.folder = demo.folder / "within" / "data"

    demo.process = demo.launch()
    assert demo.process.stdout
    assert any(line.startswith("Ctrl-C") for line in demo.process.stdout)
    demo.end()

    assert {path: path.stat().st_mode for path in above} == above
