"""A tenant's clock: it can be moved, and made to run faster than the computer's."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

FIRST = datetime(1, 1, 1, tzinfo=UTC).timestamp()
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
"""The last second that can be written."""
LATEST_NOW = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
FASTEST = 1e6


class Clock:
    """Seconds since 1970, as the tenant believes them."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        """Run with the computer's."""
        self._source = source
        self._here = self._there = source()
        self.factor = 1.0

    def now(self) -> float:
        """Return the moment."""
        return self._there + (self._source() - self._here) * self.factor

    def move(self, *, to: float | None = None, by: float = 0.0, factor: float | None = None) -> None:
        """Go to a moment, or on (or back) by seconds; `factor` 60 makes an hour of a minute.

        :raises ValueError: it cannot be so late, so early or so fast.
        """
        there = (self.now() if to is None else to) + by
        if not 0 <= there <= LATEST_NOW:
            raise ValueError("now")
        if factor is not None and not 0 < factor <= FASTEST:
            raise ValueError("factor")
        self._there, self._here = there, self._source()
        self.factor = self.factor if factor is None else factor

    def waiting(self, seconds: float) -> float:
        """Return how long somebody outside waits while this many of the tenant's seconds pass."""
        return seconds / self.factor


def writable(moment: float) -> float:
    """Return a moment that can be written.

    :raises ValueError: this one cannot.
    """
    if not FIRST <= moment <= LAST:
        raise ValueError("moment")
    return moment


def written(moment: float) -> str:
    """Return a moment as Graph writes it: seven digits after the second."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")
    return text.removesuffix("+00:00") + "0Z"


def read(text: str) -> float:
    """Return the moment that somebody has written; without a zone it is UTC.

    :raises ValueError: it is none, or lies beyond the last that can be written.
    """
    moment = datetime.fromisoformat(text)
    try:
        own = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(text) from None
    return min(own.timestamp(), LAST)
