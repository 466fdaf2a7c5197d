"""The same thing done by several at one moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
SECONDS_TO_GATHER = 60


def who_wins(
    attempt: Callable[[T], object], arguments: Sequence[T], *, loses_with: type[Exception] | tuple[type[Exception], ...]
) -> list[bool]:
    """Let one thread per argument attempt it at once; False stands for each that lost cleanly, losers first."""
    together = Barrier(len(arguments))

    def run(argument: T) -> bool:
        try:
            together.wait(SECONDS_TO_GATHER)
            attempt(argument)
        except loses_with:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return sorted(pool.map(run, arguments))
