"""The embedded PostgreSQL."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from llaves_demo.database import OWNER, Cluster

from .running import processes_of, until


def test_it_is_reached_by_its_socket_alone_and_not_as_superuser(place: Path) -> None:
    with Cluster(place / "plain") as cluster, psycopg.connect(cluster.url(role=OWNER)) as database:
        told = database.execute(
            "select current_setting('listen_addresses'), rolsuper, rolcreatedb,"
            " current_setting('server_encoding') from pg_roles where rolname = current_user"
        ).fetchone()
        with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
            psycopg.connect(cluster.url().replace("llaves@", "postgres@"))

    assert told == ("", False, False, "UTF8")


def test_what_is_written_is_there_the_next_time(place: Path) -> None:
    with Cluster(place / "kept") as cluster, psycopg.connect(cluster.url(role=OWNER)) as database:
        database.execute("create table note as select 'ñandú' as word")

    with Cluster(place / "kept") as cluster, psycopg.connect(cluster.url(role=OWNER)) as database:
        assert database.execute("select word from note").fetchone() == ("ñandú",)


@pytest.mark.parametrize("name", ["with a space, a comma and an ñ", "long-" * 24])
def test_folders_whose_names_no_socket_could_have_will_do(place: Path, name: str) -> None:
    with Cluster(place / name) as cluster, psycopg.connect(cluster.url(role=OWNER)) as database:
        assert database.execute("select 1").fetchone() == (1,)


def test_it_starts_after_its_server_was_killed(place: Path) -> None:
    with Cluster(place / "killed") as cluster, psycopg.connect(cluster.url(role=OWNER), autocommit=True) as database:
        database.execute("create table note as select 1 as number")
        os.kill(cluster.process.pid, signal.SIGKILL)
        cluster.process.wait()
    until(lambda: not processes_of(place / "killed"))

    with Cluster(place / "killed") as cluster, psycopg.connect(cluster.url(role=OWNER)) as database:
        assert database.execute("select number from note").fetchone() == (1,)


def test_it_starts_where_its_old_number_belongs_to_another_program(place: Path) -> None:
    with Cluster(place / "reused") as cluster:
        status = (cluster.data / "postmaster.pid").read_text().splitlines()
    (place / "reused" / "data" / "postmaster.pid").write_text("\n".join([str(os.getppid()), *status[1:]]))

    with Cluster(place / "reused") as cluster:
        assert cluster.process.poll() is None


def test_one_half_made_is_made_again(place: Path) -> None:
    (place / "half" / "data.part" / "base").mkdir(parents=True)

    with Cluster(place / "half") as cluster:
        assert cluster.process.poll() is None


def test_a_throwaway_leaves_nothing_and_may_create_databases() -> None:
    with Cluster(may_create_databases=True, settings={"fsync": "off"}) as cluster:
        with psycopg.connect(cluster.url(role=OWNER), autocommit=True) as database:
            database.execute("create database another")
        with psycopg.connect(cluster.url("another", role=OWNER)) as database:
            assert database.execute("show fsync").fetchone() == ("off",)

    assert not cluster.folder.exists()
