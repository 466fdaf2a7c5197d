"""How full the portal keeps Graph's budget of writes without tripping it, against the emulator, which counts as Graph.

`python -m benchmarks.entra 60000 --tenants 3 --compressed 2.5` takes a country, whose three environments have a tenant
and a worker each: the emulator's clock, its budgets, the portal's rate and the pause between two proofs are two and a
half times as fast; the work is the same. At the end both sides are compared.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from benchmarks import both_sides, portal
from benchmarks.watching import Sample, Watch, cpu_seconds

PROVIDERS = 700
RAMP = 15.0
"""Seconds at the start that are not counted."""
ALLOWED = 20.0
"""Writes per second: 3,000 in 150 s."""
HEADROOM = 0.985
"""The part of it that the portal uses."""
USUAL = 8.0
"""Writes per second, unless the operator says more."""
MOST_SHIFTS_WITHOUT_ANY = 3
console = Console()


def measure(options: argparse.Namespace, postgres: int) -> dict[str, str]:
    """Order, work, compare both sides, and count at the emulator."""
    from tests import entra  # noqa: PLC0415 - needs settings
    from tests.generation import Where  # noqa: PLC0415

    with TemporaryDirectory() as folder, entra.running(Path(folder)) as program:
        providers, compressed = options.providers, options.compressed
        tenants = [program.new_tenant() for _ in range(options.tenants)]
        for tenant in tenants:
            tenant.goes_wrong(latency=options.latency)
            tenant.clock(factor=compressed)
        ordered = _order(tenants, providers)
        others = {"emulator": program.process.pid, "PostgreSQL": postgres}
        before = cpu_seconds(others)
        with (
            Workers([astuple(Where.of(tenant)) for tenant in tenants], compressed) as workers,
            Watch(tenants, {**others, "portal": workers.first}, console.print) as watch,
        ):
            used = workers.wait()
        after = cpu_seconds(others)
        told = _told(watch.samples, providers, ordered, compressed, len(tenants))
        spent = {"portal": used} | {name: after[name] - before[name] for name in after}
        told |= {f"CPU of {name}, a pair": _each(seconds, providers) for name, seconds in spent.items()}
        console.print("comparing both sides …")
        return told | both_sides.compare(tenants, providers)


def _each(seconds: float, providers: int) -> str:
    return f"{seconds / providers / 3 * 1000:.1f} ms"


def _now() -> datetime:
    from django.utils import timezone  # noqa: PLC0415 - needs settings

    return timezone.now()


def _order(tenants: Sequence[Any], providers: int) -> float:
    from tests import people  # noqa: PLC0415 - needs settings
    from tests.crowd import crowd  # noqa: PLC0415
    from tests.generation import make_automatic  # noqa: PLC0415

    from llaves.credentials import generating  # noqa: PLC0415
    from llaves.credentials.models import Environment  # noqa: PLC0415
    from llaves.credentials.queries import EVERYBODY  # noqa: PLC0415

    began = _now()
    crowd(providers, began)
    codes = list(Environment.objects.values_list("code", flat=True))
    for number, code in enumerate(codes):
        make_automatic(tenants[number % len(tenants)], began, but=tuple({*codes} - {code}))
    beto = people.beto(began)
    order = time.monotonic()
    generating.order_many(wanted=EVERYBODY, account=beto.account(began), by=beto.actor, at=began)
    seconds = time.monotonic() - order
    console.print(f"{3 * providers} pairs ordered in {seconds:.1f} s")
    return seconds


def _pace(compressed: float) -> Any:
    from llaves.credentials.in_entra import Pace  # noqa: PLC0415 - needs settings

    usual = Pace()
    return replace(usual, between_proofs=usual.between_proofs / compressed)


class Workers:
    """A process for each tenant, as in production, until everything there is assigned or has failed."""

    def __init__(self, places: Sequence[tuple[str, ...]], compressed: float) -> None:
        afresh = get_context("spawn")
        self._used = afresh.SimpleQueue()
        self._processes = [afresh.Process(target=_work, args=(each, compressed, self._used)) for each in places]

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.terminate()
            process.join()

    @property
    def first(self) -> int:
        """The number of its process."""
        return self._processes[0].pid or 0

    def wait(self) -> float:
        """Let all of them end, and return the seconds of CPU that they have used.

        :raises ChildProcessError: one has failed.
        """
        for process in self._processes:
            process.join()
        if any(process.exitcode for process in self._processes):
            raise ChildProcessError([process.exitcode for process in self._processes])
        return sum(self._used.get() for _ in self._processes)


def _work(place: tuple[str, ...], compressed: float, used: Any) -> None:
    """Work in shifts as long as the worker's."""
    import django  # noqa: PLC0415 - in a process of its own, which has the settings of the first

    django.setup()
    from tests.generation import Where, tools_at  # noqa: PLC0415

    from llaves.credentials import shift  # noqa: PLC0415
    from llaves.credentials.models import Generation  # noqa: PLC0415
    from llaves.jobs import SHIFT  # noqa: PLC0415

    where = Where(*place)
    using = tools_at(where, _now, _pace(compressed), rate=ALLOWED * compressed)
    here = Generation.objects.filter(environment__tenant_id=where.tenant)
    left, idle = here.exclude(stage__in=("asignada", "fallida")), 0
    while (before := left.count()) and idle < MOST_SHIFTS_WITHOUT_ANY:
        shift.work(where.tenant, using, until=_now() + SHIFT, sleep=time.sleep)
        idle = idle + 1 if left.count() == before else 0
    used.put(time.process_time())


def _told(samples: list[Sample], providers: int, ordered: float, compressed: float, tenants: int) -> dict[str, str]:
    began = samples[0].at
    first = next((one for one in samples if one.at - began >= RAMP), samples[0])
    last = [one for one in samples if one.has_new][-1]  # after it, only proofs are left
    last = last if last.at > first.at else samples[-1]
    writes, throttled = last.writes - first.writes, last.throttled - first.throttled
    rate = writes / (last.at - first.at) / compressed / tenants
    whole, all_writes = samples[-1].at - began, samples[-1].writes
    return {
        "providers": str(providers),
        "tenants, each with a worker": str(tenants),
        "ordering all of them": f"{ordered:.1f} s",
        "from the order to the last assignment": f"{whole:.0f} s, {3 * providers / whole:.1f} pairs a second",
        "clock": f"{compressed:g} times as fast: that stands for {timedelta(seconds=round(whole * compressed))}",
        "writes": f"{all_writes}, {all_writes / providers / 3:.2f} for a pair",
        "writes per compressed second, in each tenant": f"{rate:.2f} of {ALLOWED:g}: {100 * rate / ALLOWED:.1f} %",
        "answers 429": f"{throttled} of {writes}: {100 * throttled / max(writes, 1):.2f} %",
        "so many writes take, at 20 a second": str(timedelta(seconds=round(all_writes / tenants / ALLOWED / HEADROOM))),
        "so many writes take, at 8 a second": str(timedelta(seconds=round(all_writes / tenants / USUAL / HEADROOM))),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("providers", nargs="?", type=int, default=PROVIDERS)
    parser.add_argument("--compressed", type=float, default=1.0, help="so many times as fast")
    parser.add_argument("--tenants", type=int, default=1, choices=(1, 3), help="one for all environments, or for each")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that the emulator takes for each answer")
    options = parser.parse_args()
    with portal.running() as cluster:
        told = measure(options, cluster.process.pid)
    table = Table("Generating in Entra", "")
    for name, value in told.items():
        table.add_row(name, value)
    console.print(table)


if __name__ == "__main__":
    main()
