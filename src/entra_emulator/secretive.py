"""Client secrets: how they are made, and how one is known again."""

import hashlib
import hmac
import secrets
import string
from uuid import uuid4

from entra_emulator.objects import Password

ALPHABET = string.ascii_letters + string.digits + "~._-"
LENGTH = 40
MARK = "8Q~"
"""Stands at the fourth place of every secret that Entra makes today."""
HINT = 3
TWO_YEARS = 2 * 365 * 86400.0


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_secret() -> str:
    """Return a new one."""
    rest = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - len(MARK)))
    return rest[:HINT] + MARK + rest[HINT:]


def make_password(
    *, secret: str, name: str | None, start: float, end: float, at: float, key_id: str | None = None
) -> Password:
    """Return what the directory keeps of a secret."""
    return Password(key_id or str(uuid4()), digest(secret), secret[:HINT], name, start, end, at)


def find(passwords: list[Password], secret: str) -> Password | None:
    """Return the one whose secret it is."""
    shown = digest(secret)
    return next((each for each in passwords if hmac.compare_digest(each.digest, shown)), None)
