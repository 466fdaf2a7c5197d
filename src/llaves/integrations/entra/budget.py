"""How many writes a tenant allows: a token bucket that keeps its budget full without tripping it.

One bucket serves one tenant. That all writes of a tenant pass through one bucket is the caller's duty: the portal lets
one process at a time work on a tenant (docs/decisions/0030).
"""

import threading
import time
from collections.abc import Callable

USUAL_RATE, HIGHEST_RATE = 8.0, 20.0
"""Writes per second: a polite one, and what Graph allows an application in a tenant (3,000 in 150 s)."""
_AT_ONCE = 0.5
"""So many seconds' worth may be saved up while nobody writes."""


class Budget:
    """Hands out leave to write. A new one is empty, so that a restart never writes more than its predecessor might."""

    def __init__(
        self,
        rate: float = USUAL_RATE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        self._clock, self._sleep = clock, sleep
        self._next = clock()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait until one more write is allowed."""
        with self._lock:
            earliest = max(self._next, self._clock() - _AT_ONCE)
            self._next = earliest + 1 / self.rate
        if (wait := earliest - self._clock()) > 0:
            self._sleep(wait)

    def pause(self, seconds: float) -> None:
        """Let nobody write for so long: the tenant has said that it was too much."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
