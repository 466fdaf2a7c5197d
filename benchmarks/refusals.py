"""N11: what a refused login answers, and how long that takes, cause by cause; each round tries every cause once."""

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import portal

ROUNDS = 40
WRONG = "no es esta clave"


@dataclass
class Answers:
    """What one cause was answered."""

    statuses: set[int] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    milliseconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Milliseconds of this process's work alone: what others do on the machine does not show in it."""

    def take(self, answer: Any, seconds: float, worked: float) -> None:
        self.statuses.add(answer.status_code)
        refused = re.findall(r'class="error-summary__title">([^<]*)<', answer.content.decode())
        self.bodies.add(" / ".join(text.strip() for text in refused))
        self.milliseconds.append(seconds * 1000)
        self.processor.append(worked * 1000)


def measure() -> dict[str, Answers]:
    """Every cause, in turn, so that a slower minute of the machine is shared by all."""
    from django.core.cache import cache  # noqa: PLC0415 - needs settings

    causes = _causes()
    found = {name: Answers() for name in causes}
    for number, (name, attempt) in enumerate(chain.from_iterable([causes.items()] * (ROUNDS + 1))):
        cache.clear()
        timed = attempt()
        if number >= len(causes):  # the first round warms up
            found[name].take(*timed)
    return found


Timed = tuple[Any, float, float]
"""An answer, how long it took, and how much of that this process worked, in seconds."""


def _causes() -> dict[str, Callable[[], Timed]]:
    """How each refusal is come by: a request that is ready to be sent, sent and timed."""
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from tests import people  # noqa: PLC0415
    from tests.factors import add_application  # noqa: PLC0415
    from tests.web.doors import log_in, proof_of_work  # noqa: PLC0415

    now = timezone.now()

    def owner(place: int, **changes: object) -> str:
        """An account of its own for each cause, changed as the cause wants it."""
        nit = str(890303800 + place)
        member = people.delegate(f"10203040{place}", "Ana Ruiz", nit, f"19001000{place:02}", "CLÍNICA", now)
        account = member.account(now)
        type(account).objects.filter(pk=account.pk).update(**changes)
        return member.login

    def sent(login: str, password: str, client: Client | None = None) -> Timed:
        client = client or Client()
        proof = proof_of_work(client.get(reverse("login")))
        return _timed(client, reverse("login"), {"login": login, "password": password, "proof_of_work": proof})

    def closed(login: str) -> Timed:
        for _ in range(5):
            log_in(Client(), login, WRONG)
        return sent(login, people.PASSWORD)

    def second(login: str) -> Timed:
        client = Client()
        log_in(client, login)
        return _timed(client, reverse("second_factor"), {"code": "000000"})

    right = people.PASSWORD
    wrong, inactive, suspended, ended = owner(1), owner(2, activated_at=None), owner(3, suspended_at=now), owner(4)
    people.Delegation.objects.filter(person__accounts__login=ended).delete()
    locked, guarded = owner(5), people.carla(now)
    add_application(guarded.account(now), now)
    return {
        "unknown": lambda: sent("CC999-999999", right),
        "wrong": lambda: sent(wrong, WRONG),
        "locked": lambda: closed(locked),
        "not activated": lambda: sent(inactive, right),
        "suspended": lambda: sent(suspended, right),
        "delegation ended": lambda: sent(ended, right),
        "no second factor": lambda: second(guarded.login),
    }


def _timed(client: Any, address: str, values: dict[str, str]) -> Timed:
    before, worked = time.perf_counter(), time.process_time()
    answer = client.post(address, values)
    return answer, time.perf_counter() - before, time.process_time() - worked


def show(found: dict[str, Answers]) -> None:
    table = Table(title=f"Refused logins, {ROUNDS} of each")
    for heading in ("cause", "status", "text", "median ms", "p95 ms", "work ms", "work / wrong"):
        table.add_column(heading)
    usual = statistics.median(found["wrong"].processor)
    for cause, answers in found.items():
        median, p95 = statistics.median(answers.milliseconds), statistics.quantiles(answers.milliseconds, n=20)[-1]
        statuses, texts = ", ".join(map(str, sorted(answers.statuses))), ", ".join(sorted(answers.bodies))
        worked = statistics.median(answers.processor)
        numbers = f"{median:.1f}", f"{p95:.1f}", f"{worked:.1f}", f"{worked / usual:.2f}"
        table.add_row(cause, statuses, texts, *numbers)
    Console(width=140).print(table)


if __name__ == "__main__":
    with portal.running():
        show(measure())
