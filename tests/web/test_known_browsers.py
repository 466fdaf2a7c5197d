"""N12 and its other side: guessing closes a login, but not to the browsers that its owner uses."""

from datetime import datetime

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse

from llaves.identity import devices
from llaves.identity.devices import COOKIE
from llaves.identity.models import SingleUseLink
from llaves.notifications.links import token_for
from tests.people import Member
from tests.web.doors import log_in

WRONG = "no es esta clave"


@pytest.fixture
def login(alicia: Member, now: datetime) -> str:
    return alicia.account(now).login


@pytest.fixture
def usual(login: str) -> Client:
    """The browser from which Alicia logged in before, and out again."""
    client = Client()
    assert log_in(client, login).status_code == 302
    client.post(reverse("logout"))
    return client


def guess(login: str, client: Client | None = None, times: int = 5) -> None:
    for _ in range(times):
        assert log_in(client or Client(), login, WRONG).status_code == 422


def gets_in(client: Client, login: str) -> bool:
    return bool(log_in(client, login).status_code == 302)


def test_a_strangers_guesses_do_not_close_the_login_to_its_owners_browser(usual: Client, login: str) -> None:
    guess(login)
    assert not gets_in(Client(), login)
    assert gets_in(usual, login)


def test_a_known_browser_has_no_more_tries_than_another(usual: Client, login: str) -> None:
    guess(login, usual)
    assert not gets_in(usual, login)
    assert gets_in(Client(), login), "and its tries do not close the login to others"


def test_the_mark_of_one_login_is_worth_nothing_for_another(
    usual: Client, login: str, carla: Member, now: datetime
) -> None:
    other = carla.account(now).login
    guess(other)
    assert not gets_in(usual, other)


@pytest.mark.parametrize("forged", ["", "x", "e30:1:abc", "eyJhIjoiYiJ9:1t:AAAA"])
def test_a_forged_mark_is_no_mark(login: str, forged: str) -> None:
    guess(login)
    client = Client()
    client.cookies[COOKIE] = forged
    assert not gets_in(client, login)


def test_whoever_sets_a_password_by_letter_gets_in_whatever_others_try(
    login: str, alicia: Member, now: datetime
) -> None:
    guess(login)
    link = SingleUseLink.objects.create(account=alicia.account(now), sent_to=alicia.person.email, made_at=now)
    browser = Client()
    address = reverse("public:activate", kwargs={"link_id": link.id, "token": token_for(link.id)})
    sent = {
        "password": "otro-puente-sobre-el-Patia-9",
        "repeated": "otro-puente-sobre-el-Patia-9",
    }
    assert browser.post(address, sent).status_code == 302
    assert log_in(browser, login, sent["password"]).status_code == 302


def test_the_mark_tells_nobody_whose_it_is_and_scripts_do_not_get_it(usual: Client, login: str) -> None:
    cookie = usual.cookies[COOKIE]
    assert login not in cookie.value
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert int(cookie["max-age"]) == 180 * 24 * 60 * 60


def test_one_browser_keeps_the_marks_of_five_logins_and_its_own_one_for_each() -> None:
    request = HttpRequest()
    for number in (1, 2, 3, 4, 5, 6, 3):
        answer = HttpResponse()
        before = devices.counted_as(request, f"CC{number}")
        devices.remember(request, answer, f"CC{number}")
        request.COOKIES[COOKIE] = answer.cookies[COOKIE].value
        assert before in {f"CC{number}", devices.counted_as(request, f"CC{number}")}, "it keeps its mark"
    assert devices.counted_as(request, "CC1") == "CC1", "the oldest is forgotten"
    assert devices.counted_as(request, "CC2") != "CC2"
    assert len(request.COOKIES[COOKIE]) < 500
