"""How full the portal keeps Graph's budget of writes without tripping it, against the emulator, which counts as Graph.

`python -m benchmarks.entra 2000 --compressed 20` takes more providers, with the emulator's clock and the budget faster.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks import portal

PROVIDERS = 700
RAMP = 15.0
"""Seconds at the start that are not counted."""
ALLOWED = 20.0
"""Writes per second: 3,000 in 150 s."""


def measure(providers: int, compressed: float) -> dict[str, str]:
    """Order, work, and count at the emulator."""
    from django.utils import timezone  # noqa: PLC0415 - needs settings
    from tests import entra, people  # noqa: PLC0415
    from tests.crowd import crowd  # noqa: PLC0415
    from tests.generation import Where, make_automatic, tools_at  # noqa: PLC0415

    from llaves.credentials import generating, shift  # noqa: PLC0415
    from llaves.credentials.models import Generation  # noqa: PLC0415
    from llaves.credentials.queries import EVERYBODY  # noqa: PLC0415

    with TemporaryDirectory() as folder, entra.running(Path(folder)) as program:
        tenant, began = program.new_tenant(), timezone.now()
        tenant.clock(factor=compressed)
        crowd(providers, began)
        make_automatic(tenant, began)
        beto = people.beto(began)
        order = time.monotonic()
        generating.order_many(wanted=EVERYBODY, account=beto.account(began), by=beto.actor, at=began)
        ordered = time.monotonic() - order
        using = tools_at(Where.of(tenant), timezone.now, _pace(compressed), rate=ALLOWED * compressed)
        samples = _work(tenant.id, using, lambda: tenant.log(10**9)["counters"], shift.work)
        done = Generation.objects.filter(stage="asignada").count()
        return _told(samples, providers, done, ordered, compressed)


def _pace(compressed: float) -> object:
    from llaves.credentials.in_entra import Pace  # noqa: PLC0415 - needs settings

    usual = Pace()
    return replace(usual, between_proofs=usual.between_proofs / compressed)


def _work(tenant: str, using: object, counters: Callable[[], dict[str, int]], work: Callable[..., bool]) -> list:
    """Work in short shifts, and look at the emulator's counters between them."""
    from django.utils import timezone  # noqa: PLC0415 - needs settings

    from llaves.credentials.models import Generation  # noqa: PLC0415

    samples: list[tuple[float, dict[str, int]]] = [(time.monotonic(), counters())]
    while Generation.objects.exclude(stage="asignada").exclude(stage="fallida").exists():
        until: datetime = timezone.now() + timedelta(seconds=5)
        work(tenant, using, until=until, sleep=time.sleep)
        samples.append((time.monotonic(), {**counters(), "new": Generation.objects.filter(stage="en espera").count()}))
    return samples


def _told(samples: list, providers: int, done: int, ordered: float, compressed: float) -> dict[str, str]:
    first = next(one for one in samples if one[0] - samples[0][0] >= RAMP)
    last = [one for one in samples if one[1].get("new", 1)][-1]  # after it, only proofs are left
    seconds = last[0] - first[0]
    writes, throttled = (last[1].get(name, 0) - first[1].get(name, 0) for name in ("writes", "status 429"))
    rate = writes / seconds / compressed
    return {
        "providers": str(providers),
        "pairs assigned": f"{done} of {3 * providers}",
        "ordering all of them": f"{ordered:.1f} s",
        "measured for": f"{seconds:.0f} s, the clock {compressed:g} times as fast",
        "writes per second": f"{rate:.2f} of {ALLOWED:g}: {100 * rate / ALLOWED:.1f} %",
        "answers 429": f"{throttled} of {writes}: {100 * throttled / max(writes, 1):.2f} %",
        "from the order to the last assignment": f"{samples[-1][0] - samples[0][0]:.0f} s",
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("providers", nargs="?", type=int, default=PROVIDERS)
    parser.add_argument("--compressed", type=float, default=1.0)
    options = parser.parse_args()
    with portal.running():
        told = measure(options.providers, options.compressed)
    table = Table("Generating in Entra", "")
    for name, value in told.items():
        table.add_row(name, value)
    Console().print(table)


if __name__ == "__main__":
    main()
