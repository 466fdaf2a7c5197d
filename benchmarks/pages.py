"""Every page at two sizes of the country: time, queries, and the time that the database alone needs for the same."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks import floor, portal

if TYPE_CHECKING:
    from llaves_demo.database import Cluster

SIZES = (600, 60_000)
ROUNDS = 40
WARM_UP = 3


@dataclass(frozen=True)
class Measured:
    """One page or action at one size; times in milliseconds."""

    name: str
    median: float
    p95: float
    queries: int
    floor: float


def main() -> None:
    """Measure each size in a process of its own, and print them side by side."""
    if len(sys.argv) > 1:
        with portal.running(LLAVES_DEMO="1") as cluster:
            _fill(int(sys.argv[1]))
            print(json.dumps([asdict(each) for each in _measure(cluster)]))  # noqa: T201
        return
    found = []
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.pages", str(size)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
        found.append([Measured(**each) for each in json.loads(done.stdout.splitlines()[-1])])
    _show(*found)


def _fill(size: int) -> None:
    """The invented country, in which nine providers of ten have asked."""
    import io  # noqa: PLC0415
    from contextlib import redirect_stdout  # noqa: PLC0415

    from django.core.management import call_command  # noqa: PLC0415 - needs settings

    with redirect_stdout(io.StringIO()):
        call_command("demo", "--providers", str(size), "--pending", str(size * 9 // 10))


def _measure(cluster: "Cluster") -> Iterator[Measured]:
    from django.core.cache import cache  # noqa: PLC0415
    from django.db import connection, transaction  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    for name, attempt in _attempts():
        for _ in range(WARM_UP):
            attempt()
        with transaction.atomic():  # what is captured must not be there already when it is replayed
            with CaptureQueriesContext(connection) as captured:
                attempt()
            statements = [query["sql"] for query in captured.captured_queries]
            transaction.set_rollback(True)
        times = []
        for _ in range(ROUNDS):
            cache.clear()
            before = time.perf_counter()
            attempt()
            times.append((time.perf_counter() - before) * 1000)
        p95 = statistics.quantiles(times, n=20)[-1]
        yield Measured(name, statistics.median(times), p95, len(statements), floor.milliseconds(cluster, statements))


def _attempts() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every page, asked for by who sees it."""
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from llaves.cli.demo_people import ACQUAINTANCES  # noqa: PLC0415
    from llaves.credentials.lifecycle import WAITING  # noqa: PLC0415
    from llaves.credentials.models import Request  # noqa: PLC0415
    from llaves.identity.actors import OPENED_AT  # noqa: PLC0415
    from llaves.identity.models import Account  # noqa: PLC0415
    from llaves.web.threshold import PASSED  # noqa: PLC0415

    def browser(account: Account) -> Client:
        client = Client()
        client.force_login(account)
        session = client.session
        session[OPENED_AT] = session[PASSED] = timezone.now().timestamp()
        session.save()
        return client

    logins = [who.login for who in ACQUAINTANCES if who.is_ready]
    official = browser(Account.objects.get(login=logins[0]))
    waiting = Request.objects.filter(state=WAITING.value).order_by("requested_at").first()
    assert waiting  # noqa: S101 - the country was just filled
    delegate = browser(waiting.requested_by)
    pending, provider = reverse("official:pending"), reverse("official:provider", args=[waiting.provider.code])

    def page(client: Client, address: str) -> Callable[[], Any]:
        def ask() -> Any:
            answer = client.get(address)
            assert answer.status_code == HTTPStatus.OK, (address, answer.status_code)  # noqa: S101 - else nothing is measured
            return answer

        return ask

    yield "inicio", page(Client(), reverse("public:home"))
    yield "ingresar", page(Client(), reverse("login"))
    yield "registro", page(Client(), reverse("public:register_delegate"))
    yield "funcionario: inicio", page(official, reverse("official:start"))
    yield "funcionario: pendientes", page(official, pending)
    yield "funcionario: buscar «hospital»", page(official, f"{pending}?q=hospital")
    yield "funcionario: prestadores", page(official, f"{reverse('official:find')}?q=hospital")
    yield "funcionario: un prestador", page(official, provider)
    yield "funcionario: asignar varias", page(official, reverse("official:bulk_upload"))
    yield "funcionario: asignar", page(official, reverse("official:assign", args=[waiting.id]))
    yield "funcionario: avisos", page(official, reverse("official:undelivered"))
    yield "delegado: inicio", page(delegate, reverse("delegate:start"))
    yield "delegado: llaves", page(delegate, reverse("delegate:keys"))
    yield "delegado: qué sigue", page(delegate, reverse("delegate:what_next"))
    yield "mi cuenta", page(delegate, reverse("account:overview"))


def _show(small: list[Measured], large: list[Measured]) -> None:
    table = Table(title=f"{SIZES[0]:,} and {SIZES[1]:,} providers; {ROUNDS} of each; milliseconds")
    for heading in ("page", "median", "p95", "median", "p95", "large / small", "queries", "floor", "median / floor"):
        table.add_column(heading, justify="right" if heading != "page" else "left")
    for few, many in zip(small, large, strict=True):
        table.add_row(
            few.name,
            *(f"{value:.1f}" for value in (few.median, few.p95, many.median, many.p95)),
            f"{many.median / few.median:.2f}",
            f"{few.queries}" if few.queries == many.queries else f"{few.queries} → {many.queries}",
            f"{many.floor:.2f}",
            f"{many.median / many.floor:.1f}",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
