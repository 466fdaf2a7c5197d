"""The role that serves may read and write rows; the trail and its guards are beyond it."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from llaves_demo.database import OWNER, ROLE

OWNERS_URL = os.environ["DATABASE_URL"]
NAME = f"migrated_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Give the address, for the serving role, of a database that `llaves migrate` made as the owner."""
    with psycopg.connect(OWNERS_URL, autocommit=True) as database:
        database.execute(f"CREATE DATABASE {NAME}")
        owner_url = OWNERS_URL.removesuffix(f"/{ROLE}") + f"/{NAME}"
        url = owner_url.replace(f"{OWNER}@", f"{ROLE}@")
        environment = {**os.environ, "DATABASE_URL": url, "LLAVES_OWNER_DATABASE_URL": owner_url}
        subprocess.run([sys.executable, "-m", "llaves", "migrate", "--verbosity=0"], env=environment, check=True)
        yield url
        # Without FORCE, which would have to end an autovacuum that is no business of this role; this way it gives way.
        database.execute(f"DROP DATABASE {NAME}")


@pytest.fixture
def served(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url) as database:
        yield database
        database.rollback()


def test_it_reads_and_writes_rows(served: psycopg.Connection) -> None:
    served.execute("UPDATE credentials_environment SET scope = 'x'")
    served.execute("DELETE FROM web_cache")
    served.execute("ANALYZE providers_provider")
    assert served.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


def test_it_publishes_texts(served: psycopg.Connection) -> None:
    served.execute("INSERT INTO identity_agreement (kind, version, text, sha256) VALUES ('terminos', 2, 'x', 'x')")
    assert served.execute("SELECT count(*) FROM identity_agreement").fetchone() == (4,)


def test_it_adds_to_the_trail(served: psycopg.Connection) -> None:
    served.execute(
        "INSERT INTO audit_event (at, name, actor_kind, actor, nit, provider, details)"
        " VALUES (now(), 'x', 'system', 'x', '', '', '{}')"
    )
    assert served.execute("SELECT count(*) FROM audit_event").fetchone() == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'nobody'",
        "UPDATE identity_agreement SET text = 'otro'",
        "DELETE FROM identity_acceptance",
        "UPDATE providers_referencetable SET entries = '[]'",
        "TRUNCATE identity_acceptance",
        "ALTER TABLE identity_agreement DISABLE TRIGGER ALL",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_event_is_append_only ON audit_event",
        "DROP TABLE audit_event CASCADE",
        "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TABLE audit_event_2 ()",
        f"SET ROLE {OWNER}",
    ],
)
def test_the_trail_and_its_guards_are_beyond_it(served: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        served.execute(statement)
