"""«Reintentar», «Cancelar», «Pausar», «Reanudar»: an official's alone, and on record with his name.

Each is tried where it would do something: what refuses a delegate or a looker must not be that there is nothing to do.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from llaves.audit.models import Event
from llaves.credentials.models import Generation, GenerationRun, Request
from tests import people
from tests.generation import order_everything
from tests.people import Member
from tests.web.doors import everything, force


@pytest.fixture
def run(waiting: Request, beto: Member, now: datetime) -> GenerationRun:
    """Alicia's request, ordered as one of many."""
    return order_everything(beto, now)


def _of_one(run: GenerationRun, what: str) -> tuple[str, dict[str, str]]:
    held = run.generations.get(environment__code="produccion")
    return reverse("official:change_generation", args=[held.request_id, held.id]), {"que": what}


def _of_all(run: GenerationRun, what: str) -> tuple[str, dict[str, str]]:
    return reverse("official:change_run", args=[run.id]), {"que": what}


def _fail(run: GenerationRun) -> None:
    run.generations.update(stage="fallida", fault="refused", attempts=1)


def _pause(run: GenerationRun) -> None:
    GenerationRun.objects.filter(id=run.id).update(paused_at=run.ordered_at)


def _leave(_: GenerationRun) -> None:
    """It is as it was ordered."""


Prepare = Callable[[GenerationRun], None]
Where = Callable[[GenerationRun, str], tuple[str, dict[str, str]]]
MOVES: dict[str, tuple[Prepare, Where, str, str]] = {
    "one is tried again": (_fail, _of_one, "reintentar", "credentials.generation.retried"),
    "one is cancelled": (_fail, _of_one, "cancelar", "credentials.generation.cancelled"),
    "all are paused": (_leave, _of_all, "pausar", "credentials.generation_run.paused"),
    "all go on": (_pause, _of_all, "reanudar", "credentials.generation_run.resumed"),
    "all are tried again": (_fail, _of_all, "reintentar", "credentials.generation_run.resumed"),
    "all are cancelled": (_leave, _of_all, "cancelar", "credentials.generation_run.cancelled"),
}


@pytest.mark.parametrize("move", MOVES)
def test_an_officials_word_counts_and_is_on_record_with_his_name(
    run: GenerationRun, at_betos: Client, beto: Member, move: str
) -> None:
    prepare, where, what, name = MOVES[move]
    prepare(run)
    before, last = everything(), Event.objects.order_by("-id")[0].id
    address, said = where(run, what)
    assert at_betos.post(address, said).status_code == 302
    assert everything() != before
    left = Event.objects.filter(id__gt=last)
    assert name in set(left.values_list("name", flat=True))
    assert set(left.values_list("actor_kind", "actor", "address")) == {("person", beto.login, "127.0.0.1")}
    told = left.filter(name=name)[0]
    assert str(run.id) in str(told.details) or told.provider == "1900100001"


@pytest.mark.parametrize("move", MOVES)
def test_n5_who_only_looks_a_delegate_and_nobody_change_nothing(
    run: GenerationRun,
    visitor: Client,
    at_alicias: Client,
    at_carlas: Client,
    at_bertas: Client,
    move: str,
) -> None:
    prepare, where, what, _ = MOVES[move]
    prepare(run)
    before = everything()
    address, said = where(run, what)
    for client in (at_alicias, at_carlas, at_bertas):
        assert client.post(address, said).status_code == 404
    refused = visitor.post(address, said)
    assert (refused.status_code, refused.headers["Location"].partition("?")[0]) == (302, reverse("login"))
    assert everything() == before


@pytest.mark.parametrize("move", MOVES)
def test_an_officials_browser_that_was_led_here_by_another_page_changes_nothing(
    run: GenerationRun, beto: Member, now: datetime, move: str
) -> None:
    prepare, where, what, _ = MOVES[move]
    prepare(run)
    led = force(beto, now, enforce_csrf_checks=True)
    before = everything()
    address, said = where(run, what)
    assert led.post(address, said).status_code == 403
    assert led.get(address, said).status_code == 405
    assert everything() == before


def test_who_only_looks_follows_a_run_and_is_offered_no_button(run: GenerationRun, at_bertas: Client) -> None:
    _fail(run)
    page = at_bertas.get(reverse("official:generation_run", args=[run.id]))
    assert page.status_code == 200
    assert "Lo que falló y qué hacer" in page.content.decode()
    assert reverse("official:change_run", args=[run.id]) not in page.content.decode()
    assert at_bertas.get(reverse("official:generate_many")).status_code == 404


def test_a_generation_is_only_changed_at_the_address_of_its_own_request(
    run: GenerationRun, at_betos: Client, carla: Member, now: datetime
) -> None:
    held, other = run.generations.all()[0], people.asked(carla, now)
    before = everything()
    for request, generation in ((other.id, held.id), (held.request_id, UUID(int=7)), (UUID(int=7), held.id)):
        address = reverse("official:change_generation", args=[request, generation])
        assert at_betos.post(address, {"que": "cancelar"}).status_code == 404
    assert everything() == before
    assert Generation.objects.filter(stage="en espera").count() == 3
