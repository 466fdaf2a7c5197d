"""What the demo makes up once and keeps: its keys, passwords and seeds."""

import os
from collections.abc import Callable
from pathlib import Path


def once(path: Path, make: Callable[[], str]) -> str:
    """Return the text of the file, made on first use; nobody else may read it."""
    if not path.exists():
        # Written beside and then renamed: a full disk or a crash leaves no half of a key behind.
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(make())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
    return path.read_text(encoding="utf-8")
