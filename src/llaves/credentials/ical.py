"""A provider's expiries as an iCalendar object (RFC 5545). Pure.

It names environments and days; no ClientID, no secret, nobody.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

_LONGEST_LINE = 75
"""Octets, without the line break (RFC 5545 §3.1)."""
_ONE_DAY = timedelta(days=1)
# An iCalendar object needs a component (§3.6), also where nothing expires. Bogotá has had no summer time since 1993.
_TIME_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:America/Bogota",
    "BEGIN:STANDARD",
    "DTSTART:19930404T000000",
    "TZOFFSETFROM:-0500",
    "TZOFFSETTO:-0500",
    "TZNAME:-05",
    "END:STANDARD",
    "END:VTIMEZONE",
)


@dataclass(frozen=True, slots=True)
class Day:
    """Something that lasts a whole day. `id` stays the same when it moves to another day."""

    id: UUID
    on: date
    summary: str
    description: str
    changed_at: datetime


def write(name: str, days: Iterable[Day]) -> str:
    """The calendar as it is sent."""
    head = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Ministerio de Salud y Protección Social//Llaves IHCE//ES",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",  # RFC 7986 §5.7
    )
    lines = [*head, *_TIME_ZONE, *(line for day in days for line in _event(day)), "END:VCALENDAR"]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(day: Day) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{day.id}@llaves-ihce"
    yield f"DTSTAMP:{day.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{day.on + _ONE_DAY:%Y%m%d}"
    yield f"SUMMARY:{_escaped(day.summary)}"
    yield f"DESCRIPTION:{_escaped(day.description)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    """A TEXT value (§3.3.11): no control characters, and the four signs that mean something are marked."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marked = (line.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,") for line in map(_printable, lines))
    return "\\n".join(marked)


def _printable(line: str) -> str:
    """Every space is a plain one, as some of them end lines; what is no sign at all goes."""
    plain = (" " if sign.isspace() else sign for sign in line)
    return "".join(sign for sign in plain if not unicodedata.category(sign).startswith("C"))


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets, none of which ends within a character; all but the first are indented."""
    piece, size = "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > _LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + sign, size + octets
    yield piece
