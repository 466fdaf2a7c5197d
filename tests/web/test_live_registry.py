"""Registration, 6.1, recovery and login with the live registry: asked first, excused where it does not answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves import jobs
from llaves.identity.models import Account
from llaves.identity.sessions import CONFIRMATION_JOB
from llaves.notifications.models import Notice
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.models import Delegation, Organization, Person
from tests.people import Member
from tests.registry import ALICIA, AT_TWO, HERS
from tests.web.doors import Page, box, image_code, log_in, proof_of_work, text_of

if TYPE_CHECKING:
    from tests.registry import StandIn

DELEGATE, OTHER, CHECK = "public:register_delegate", "public:register_other_user", "public:check_requirements"
HER_FORM = {"entity_type": "PSS", "nit": "890303841", "document_type": "CC", "document_number": "1020304050"}
CLOSED = "MiSeguridadSocial no respondió (cierra de 00:00 a 04:00)."
Moods = dict[str, Any]


@pytest.fixture(autouse=True)
def _live(live_registry: "StandIn") -> None:
    """Every test here has it."""


def send(client: Client, page: str = DELEGATE, **changes: str) -> Any:
    fields = {name: value for name, value in HER_FORM.items() if page == DELEGATE or name.startswith("document")}
    opened = client.get(reverse(page))
    form = {**image_code(opened), "confidentiality": box("confidencialidad"), **fields, **changes}
    return client.post(reverse(page), form, follow=True)


def check(client: Client, **changes: str) -> Page:
    solved = proof_of_work(client.get(reverse(CHECK)))
    return Page(client.post(reverse(CHECK), {"proof_of_work": solved, **HER_FORM, **changes}))


def states(page: Page) -> list[str]:
    return [text_of(item).split(":")[0] for item in page.all("li", class_="checklist__item")]


def test_a_delegate_of_whom_no_file_told_registers(visitor: Client) -> None:
    summary = Page(send(visitor))
    assert text_of(summary.one("strong", class_="summary__key")) == "CC1020304050-890303841"
    assert "MiSeguridadSocial no" not in summary.text
    assert Notice.objects.get().recipient == "alicia@hospital.example"


def test_so_does_another_user_whom_the_ministry_has_delegated(visitor: Client, registry: "StandIn") -> None:
    Organization.objects.create(nit=MINISTRY_NIT, name="MINISTERIO")
    registry.knows(delegations=[("CC", "1020304050", MINISTRY_NIT, "2026-01-15", "")])
    assert "ROL IHCE MSPS" in Page(send(visitor, OTHER)).text


def test_what_the_registry_no_longer_says_refuses_whatever_the_files_said(
    visitor: Client, alicia: Member, registry: "StandIn"
) -> None:
    registry.knows(delegations=[])
    answer = send(visitor)
    assert answer.status_code == 422
    assert "su delegación terminó" in Page(answer).error_beside("document_number")
    assert not Account.objects.exists()


def test_the_requirements_are_those_of_the_registry(visitor: Client, registry: "StandIn") -> None:
    assert states(check(visitor)) == ["Se cumple", "Se cumple", "Se cumple", "Falta"]
    registry.knows(organizations=[], people=[ALICIA])
    assert states(check(visitor)) == ["Falta", "Falta", "Se cumple", "Falta"]
    assert states(check(visitor, document_number="52111222")) == ["Falta", "Falta", "Falta", "Falta"]


def test_while_it_is_closed_the_last_known_answer_serves_and_its_age_is_told(
    visitor: Client, registry: "StandIn"
) -> None:
    check(visitor)
    registry.is_in_the_mood(now=AT_TWO)
    day = timezone.localdate() - timedelta(days=1)
    said = f"{CLOSED} Se usó lo que respondió el {day:%d/%m/%Y}, hace 1 día."
    page = check(visitor)
    assert said in page.text
    assert "09:00" not in page.text  # it moves when somebody logs in, which is nobody else's business
    assert states(page) == ["Se cumple", "Se cumple", "Se cumple", "Falta"]
    assert said in Page(send(visitor)).text


def test_what_only_files_told_is_said_to_be_from_files(visitor: Client, alicia: Member, registry: "StandIn") -> None:
    registry.is_in_the_mood(now=AT_TWO)
    assert f"{CLOSED} Se usó lo último que se cargó de sus archivos." in check(visitor).text
    assert "registrado" in Page(send(visitor)).text


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ({"now": AT_TWO}, CLOSED),
        ({"fault": "status", "status": 503}, "MiSeguridadSocial no respondió"),
        ({"fault": "cut"}, "MiSeguridadSocial no respondió"),
        ({"fault": "certificate"}, "MiSeguridadSocial no respondió"),
        ({"fault": "broken json"}, "MiSeguridadSocial dio una respuesta que no se puede usar."),
        ({"fault": "somebody else"}, "MiSeguridadSocial dio una respuesta que no se puede usar."),
    ],
)
def test_where_nothing_is_known_it_is_said_that_nobody_could_be_asked(
    visitor: Client, registry: "StandIn", mood: Moods, why: str
) -> None:
    registry.is_in_the_mood(**mood)
    answer = send(visitor)
    assert answer.status_code == 422
    said = Page(answer).error_beside("nit")
    assert said.removeprefix("Error:").strip().startswith(why)
    assert "no se pudo comprobar su registro. Intente de nuevo" in said
    assert states(check(visitor)) == ["No se pudo consultar"] * 3 + ["Falta"]
    assert not Person.objects.exists()


def test_while_it_is_closed_unknown_and_not_delegated_are_refused_alike(
    visitor: Client, alicia: Member, registry: "StandIn"
) -> None:
    registry.is_in_the_mood(now=AT_TWO)
    Delegation.objects.all().delete()
    known = Page(send(visitor)).error_beside("document_number")
    assert known.endswith("Intente de nuevo desde las 04:00.")
    assert known == Page(send(visitor, document_number="52111222")).error_beside("document_number")


def test_a_recovery_goes_to_the_mail_that_the_registry_holds_now(
    alicia: Member, registry: "StandIn", now: datetime
) -> None:
    login = alicia.account(now).login
    registry.knows(people=[(*ALICIA[:3], "nueva@hospital.example", "")])
    jobs.recover(login, "127.0.0.1")
    assert Notice.objects.get().recipient == "nueva@hospital.example"


def test_a_recovery_asks_about_nobody_when_the_login_is_nobodys(registry: "StandIn") -> None:
    jobs.recover("CC1020304050-890303841", "127.0.0.1")
    assert not Person.objects.exists()


def test_while_it_is_closed_a_recovery_goes_where_it_last_went(
    alicia: Member, registry: "StandIn", now: datetime
) -> None:
    registry.is_in_the_mood(now=AT_TWO)
    jobs.recover(alicia.account(now).login, "127.0.0.1")
    assert Notice.objects.get().recipient == "alicia@hospital.example"


def queued() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'login' FROM procrastinate_jobs WHERE task_name = %s", [CONFIRMATION_JOB])
        return [login for (login,) in cursor.fetchall()]


def by_the_job_after_the_login() -> None:
    (login,) = queued()
    jobs.confirm(login)


@pytest.mark.parametrize("refresh", [by_the_job_after_the_login, lambda: jobs.confirm_accounts(0)])
def test_when_the_registry_ends_a_delegation_the_next_click_after_a_refresh_ends_the_session(
    visitor: Client, alicia: Member, now: datetime, registry: "StandIn", refresh: Callable[[], object]
) -> None:
    login = alicia.account(now).login
    assert log_in(visitor, login).status_code == 302
    registry.knows(delegations=[(*HERS[:4], "2026-02-01")])
    assert visitor.get(reverse("delegate:start")).status_code == 200
    refresh()
    assert "su delegación terminó" in Page(visitor.get(reverse("delegate:start"), follow=True)).text
    assert log_in(Client(), login).status_code == 422


def test_a_login_asks_for_a_refresh_at_most_once_an_hour(visitor: Client, alicia: Member, now: datetime) -> None:
    login = alicia.account(now).login
    Person.objects.update(confirmed_at=timezone.now() - timedelta(minutes=59))
    log_in(visitor, login)
    assert queued() == []
    Person.objects.update(confirmed_at=timezone.now() - timedelta(minutes=61))
    log_in(Client(), login)
    assert queued() == [login]
