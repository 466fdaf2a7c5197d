"""Between the login and the first page: the newest confidentiality agreement, asked for once, whatever is wanted."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.credentials.models import Request
from llaves.identity.models import Acceptance
from llaves.web.threshold import STEPS
from tests.factors import Application, add_application
from tests.people import Member
from tests.web.doors import Page, everything, force, log_in, published, text_of

PAGE = "account:agreement"


def publish(text: str = "ACUERDO\nVersión dos del texto.") -> None:
    published("confidencialidad", text)


@pytest.fixture
def entering(visitor: Client, alicia: Member, now: datetime) -> Client:
    """Alicia's browser after her login, with a version that she has not accepted."""
    alicia.account(now)
    publish()
    assert log_in(visitor, alicia.login).url == reverse("start")
    return visitor


def accept(client: Client, address: str = "", **fields: str) -> Any:
    address = address or reverse(PAGE)
    ticked = {"confidentiality": Page(client.get(address)).value("confidentiality"), **fields}
    return client.post(address, ticked)


def test_whoever_has_accepted_the_newest_version_is_asked_nothing(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    alicia.account(now)
    log_in(visitor, alicia.login)
    assert visitor.get(reverse("delegate:start")).status_code == 200
    assert visitor.get(reverse(PAGE)).url == reverse("start")


@pytest.mark.parametrize(
    "page",
    ["start", "delegate:start", "delegate:keys", "delegate:choose_provider", "public:home", "public:recover"],
)
def test_every_page_leads_to_the_new_version_and_remembers_what_was_wanted(entering: Client, page: str) -> None:
    answer = entering.get(f"{reverse(page)}?a=1&b=%C3%B1")
    assert answer.status_code == 302
    assert answer.url.startswith(f"{reverse(PAGE)}?next=")
    before = Page(entering.get(answer.url))
    assert "Texto de la versión 2" in before.text
    done = accept(entering, answer.url)
    assert done.url == f"{reverse(page)}?a=1&b=%C3%B1"
    assert entering.get(reverse("delegate:start")).status_code == 200


def test_what_is_sent_to_a_form_is_stopped_too_and_nothing_is_done(entering: Client) -> None:
    before = everything()
    for page in ("delegate:request", "delegate:choose_provider", "public:recover"):
        answer = entering.post(reverse(page), {"provider": "1900100001"})
        assert (answer.status_code, answer.url) == (302, reverse(PAGE))
    assert everything() == before


def test_the_page_says_what_changed_and_offers_no_other_way_on(entering: Client) -> None:
    shown = Page(entering.get(reverse(PAGE)))
    assert "El acuerdo cambió" in shown.text
    assert "Usted aceptó la versión 1" in shown.text
    assert "Versión dos del texto." in text_of(shown.one("div", class_="agreement__text"))
    assert not shown.all("a", class_="menu__link")
    assert not shown.is_checked("confidentiality")


def test_accepting_is_kept_once_with_the_text_that_was_shown(entering: Client, alicia: Member) -> None:
    assert accept(entering).url == reverse("start")
    kept = Acceptance.objects.latest("id")
    assert (kept.account.login, kept.agreement.version, kept.sha256) == (alicia.login, 2, kept.agreement.sha256)
    assert kept.address == "127.0.0.1"
    event = Event.objects.latest("id")
    assert (event.name, event.actor) == ("identity.agreement.accepted", alicia.login)
    before = everything()
    assert entering.post(reverse(PAGE), {"confidentiality": kept.sha256}).url == reverse("start")
    assert everything() == before


@pytest.mark.parametrize("sent", ["", "on", "0" * 64])
def test_without_the_box_of_this_text_nobody_passes(entering: Client, sent: str) -> None:
    before = everything()
    answer = entering.post(reverse(PAGE), {"confidentiality": sent})
    assert answer.status_code == 422
    assert Page(answer).error_beside("confidentiality")
    assert everything() == before
    assert entering.get(reverse("delegate:start")).status_code == 302


def test_a_version_published_while_the_page_is_read_is_shown_and_asked_for(entering: Client) -> None:
    read = Page(entering.get(reverse(PAGE))).value("confidentiality")
    publish("ACUERDO\nTercera.")
    answer = entering.post(reverse(PAGE), {"confidentiality": read})
    shown = Page(answer)
    assert answer.status_code == 422
    assert "El texto cambió" in shown.error_beside("confidentiality")
    assert "Tercera." in shown.text
    assert not shown.is_checked("confidentiality")
    assert accept(entering).status_code == 302
    assert Acceptance.objects.latest("id").agreement.version == 3


def test_whoever_does_not_accept_can_leave(entering: Client) -> None:
    button = next(b for b in Page(entering.get(reverse(PAGE))).all("button") if text_of(b) == "Salir sin aceptar")
    assert dict(button.attributes)["formaction"] == reverse("logout")
    assert entering.post(reverse("logout"), {"confidentiality": "x"}).url == reverse("public:home")
    assert entering.get(reverse("delegate:start")).url.startswith(reverse("login"))
    assert not Acceptance.objects.filter(agreement__version=2).exists()


def test_an_open_session_is_not_interrupted_but_the_next_login_is(
    at_alicias: Client, alicia: Member, now: datetime
) -> None:
    publish()
    assert at_alicias.get(reverse("delegate:start")).status_code == 200
    at_alicias.post(reverse("logout"))
    log_in(at_alicias, alicia.login)
    assert at_alicias.get(reverse("delegate:start")).url.startswith(reverse(PAGE))


def test_having_passed_with_one_user_says_nothing_of_another(at_alicias: Client, beto: Member, now: datetime) -> None:
    beto.account(now)
    publish()
    at_alicias.force_login(beto.account(now))
    assert at_alicias.get(reverse("official:start")).url.startswith(reverse(PAGE))


def test_an_official_is_asked_too(visitor: Client, beto: Member, now: datetime) -> None:
    add_application(beto.account(now), now)
    publish()
    log_in(visitor, beto.login)
    visitor.post(reverse("second_factor"), {"code": Application().code(timezone.now())})
    assert visitor.get(reverse("official:pending")).url.startswith(reverse(PAGE))
    assert accept(visitor).url == reverse("start")
    assert visitor.get(reverse("official:pending")).status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"])
def test_it_leads_to_no_other_host(entering: Client, elsewhere: str) -> None:
    address = reverse(PAGE)
    ticked = Page(entering.get(address)).value("confidentiality")
    answer = entering.post(f"{address}?next={elsewhere}", {"confidentiality": ticked, "next": elsewhere})
    assert answer.url == reverse("start")


def test_once_passed_it_costs_no_query(alicia: Member, now: datetime) -> None:
    client = force(alicia, now)
    del (session := client.session)["threshold_passed"]
    session.save()
    with CaptureQueriesContext(connection) as first:
        client.get(reverse("delegate:start"))
    with CaptureQueriesContext(connection) as second:
        client.get(reverse("delegate:start"))
    assert len(first) == len(second) + 2


def test_a_visitor_is_asked_nothing(visitor: Client) -> None:
    publish()
    assert visitor.get(reverse("public:home")).status_code == 200
    assert visitor.get(reverse(PAGE)).url.startswith(reverse("login"))


def test_each_step_leads_to_a_page_of_its_own() -> None:
    assert all(reverse(step.page) for step in STEPS)
    assert len({step.page for step in STEPS}) == len(STEPS)


def test_an_official_without_a_second_factor_does_nothing_before_adding_one(
    visitor: Client, beto: Member, waiting: Request, now: datetime
) -> None:
    beto.account(now)
    log_in(visitor, beto.login)
    adding = reverse("account:add_application")
    before = everything()
    assign = reverse("official:assign", args=[waiting.id])
    for address in (reverse("official:start"), reverse("official:pending"), assign, reverse("account:overview")):
        assert visitor.get(address).url.startswith(adding), address
    assert visitor.post(assign, {"x": ""}).url == adding
    assert everything() == before
    page = Page(visitor.get(adding))
    assert "Su usuario necesita un segundo paso" in page.text
    assert not page.all("nav", class_="breadcrumb")  # its ways are closed, and would lead back here
    secret = text_of(page.one("code", class_="no-break")).replace(" ", "")
    sent = {"offer": page.value("offer"), "code": Application(secret).code(timezone.now())}
    assert visitor.post(adding, sent).status_code == 200
    assert visitor.get(reverse("official:pending")).status_code == 200


def test_a_delegate_may_do_without_a_second_factor(visitor: Client, alicia: Member, now: datetime) -> None:
    alicia.account(now)
    log_in(visitor, alicia.login)
    assert visitor.get(reverse("delegate:start")).status_code == 200


def test_the_threshold_does_not_end_the_session_of_who_stays(visitor: Client, beto: Member, now: datetime) -> None:
    beto.account(now)
    log_in(visitor, beto.login)
    assert visitor.post(reverse("account:stay")).status_code == 204
