"""A database server of somebody else's, named by DATABASE_URL: proved before anything is started on it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from llaves_demo.refusal import Refusal

SECONDS = 5


def prove(url: str) -> None:
    """Make sure that the database answers.

    :raises Refusal: it doesn't; says why, and never the password.
    """
    parts = _parts(url)
    if not parts:
        # What libpq says of an address it can't read quotes pieces of it, the password among them.
        raise Refusal("DATABASE_URL is not an address of PostgreSQL: postgresql://user:password@host:port/database")
    try:
        psycopg.connect(url, connect_timeout=SECONDS).close()
    except psycopg.Error as error:
        reason = _in_one_line(str(error))
        if password := parts.get("password"):
            reason = reason.replace(str(password), "…")
        raise Refusal(f"the database of DATABASE_URL does not answer: {reason}") from None


def _parts(url: str) -> Mapping[str, object]:
    """Return what the address is made of, or nothing if it can't be read."""
    try:
        if not urlsplit(url).scheme.startswith("postgres") or urlsplit(url).port == 0:
            return {}
        return conninfo_to_dict(url)
    except (psycopg.Error, ValueError):
        return {}


def _in_one_line(text: str) -> str:
    """Return the end of libpq's story: the server's own word where there is one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line.split("FATAL:", 1)[1].strip() for line in lines if "FATAL:" in line]
    tried = [line.lstrip("- ") for line in lines if " failed: " in line]
    return (told or tried or lines or ["it said nothing"])[-1]
