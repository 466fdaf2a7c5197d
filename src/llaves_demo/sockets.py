"""Folders for the socket files of PostgreSQL, whose names may be neither long nor odd."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

PORT = 5432  # names the socket file; no network port is opened
LONGEST = 85  # the system's limit for the whole name is 104 bytes or a little more
PREFIX = "llaves-"


def short_home() -> Path:
    """Return the folder for temporary ones; TMPDIR may be long, or closed to the database's account."""
    return Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108 - mkdtemp follows


def make(wanted: Path) -> Path:
    """Make the wanted folder, or a temporary one where its name won't do."""
    # The server's setting is a list in which some characters mean something, so only plain names go there.
    if re.fullmatch(r"[A-Za-z0-9_./-]+", str(wanted)) and len(str(wanted)) <= LONGEST:
        wanted.mkdir(exist_ok=True)
        return wanted
    return temporary()


def temporary() -> Path:
    """Make a folder that is open to its owner alone."""
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=short_home()))


def discard(folder: Path) -> None:
    """Delete the folder if it is one of the temporary ones."""
    if folder.parent == short_home() and folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Database:
    """A database's address: as the role that serves, and as the owner where that is another."""

    url: str
    owner_url: str = ""


def url(folder: Path, *, role: str, database: str) -> str:
    """Return the address of a database behind a socket folder, for libpq and Django alike."""
    return f"postgresql://{role}@{quote(str(folder), safe='')}:{PORT}/{database}"
