"""Delivery status notifications (RFC 3464): which letter of the portal came back, and why.

What comes in is anybody's mail. So it is not parsed as MIME, whose nesting costs time and depth, but searched for the
few lines that matter, in time proportional to its length; RFC 3464 forbids encodings that would hide them.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from llaves.notifications.refusals import Fault, told_by

MOST_BYTES = 1024 * 1024
"""More is not read: reports quote our letters, which are small."""

_IS_REPORT = re.compile(rb"(?im)^content-type:\s*multipart/report\b")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_OF_DELIVERY = re.compile(rb"(?im)^content-type:\s*message/(?:global-)?delivery-status\b")
_FAILED = re.compile(rb"(?im)^action:[ \t]*failed\b")
_STATUS = re.compile(rb"(?im)^status:[ \t]*[45](\.\d{1,3}\.\d{1,3})\b")
_OUR_ID = re.compile(rb"(?im)^message-id:\s*<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@llaves-ihce>")


@dataclass(frozen=True, slots=True)
class Bounce:
    notice_id: UUID
    fault: Fault


def read(message: bytes) -> Bounce | None:
    """The letter that a report says was given up; None for every other mail, delays and good news included."""
    head, *rest = _END_OF_HEADERS.split(message[:MOST_BYTES], maxsplit=1)
    if not rest or not _IS_REPORT.search(head):
        return None
    start = _OF_DELIVERY.search(rest[0])
    if not start:
        return None
    report = rest[0][start.end() :]
    returned = _OUR_ID.search(report)
    if not returned or not _FAILED.search(report, 0, returned.start()):
        return None
    status = _STATUS.search(report, 0, returned.start())
    # A report of failure is the last word, also where its status still says that it was a passing fault (4.4.7).
    return Bounce(UUID(returned[1].decode()), told_by(f"5{status[1].decode()}" if status else ""))
