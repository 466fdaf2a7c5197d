"""Every page and action at two sizes of the country: time, queries, and what the database alone needs for the same.

The two countries take turns, so that whatever else the machine does falls on both.
"""

import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from rich.console import Console
from rich.table import Table

SIZES = (600, 60_000)
ROUNDS = 20
WARM_UP = 2
SLOW = 1000
FEW_ROUNDS = 3
"""Of what takes so many milliseconds."""
MOST_GROWTH, MOST_QUERIES, MOST_OF_FLOOR = 1.2, 12, 6.0


class Country:
    """The portal with a country of one size, in a process of its own."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "benchmarks.country", str(size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def scenes(self) -> tuple[list[str], int]:
        """What there is to be measured, as soon as the country is there, and in how many seconds it was made."""
        told = self._answer()
        return told["names"], told["made"]

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def ask(self, verb: str, number: int) -> Any:
        assert self._process.stdin  # noqa: S101 - a pipe, as said above
        self._process.stdin.write(f"{verb} {number}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout  # noqa: S101
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a country broke off: see above")
        return json.loads(line)


@dataclass(frozen=True)
class Measured:
    """One page or action at one size; times in milliseconds."""

    median: float
    p95: float
    queries: int
    rows: int
    floor: float | None


def main() -> None:
    """Measure the scenes whose names contain one of the words given, or all of them."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    with ExitStack() as stack:
        countries = [stack.enter_context(Country(size)) for size in SIZES]
        for size, country in zip(SIZES, countries, strict=True):
            names, made = country.scenes()
            if made:
                print(f"{size:,} providers with their past: made in {made} s")  # noqa: T201
        wanted = [name for name in names if not words or any(word in name for word in words)]
        found = {name: _measure(countries, names.index(name)) for name in wanted}
    (_as_markdown if "--markdown" in sys.argv else _show)(found)


def _measure(countries: list[Country], number: int) -> list[Measured]:
    times: list[list[float]] = [[] for _ in countries]
    warm = max(country.ask("time", number)["ms"] for _ in range(WARM_UP) for country in countries)
    for turn in range(ROUNDS if warm < SLOW else FEW_ROUNDS):
        for place in (0, 1) if turn % 2 else (1, 0):
            times[place].append(countries[place].ask("time", number)["ms"])
    return [_summary(took, country, number) for took, country in zip(times, countries, strict=True)]


def _summary(took: list[float], country: Country, number: int) -> Measured:
    counted = country.ask("count", number)
    floor = country.ask("floor", number)["ms"] if country.size == SIZES[-1] else None
    p95 = statistics.quantiles(took, n=20)[-1]
    return Measured(statistics.median(took), p95, counted["queries"], counted["rows"], floor)


HEADINGS = ("page or action", "rows", "median", "p95", "median", "p95", "large / small", "queries", "floor", "of floor")


def _cells(name: str, few: Measured, many: Measured) -> tuple[str, ...]:
    return (
        name,
        _both(few.rows, many.rows),
        *(f"{value:.1f}" for value in (few.median, few.p95, many.median, many.p95)),
        f"{many.median / few.median:.2f}",
        _both(few.queries, many.queries),
        f"{many.floor:.2f}" if many.floor else "",
        f"{many.median / many.floor:.1f}" if many.floor else "",
    )


def _both(few: int, many: int) -> str:
    return f"{few}" if few == many else f"{few} → {many}"


def _misses(few: Measured, many: Measured) -> bool:
    grows = many.median / few.median > MOST_GROWTH
    return grows or max(few.queries, many.queries) > MOST_QUERIES


def _show(found: dict[str, list[Measured]]) -> None:
    table = Table(title=_title())
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading != HEADINGS[0] else "left")
    for name, (few, many) in found.items():
        table.add_row(*_cells(name, few, many), style="yellow" if _misses(few, many) else "")
    Console(width=160).print(table)


def _title() -> str:
    return f"{SIZES[0]:,} and {SIZES[1]:,} providers; {ROUNDS} of each in turn; milliseconds"


def _as_markdown(found: dict[str, list[Measured]]) -> None:
    lines = [HEADINGS, ("---",) + ("--:",) * (len(HEADINGS) - 1)]
    lines += [_cells(name, *measured) for name, measured in found.items()]
    print("\n".join(f"| {' | '.join(cells)} |" for cells in lines))  # noqa: T201


if __name__ == "__main__":
    main()
