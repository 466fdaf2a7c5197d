"""Where the demo keeps its data, and the lock that lets one copy run at a time."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from llaves_demo.refusal import Refusal

PROJECT = Path(__file__).resolve().parents[2]
ROOTS_HOME = Path("/var/lib/llaves")
LOCK = "llaves-demo.lock"
CONTENTS = (
    "database", "entra", "entra.json", "log", "mail", "mailbox.json", "master-keys.json", "registry", "registry.json",
    "registry-token", "secret-key",
)  # fmt: skip
MEGABYTE = 1_000_000
MEGABYTES_NEEDED = 300
MEGABYTES_OF_A_FULL_DISK = 20  # PostgreSQL extends its files in steps of up to 16 MB


@dataclass(frozen=True)
class Holder:
    """Who holds the data folder: a script, its process, and the portal's port if it has one."""

    script: str
    pid: int
    port: int = 0

    def __str__(self) -> str:
        """Say it as the end of a sentence."""
        where = f" at http://localhost:{self.port}" if self.port else ""
        return f"already running{where} ({self.script}, pid {self.pid})"


class HeldError(Exception):
    """Another copy holds the folder."""

    def __init__(self, holder: Holder) -> None:
        """Remember who."""
        super().__init__(str(holder))
        self.holder = holder


def running_as_root() -> bool:
    """Whether folders must be shared with the account that runs the database."""
    return os.geteuid() == 0


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of this checkout's demo; it need not exist yet."""
    if given := environ.get("LLAVES_DATA"):
        return Path(given).expanduser().absolute()
    # The hash keeps two checkouts apart, the name tells a person which is which.
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", PROJECT.name).strip("-") or "checkout"
    own = f"{name}-{hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:8]}"
    return _home_of_data(environ) / own


def _home_of_data(environ: Mapping[str, str]) -> Path:
    if running_as_root():
        return ROOTS_HOME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "llaves"
    stated = environ.get("XDG_DATA_HOME", "")
    shared = Path(stated) if stated.startswith("/") else Path.home() / ".local" / "share"
    return shared / "llaves"


def make(folder: Path) -> None:
    """Make a folder and the parents it lacks, ours alone. What exists keeps the permissions it has."""
    mode = 0o711 if running_as_root() else 0o700  # root's database runs as another account, which passes through
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        path.chmod(mode)


def prepare(folder: Path) -> None:
    """Make the data folder, or make sure that an existing one is the demo's.

    :raises Refusal: it can't be made, or it holds someone's own files.
    """
    try:
        make(folder)
        # --fresh deletes in this folder, so a folder of someone's own is never taken over.
        if not (folder / LOCK).exists() and any(folder.iterdir()):
            raise Refusal(f"{folder} holds other files: set LLAVES_DATA to an empty folder")
        os.close(os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise Refusal(f"cannot keep data in {folder} ({error.strerror}): set LLAVES_DATA") from error


@contextmanager
def claim(folder: Path, holder: Holder) -> Iterator[None]:
    """Hold the data folder. The lock goes with the process, however that ends.

    :raises HeldError: another copy holds it.
    """
    with (folder / LOCK).open("r+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldError(_holder_in(lock.read())) from None
        lock.truncate()
        lock.write(json.dumps(asdict(holder)))
        lock.flush()
        yield
        lock.truncate(0)


def _holder_in(text: str) -> Holder:
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):  # the other copy is between taking the lock and writing its name
        return Holder("another copy", 0)


def empty(folder: Path) -> None:
    """Delete what the demo itself keeps in its folder; the caller holds the lock."""
    for name in CONTENTS:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def megabytes_free(folder: Path) -> int:
    """Return the space left where the folder lies, in MB."""
    return shutil.disk_usage(folder).free // MEGABYTE


def require_space(folder: Path, *, free: int) -> None:
    """Make sure that the demo fits.

    :param free: MB left there.
    :raises Refusal: it doesn't.
    """
    if free < MEGABYTES_NEEDED:
        raise Refusal(f"too little space in {folder}: {free} MB free, {MEGABYTES_NEEDED} MB needed")
