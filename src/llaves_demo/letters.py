"""The letters that the demo's mailbox has received: a Maildir, read with the standard library."""

import mailbox
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email import message_from_binary_file
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache
from pathlib import Path

COLOMBIA = timezone(timedelta(hours=-5))  # no summer time; a bare computer may lack the database of time zones
ENVELOPE = "X-Demo-To"  # who really got it: a blind copy is in no other header


@dataclass(frozen=True)
class Letter:
    """One letter as a page shows it."""

    id: str
    to: str
    sender: str
    subject: str
    received_at: datetime
    text: str


class Letterbox:
    """A folder of letters."""

    def __init__(self, folder: Path) -> None:
        """Open it, or make it."""
        self._folder = folder
        self._maildir = mailbox.Maildir(folder, create=True)

    def put(self, content: bytes, *, to: Sequence[str]) -> None:
        """Keep a letter, under the addresses of its envelope."""
        self._maildir.add(f"{ENVELOPE}: {', '.join(to)}\r\n".encode() + content)

    def newest(self, most: int) -> list[Letter]:
        """Return the letters, the last to arrive first."""
        files = sorted((self._folder / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        return [_read(file) for file in files[:most]]

    def count(self) -> int:
        """Return how many there are."""
        return len(self._maildir)

    def find(self, letter: str) -> Letter | None:
        """Return one letter; its id is looked up, never made part of a path."""
        file = next((file for file in (self._folder / "new").iterdir() if file.name == letter), None)
        return _read(file) if file else None


@lru_cache(maxsize=1000)
def _read(file: Path) -> Letter:
    # A Maildir names no two letters alike, and nobody changes one.
    with file.open("rb") as content:
        message = message_from_binary_file(content, policy=default)
    return Letter(
        id=file.name,
        to=str(message.get(ENVELOPE, "")),
        sender=str(message.get("From", "")),
        subject=str(message.get("Subject", "")),
        received_at=datetime.fromtimestamp(file.stat().st_mtime, tz=COLOMBIA),
        text=_text(message),
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except LookupError:  # a charset that nobody knows
        return bytes(body.get_payload(decode=True)).decode(errors="replace")
