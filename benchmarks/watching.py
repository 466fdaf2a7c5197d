"""Looks at a run of the portal in Entra while it goes on: every few seconds at the emulator, every minute aloud."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

EVERY, ALOUD = 5.0, 60.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Sample:
    """What the emulator had counted at a moment, and whether the portal still had pairs to begin."""

    at: float
    writes: int
    throttled: int
    has_new: bool


class Watch:
    """A thread of its own, which outlives what it cannot see for a moment."""

    def __init__(self, tenants: Sequence[Any], processes: Mapping[str, int], say: Callable[[str], None]) -> None:
        """Watch tenants, and these processes by pid: emulator, PostgreSQL, and one of the portal's."""
        self.samples: list[Sample] = []
        self._processes = processes
        self._tenants, self._say, self._over = tenants, say, Event()
        self._thread = Thread(target=self._watch)
        self._told_at = self._began = time.monotonic()
        self._assigned = 0

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        from django.db import connection  # noqa: PLC0415 - needs settings

        try:
            while not self._over.wait(EVERY):
                self._look()
                if time.monotonic() - self._told_at >= ALOUD:
                    self._tell()
        finally:
            connection.close()

    def _look(self) -> None:
        from llaves.credentials.models import Generation  # noqa: PLC0415 - needs settings

        told = [tenant.control("GET", "")["counters"] for tenant in self._tenants]
        writes, throttled = (sum(one.get(name, 0) for one in told) for name in ("writes", "status 429"))
        has_new = Generation.objects.filter(stage="en espera", attempts=0).exists()
        self.samples.append(Sample(time.monotonic(), writes, throttled, has_new))

    def _tell(self) -> None:
        """Say how far it is, as the official's page counts it, and what that has cost."""
        from django.utils import timezone  # noqa: PLC0415 - needs settings

        from llaves.credentials.generation_queries import progress_of  # noqa: PLC0415
        from llaves.credentials.models import GenerationRun  # noqa: PLC0415

        now, asked = time.monotonic(), time.perf_counter()
        progress = progress_of(GenerationRun.objects.get(), at=timezone.now())
        cost = (time.perf_counter() - asked) * 1000
        rate = (progress.done - self._assigned) / (now - self._told_at)
        self._say(
            f"{now - self._began:5.0f} s: {progress.done} of {progress.total} pairs, {rate:.1f} a second, "
            f"{progress.failed} failed; writes {self.samples[-1].writes}, 429 {self.samples[-1].throttled}; "
            f"emulator {memory(self._processes['emulator'])} MB, portal {memory(self._processes['portal'])} MB; "
            f"the page's count {cost:.0f} ms"
        )
        self._told_at, self._assigned = now, progress.done


def memory(process: int) -> int:
    """Return how many megabytes of memory a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def cpu_seconds(processes: Mapping[str, int]) -> dict[str, float]:
    """Return the seconds of CPU that processes have used, with those of their children that live or have ended."""
    return {name: (_ticks(pid) + sum(map(_ticks, _children(pid)))) / TICKS for name, pid in processes.items()}


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(each) for each in listed.split()]


def _ticks(process: int) -> int:
    """Return user and system time of a process and of its ended children."""
    try:
        after_name = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
    except FileNotFoundError:
        return 0
    return sum(int(each) for each in after_name.split()[11:15])
