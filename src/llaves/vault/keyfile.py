"""New files of master keys, for the operator to put in place. Keys are never shown and no file is written over."""

import json
import os
import secrets
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from joserfc.jwk import KeySet, OctKey

from llaves.vault import keyring
from llaves.vault.envelope import ALGORITHM


def write_with_new_key(path: Path, *, at: datetime) -> str:
    """Write today's keys and a new one, which is last, so that it opens and does not seal yet; return its name.

    :raises OSError: nothing was written; FileExistsError when there is such a file already.
    """
    name = f"{at:%Y-%m-%d}-{secrets.token_hex(3)}"
    key = OctKey.generate_key(keyring.KEY_BITS, {"kid": name, "use": "enc", "alg": ALGORITHM})
    _write(path, [*_named(keyring.names()), key])
    return name


def write_with_first(path: Path, *, name: str) -> None:
    """Write today's keys so that the named one seals.

    :raises OSError: see `write_with_new_key`.
    """
    _write(path, _named([name, *_others(name)]))


def write_without(path: Path, *, name: str) -> None:
    """Write today's keys but for the named one, which must seal nothing any more.

    :raises OSError: see `write_with_new_key`.
    """
    _write(path, _named(_others(name)))


def _named(names: Sequence[str]) -> list[OctKey]:
    return [keyring.find(name) for name in names]


def _others(name: str) -> list[str]:
    return [other for other in keyring.names() if other != name]


def _write(path: Path, keys: Sequence[OctKey]) -> None:
    text = json.dumps(KeySet(list(keys)).as_dict(private=True), indent=1)
    keyring.parse(text)
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link takes nobody's place; and whoever opens the file finds all of it.
        Path(path).hardlink_to(part)
        _keep_entry(path.parent)
    finally:
        Path(part).unlink()


def _keep_entry(folder: Path) -> None:
    """Make sure that the new name, too, survives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
