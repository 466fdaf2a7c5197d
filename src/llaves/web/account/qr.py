"""A QR code as an SVG path, which a template can draw without trusting anybody's markup."""

from dataclasses import dataclass

from qrcode.main import QRCode

QUIET_ZONE = 4
"""Modules around the code (ISO/IEC 18004 §6.3.8)."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A square of `size` modules, and the dark ones as a path."""

    size: int
    path: str


def drawing(text: str) -> Drawing:
    """The QR code that holds a text."""
    code: QRCode = QRCode(border=QUIET_ZONE)
    code.add_data(text)
    rows = code.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return Drawing(len(rows), "".join(dark))
