"""How full the portal keeps Graph's budget of writes without tripping it, against the emulator, which counts as Graph.

`python -m benchmarks.entra 60000 --compressed 6` takes a country: the emulator's clock, its budgets, the portal's rate
and the pause between two proofs are six times as fast; the work is the same. At the end both sides are compared.
"""

import argparse
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
    from tests.generation import Where, tools_at  # noqa: PLC0415

    with TemporaryDirectory() as folder, entra.running(Path(folder)) as program:
        providers, compressed = options.providers, options.compressed
        tenant = program.new_tenant()
        tenant.goes_wrong(latency=options.latency)
        tenant.clock(factor=compressed)
        ordered = _order(tenant, providers)
        rate = ALLOWED * compressed
        using = tools_at(Where.of(tenant), _now, _pace(compressed), rate=rate)
        watch = Watch(tenant, {"emulator": program.process.pid, "PostgreSQL": postgres}, console.print)
        before = cpu_seconds(watch.processes)
        with watch:
            _work(tenant.id, using)
        after = cpu_seconds(watch.processes)
        told = _told(watch.samples, providers, ordered, compressed)
        told |= {f"CPU of {name}, a pair": f"{_each(after[name] - before[name], providers)}" for name in after}
        console.print("comparing both sides …")
        return told | both_sides.compare(tenant, providers)


def _each(seconds: float, providers: int) -> str:
    return f"{seconds / providers / 3 * 1000:.1f} ms"


def _now() -> datetime:
    from django.utils import timezone  # noqa: PLC0415 - needs settings

    return timezone.now()


def _order(tenant: Any, providers: int) -> float:
    from tests import people  # noqa: PLC0415 - needs settings
    from tests.crowd import crowd  # noqa: PLC0415
    from tests.generation import make_automatic  # noqa: PLC0415

    from llaves.credentials import generating  # noqa: PLC0415
    from llaves.credentials.queries import EVERYBODY  # noqa: PLC0415

    began = _now()
    crowd(providers, began)
    make_automatic(tenant, began)
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


def _work(tenant: str, using: Any) -> None:
    """Work in shifts as long as the worker's, until everything is assigned or has failed."""
    from llaves.credentials import shift  # noqa: PLC0415 - needs settings
    from llaves.credentials.models import Generation  # noqa: PLC0415
    from llaves.jobs import SHIFT  # noqa: PLC0415

    left, idle = Generation.objects.exclude(stage__in=("asignada", "fallida")), 0
    while (before := left.count()) and idle < MOST_SHIFTS_WITHOUT_ANY:
        shift.work(tenant, using, until=_now() + SHIFT, sleep=time.sleep)
        idle = idle + 1 if left.count() == before else 0


def _told(samples: list[Sample], providers: int, ordered: float, compressed: float) -> dict[str, str]:
    began = samples[0].at
    first = next((one for one in samples if one.at - began >= RAMP), samples[0])
    last = [one for one in samples if one.has_new][-1]  # after it, only proofs are left
    last = last if last.at > first.at else samples[-1]
    writes, throttled = last.writes - first.writes, last.throttled - first.throttled
    rate = writes / (last.at - first.at) / compressed
    whole, all_writes = samples[-1].at - began, samples[-1].writes
    return {
        "providers": str(providers),
        "ordering all of them": f"{ordered:.1f} s",
        "from the order to the last assignment": f"{whole:.0f} s, {3 * providers / whole:.1f} pairs a second",
        "clock": f"{compressed:g} times as fast: that stands for {timedelta(seconds=round(whole * compressed))}",
        "writes": f"{all_writes}, {all_writes / providers / 3:.2f} for a pair",
        "writes per compressed second": f"{rate:.2f} of {ALLOWED:g}: {100 * rate / ALLOWED:.1f} %",
        "answers 429": f"{throttled} of {writes}: {100 * throttled / max(writes, 1):.2f} %",
        "so many writes take, at 20 a second": str(timedelta(seconds=round(all_writes / ALLOWED / HEADROOM))),
        "so many writes take, at 8 a second": str(timedelta(seconds=round(all_writes / USUAL / HEADROOM))),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("providers", nargs="?", type=int, default=PROVIDERS)
    parser.add_argument("--compressed", type=float, default=1.0, help="so many times as fast")
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
