"""The login (imagen 8 and 9): one way in, one answer to every refusal."""

import base64
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.identity.models import Account
from llaves.providers.models import Delegation
from tests import people
from tests.people import PASSWORD, Member
from tests.web.doors import Page, force, log_in, proof_of_work

REFUSED = "Los datos de usuario no corresponden"
START = "/inicio/"


def comparable(answer: Any) -> tuple[int, str]:
    """Status and body, without what is fresh in every page and what was typed."""
    html = answer.content.decode()
    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)
    html = re.sub(r'data-challenge="[^"]+"', "", html)
    return answer.status_code, re.sub(r'(name="login" )value="[^"]*"', r"\1", html)


def test_a_member_comes_in_and_is_noted(visitor: Client, alicia: Member, now: datetime) -> None:
    alicia.account(now)
    answer = log_in(visitor, alicia.login)
    assert (answer.status_code, answer.url) == (302, START)
    (event,) = Event.objects.all()
    assert (event.name, event.actor, event.address) == ("identity.session.opened", alicia.login, "127.0.0.1")


@pytest.mark.parametrize("typed", ["cc1020304050-890303841", "  CC1020304050-890303841 ", "Cc1020304050-890303841\t"])
def test_the_user_is_read_whatever_its_case_and_spaces(
    visitor: Client, alicia: Member, now: datetime, typed: str
) -> None:
    alicia.account(now)
    assert log_in(visitor, typed).status_code == 302


@pytest.mark.parametrize("password", [PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD} ", PASSWORD[:-1], "x"])
def test_the_password_is_read_to_the_letter(visitor: Client, alicia: Member, now: datetime, password: str) -> None:
    alicia.account(now)
    assert log_in(visitor, alicia.login, password).status_code == 422


def test_every_refusal_is_the_same_answer(alicia: Member, carla: Member, now: datetime) -> None:
    answers = {"wrong": _refusal(alicia, now, "otra-clave-larga"), "unknown": log_in(Client(), "CC1-2", PASSWORD)}
    answers["not activated"] = _changed(alicia, now, activated_at=None)
    answers["suspended"] = _changed(alicia, now, activated_at=now, suspended_at=now)
    Account.objects.update(suspended_at=None)
    Delegation.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    answers["delegation ended"] = _refusal(alicia, now, PASSWORD)
    Delegation.objects.update(ends_on=None, starts_on=timezone.localdate() + timedelta(days=1))
    answers["delegation not begun"] = _refusal(alicia, now, PASSWORD)
    first = comparable(answers["wrong"])
    assert first[0] == 422
    for cause, answer in answers.items():
        assert comparable(answer) == first, cause
        shown = Page(answer)
        assert shown.text.count(REFUSED) == 1, cause
        assert "sesion" not in answer.cookies


def test_a_throttled_login_reads_like_a_wrong_one_even_with_the_right_password(alicia: Member, now: datetime) -> None:
    first = comparable(_refusal(alicia, now, "otra-clave-larga"))
    answers = [_refusal(alicia, now, "otra-clave-larga") for _ in range(5)]
    answers.append(_refusal(alicia, now, PASSWORD))
    assert [comparable(answer) == first for answer in answers] == [True] * 6


def test_another_login_is_not_throttled_with_it(alicia: Member, beto: Member, now: datetime) -> None:
    for _ in range(6):
        _refusal(alicia, now, "otra-clave-larga")
    beto.account(now)
    assert log_in(Client(), beto.login).status_code == 302


def test_spelling_a_login_otherwise_does_not_dodge_the_throttle(alicia: Member, now: datetime) -> None:
    alicia.account(now)
    for typed in (
        "cc1020304050-890303841",
        " CC1020304050-890303841",
        "Cc1020304050-890303841",
        alicia.login,
        "cC1020304050-890303841",
    ):
        log_in(Client(), typed, "otra-clave-larga")
    assert log_in(Client(), alicia.login, PASSWORD).status_code == 422


@pytest.mark.usefixtures("unhurried")
def test_too_many_tries_from_one_address_are_told_in_spanish(visitor: Client) -> None:
    answers = [visitor.post(reverse("login"), {"login": "x", "password": "y"}) for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {422}
    assert answers[30].status_code == 429
    assert "Espere un minuto" in Page(answers[30]).text


def test_a_refused_login_is_noted_without_what_was_typed_unless_it_names_an_account(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    alicia.account(now)
    log_in(visitor, alicia.login, "otra-clave-larga")
    log_in(visitor, "mi-clave-secreta-en-el-campo", "x")
    known, unknown = Event.objects.order_by("id")
    assert known.name == unknown.name == "identity.session.refused"
    assert known.details == {"login": alicia.login}
    assert unknown.details == {"login": None}


def test_without_the_proof_of_work_even_the_right_password_is_refused(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    alicia.account(now)
    answer = visitor.post(reverse("login"), {"login": alicia.login, "password": PASSWORD})
    assert answer.status_code == 422
    assert "Marque «No soy un robot»" in Page(answer).error_beside("proof_of_work")
    assert _is_outside(visitor)


def test_a_proof_of_work_serves_once(visitor: Client, alicia: Member, now: datetime) -> None:
    alicia.account(now)
    proof = proof_of_work(visitor.get(reverse("login")))
    sent = {"login": alicia.login, "proof_of_work": proof}
    assert visitor.post(reverse("login"), {**sent, "password": "otra-clave-larga"}).status_code == 422
    answer = visitor.post(reverse("login"), {**sent, "password": PASSWORD})
    assert answer.status_code == 422
    assert "ya se usó" in Page(answer).error_beside("proof_of_work")


def test_a_spent_proof_of_work_cannot_be_made_to_last_longer(visitor: Client, alicia: Member, now: datetime) -> None:
    """Moving digits from the number into the salt keeps its hash (CVE-2025-68113): the end would be moved too."""
    alicia.account(now)
    proof = json.loads(base64.b64decode(proof_of_work(visitor.get(reverse("login")))))
    number = str(proof["number"])
    spliced = {**proof, "salt": proof["salt"] + number[0], "number": int(number[1:] or 0)}
    payload = base64.b64encode(json.dumps(spliced).encode()).decode()
    sent = {"login": alicia.login, "password": PASSWORD, "proof_of_work": payload}
    answer = visitor.post(reverse("login"), sent)
    assert answer.status_code == 422
    assert Page(answer).error_beside("proof_of_work")


@pytest.mark.parametrize("changed", [{"number": 0}, {"signature": "0" * 64}, {"salt": "x"}, {"algorithm": "SHA-1"}])
def test_a_proof_of_work_that_was_not_done_is_refused(
    visitor: Client, alicia: Member, now: datetime, changed: dict[str, object]
) -> None:
    alicia.account(now)
    proof = json.loads(base64.b64decode(proof_of_work(visitor.get(reverse("login")))))
    payload = base64.b64encode(json.dumps({**proof, **changed}).encode()).decode()
    answer = visitor.post(reverse("login"), {"login": alicia.login, "password": PASSWORD, "proof_of_work": payload})
    assert answer.status_code == 422
    assert "venció o no corresponde" in Page(answer).error_beside("proof_of_work")


def test_what_was_typed_as_user_is_kept_and_the_password_is_not(visitor: Client) -> None:
    answer = log_in(visitor, "CC1-2", "una-clave-que-no-vuelve")
    shown = Page(answer)
    assert shown.value("login") == "CC1-2"
    assert "una-clave-que-no-vuelve" not in shown.html


@pytest.mark.parametrize("field", ["login", "password"])
def test_an_empty_field_says_so_beside_itself(visitor: Client, field: str) -> None:
    sent = {"login": "CC1-2", "password": "x", field: ""}
    answer = log_in(visitor, **sent)
    assert "Este campo es obligatorio" in Page(answer).error_beside(field)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "http://localhost@evil.example/",
        "\thttps://evil.example",
    ],
)
def test_it_leads_to_no_other_host(alicia: Member, now: datetime, elsewhere: str) -> None:
    alicia.account(now)
    by_body = log_in(Client(), alicia.login, next=elsewhere)
    assert by_body.url == START
    address = f"{reverse('login')}?next={elsewhere}"
    assert not Page(Client().get(address)).all("input", name="next")
    by_address = log_in(Client(), alicia.login, address=address)
    assert by_address.url == START
    assert force(alicia, now).get(address).url == START


def test_it_leads_back_to_the_page_that_was_wanted(visitor: Client, beto: Member, now: datetime) -> None:
    beto.account(now)
    wanted = reverse("official:pending")
    sent_away = visitor.get(wanted)
    assert sent_away.url == f"{reverse('login')}?next={wanted}"
    assert log_in(visitor, beto.login, address=sent_away.url).url == wanted


def test_the_session_is_kept_in_a_cookie_that_scripts_and_other_sites_do_not_get(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    alicia.account(now)
    answer = log_in(visitor, alicia.login)
    cookie = answer.cookies["sesion"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert cookie["max-age"] == "", "it ends with the browser"
    assert visitor.session.get_expiry_age() == 15 * 60
    assert visitor.cookies["csrf"]["httponly"] is True


def test_a_session_that_was_planted_before_the_login_is_worth_nothing(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    alicia.account(now)
    visitor.session["planted"] = True
    session = visitor.session
    session.save()
    planted = session.session_key
    log_in(visitor, alicia.login)
    assert visitor.session.session_key != planted
    thief = Client()
    thief.cookies["sesion"] = planted or ""
    assert _is_outside(thief)


@pytest.mark.parametrize("change", ["delegation", "suspension", "activation"])
def test_whoever_may_no_longer_is_stopped_at_the_next_click(
    at_alicias: Client, alicia: Member, now: datetime, change: str
) -> None:
    assert at_alicias.get(reverse("delegate:start")).status_code == 200
    if change == "delegation":
        Delegation.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    else:
        fields = {"suspension": {"suspended_at": now}, "activation": {"activated_at": None}}
        Account.objects.update(**fields[change])
    for page in ("delegate:start", "delegate:keys", "delegate:request", "start"):
        assert at_alicias.get(reverse(page)).url.startswith(reverse("login"))


def test_an_official_whose_delegation_ends_is_stopped_too(at_betos: Client) -> None:
    Delegation.objects.all().delete()
    assert at_betos.get(reverse("official:pending")).url.startswith(reverse("login"))


def test_a_new_password_ends_the_sessions_of_the_old_one(at_alicias: Client, alicia: Member) -> None:
    account = Account.objects.get(login=alicia.login)
    account.set_password("otra-clave-larga-9")
    account.save()
    assert _is_outside(at_alicias)


def test_whoever_leaves_is_outside_and_it_is_noted(at_alicias: Client, alicia: Member) -> None:
    session = at_alicias.cookies["sesion"].value
    page = at_alicias.get(reverse("delegate:start"))
    assert page["Cache-Control"] == "no-store"
    answer = at_alicias.post(reverse("logout"))
    assert (answer.status_code, answer.url) == (302, reverse("public:home"))
    assert Event.objects.latest("id").name == "identity.session.closed"
    at_alicias.cookies["sesion"] = session
    assert _is_outside(at_alicias), "the session is gone, not only its cookie"


def test_a_link_cannot_log_anybody_out(at_alicias: Client) -> None:
    assert at_alicias.get(reverse("logout")).status_code == 405
    assert at_alicias.get(reverse("delegate:start")).status_code == 200


def _refusal(member: Member, at: datetime, password: str) -> Any:
    member.account(at)
    return log_in(Client(), member.login, password)


def _changed(member: Member, at: datetime, **fields: datetime | None) -> Any:
    account = member.account(at)
    Account.objects.filter(id=account.id).update(**fields)
    return log_in(Client(), member.login)


def _is_outside(client: Client) -> bool:
    answer = client.get(reverse("delegate:start"))
    return bool(answer.status_code == 302 and answer.url.startswith(reverse("login")))


def test_another_port_in_the_host_is_no_way_around_the_throttle(now: datetime) -> None:
    login = people.alicia(now).account(now).login
    for _ in range(5):
        assert log_in(Client(HTTP_HOST="localhost:8000"), login, "no es esta").status_code == 422
    assert log_in(Client(HTTP_HOST="localhost:1234"), login).status_code == 422
