"""A tenant's clock: it can be moved, and made to run faster than the computer's."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


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
        """Go to a moment, or on (or back) by seconds; `factor` 60 makes an hour of a minute."""
        self._there, self._here = (self.now() if to is None else to) + by, self._source()
        if factor is not None:
            if factor <= 0:
                raise ValueError("factor")
            self.factor = factor

    def waiting(self, seconds: float) -> float:
        """Return how long somebody outside waits while this many of the tenant's seconds pass."""
        return seconds / self.factor


def written(moment: float) -> str:
    """Return a moment as Graph writes it: seven digits after the second."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def read(text: str) -> float:
    """Return the moment that somebody has written; without a zone it is UTC.

    :raises ValueError: it is none.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
