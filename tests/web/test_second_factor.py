"""The second step of a login, and adding what it asks for."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from llaves.audit.models import Event
from llaves.identity import administration, factors
from llaves.identity.actors import PROVED_AT
from llaves.identity.models import Account
from llaves.identity.queries import factors_of, has_second_factor
from llaves.providers.models import Delegation
from tests.factors import Application, add_application
from tests.people import PASSWORD, VISITOR, Member
from tests.races import who_wins
from tests.web.doors import Page, force, log_in, text_of

REFUSED = "Los datos de usuario no corresponden"
STEP = "/ingresar/verificacion/"
APPLICATION = Application()


@pytest.fixture
def guarded(alicia: Member, now: datetime) -> Account:
    """Alicia's account, with an application."""
    account = alicia.account(now)
    add_application(account, now)
    return account


def code() -> str:
    return APPLICATION.code(timezone.now())


def is_outside(client: Client) -> bool:
    return client.get(reverse("delegate:start")).status_code == 302


def prove(client: Client, **values: str) -> Any:
    return client.post(STEP, values)


def test_the_password_alone_opens_no_session(visitor: Client, guarded: Account) -> None:
    answer = log_in(visitor, guarded.login)
    assert (answer.status_code, answer.url) == (302, STEP)
    assert is_outside(visitor)
    assert not Event.objects.filter(name="identity.session.opened").exists()


def test_the_code_opens_it(visitor: Client, guarded: Account) -> None:
    log_in(visitor, guarded.login)
    answer = prove(visitor, code=code())
    assert (answer.status_code, answer.url) == (302, reverse("start"))
    assert visitor.get(reverse("delegate:start")).status_code == 200
    assert Event.objects.latest("id").name == "identity.session.opened"


def test_a_recovery_code_opens_it_too(visitor: Client, guarded: Account, now: datetime) -> None:
    codes = factors.make_recovery_codes(account=guarded, by=VISITOR, at=now)
    log_in(visitor, guarded.login)
    assert prove(visitor, code=codes[3].lower()).status_code == 302
    assert factors_of(guarded).codes_left == 9


def test_it_leads_back_to_the_page_that_was_wanted(visitor: Client, beto: Member, now: datetime) -> None:
    add_application(beto.account(now), now)
    wanted = reverse("official:pending")
    log_in(visitor, beto.login, address=visitor.get(wanted).url)
    assert prove(visitor, code=code()).url == wanted


@pytest.mark.parametrize("wrong", [{"code": "000000"}, {"code": "AAAAA-AAAAA"}, {"passkey": "{}"}, {"passkey": "x"}])
def test_a_wrong_code_is_refused_like_a_wrong_password(
    visitor: Client, guarded: Account, wrong: dict[str, str]
) -> None:
    log_in(visitor, guarded.login)
    answer = prove(visitor, **wrong)
    assert answer.status_code == 422
    assert Page(answer).text.count(REFUSED) == 1
    assert Page(answer).value("code") == "", "codes do not come back"
    assert is_outside(visitor)
    assert Event.objects.latest("id").name == "identity.factor.refused"


def test_an_empty_code_is_asked_for_and_counts_nowhere(visitor: Client, guarded: Account) -> None:
    log_in(visitor, guarded.login)
    answer = prove(visitor, code=" ")
    assert "Escriba el código" in Page(answer).error_beside("code")
    assert not Event.objects.filter(name="identity.factor.refused").exists()


def test_five_wrong_codes_close_the_step_to_the_right_one(visitor: Client, guarded: Account) -> None:
    log_in(visitor, guarded.login)
    for _ in range(5):
        prove(visitor, code="000000")
    answer = prove(visitor, code=code())
    assert answer.status_code == 422
    assert REFUSED in Page(answer).text
    other = Client()
    log_in(other, guarded.login)
    assert prove(other, code=code()).status_code == 422, "another browser does not get five more"


def test_an_operator_opens_the_step_again(visitor: Client, guarded: Account, now: datetime) -> None:
    log_in(visitor, guarded.login)
    for _ in range(5):
        prove(visitor, code="000000")
    administration.unlock(login=guarded.login, by=VISITOR, at=now)
    assert prove(visitor, code=code()).status_code == 302


def test_what_proved_the_person_stays_in_the_trail(visitor: Client, guarded: Account) -> None:
    log_in(visitor, guarded.login)
    prove(visitor, code=code())
    assert Event.objects.get(name="identity.factor.proved").details["kind"] == "totp"


def test_without_the_password_there_is_no_second_step(visitor: Client, guarded: Account) -> None:
    assert visitor.get(STEP).url == reverse("login")
    assert prove(visitor, code=code()).url == reverse("login")


def test_one_can_go_back_to_another_user(visitor: Client, guarded: Account) -> None:
    log_in(visitor, guarded.login)
    assert visitor.post(reverse("give_up_login")).url == reverse("login")
    assert prove(visitor, code=code()).url == reverse("login")


def test_a_delegation_that_ends_between_the_steps_ends_the_login(visitor: Client, guarded: Account) -> None:
    log_in(visitor, guarded.login)
    Delegation.objects.all().delete()
    prove(visitor, code=code())
    assert is_outside(visitor)


def test_a_login_that_waits_too_long_starts_again(visitor: Client, guarded: Account, settings: Settings) -> None:
    log_in(visitor, guarded.login)
    settings.ACCOUNT_LOGIN_TIMEOUT = -1
    assert prove(visitor, code=code()).url == reverse("login")


@pytest.mark.django_db(transaction=True)
def test_n9_of_two_browsers_with_one_code_one_gets_in_and_the_other_is_refused(guarded: Account) -> None:
    browsers = [Client(), Client(), Client()]
    for browser in browsers:
        log_in(browser, guarded.login)
    typed = code()

    def attempt(browser: Client) -> None:
        if prove(browser, code=typed).status_code == 422:
            raise PermissionError

    assert who_wins(attempt, browsers, loses_with=PermissionError) == [False, False, True]
    assert sorted(is_outside(browser) for browser in browsers) == [False, True, True]


# Adding it


def offer(page: Page) -> dict[str, str]:
    return {"offer": page.value("offer")}


def secret_on(page: Page) -> str:
    return text_of(page.one("code", class_="no-break")).replace(" ", "")


def prove_again(client: Client) -> None:
    """As if the login was a moment ago."""
    session = client.session
    session[PROVED_AT] = timezone.now().timestamp()
    session.save()


def test_an_application_is_added_with_its_first_code(at_alicias: Client, alicia: Member) -> None:
    prove_again(at_alicias)
    address = reverse("account:add_application")
    page = Page(at_alicias.get(address))
    application = Application(secret_on(page))
    answer = at_alicias.post(address, {**offer(page), "code": application.code(timezone.now())})
    assert answer.status_code == 200
    shown = [text_of(item) for item in Page(answer).one("ul", class_="codes").children if not isinstance(item, str)]
    assert len(shown) == 10
    assert has_second_factor(Account.objects.get(login=alicia.login))


def test_the_secret_stays_the_same_after_a_wrong_code(at_alicias: Client) -> None:
    prove_again(at_alicias)
    address = reverse("account:add_application")
    page = Page(at_alicias.get(address))
    again = Page(at_alicias.post(address, {**offer(page), "code": "000000"}))
    assert secret_on(again) == secret_on(page)
    assert "Ese no es el código" in again.error_beside("code")
    application = Application(secret_on(again))
    answer = at_alicias.post(address, {**offer(again), "code": application.code(timezone.now())})
    assert answer.status_code == 200


def test_an_application_of_ones_own_choosing_is_not_taken(at_alicias: Client, at_carlas: Client) -> None:
    """Neither an invented secret nor one that the page offered to somebody else."""
    address = reverse("account:add_application")
    for client in (at_alicias, at_carlas):
        prove_again(client)
    carlas = Page(at_carlas.get(address))
    theirs = Application(secret_on(carlas))
    for sent in (offer(carlas), {"offer": f"x{carlas.value('offer')}"}, {"offer": ""}, {}):
        answer = at_alicias.post(address, {**sent, "code": theirs.code(timezone.now())})
        page = Page(answer)
        assert answer.status_code == 422
        assert "Escanee la nueva" in page.error_beside("code")
        assert secret_on(page) != theirs.secret
    assert not has_second_factor(Account.objects.get(login="CC1020304050-890303841"))


def test_later_than_five_minutes_it_asks_for_the_password(at_alicias: Client) -> None:
    address = reverse("account:add_application")
    page = Page(at_alicias.get(address))
    application = Application(secret_on(page))
    sent = {**offer(page), "code": application.code(timezone.now())}
    assert "Escriba su contraseña" in Page(at_alicias.post(address, sent)).error_beside("password")
    wrong = at_alicias.post(address, {**sent, "password": "otra-clave-larga"})
    assert "no corresponde" in Page(wrong).error_beside("password")
    assert at_alicias.post(address, {**sent, "password": PASSWORD}).status_code == 200


def test_it_is_removed_with_the_password(alicia: Member, guarded: Account, now: datetime) -> None:
    client = force(alicia, now)
    factor = factors_of(guarded).application
    assert factor
    address = reverse("account:remove_factor", kwargs={"factor_id": factor.id})
    assert client.post(address, {"password": "otra-clave-larga"}).status_code == 422
    assert client.post(address, {"password": PASSWORD}).url == reverse("account:overview")
    assert not has_second_factor(guarded)


def test_an_official_reads_why_the_last_one_stays(beto: Member, now: datetime) -> None:
    factor = add_application(beto.account(now), now)
    address = reverse("account:remove_factor", kwargs={"factor_id": factor})
    answer = force(beto, now).post(address, {"password": PASSWORD})
    assert answer.status_code == 422
    assert "siempre tiene verificación en dos pasos" in Page(answer).text


def test_new_recovery_codes_are_shown_once(alicia: Member, guarded: Account, now: datetime) -> None:
    client = force(alicia, now)
    address = reverse("account:recovery_codes")
    first = Page(client.post(address, {"password": PASSWORD}))
    assert len(first.one("ul", class_="codes").children) >= 10
    assert not Page(client.get(address)).all("ul", class_="codes")
    assert client.get(address)["Cache-Control"] == "no-store"
