"""Mi cuenta: the own password and the own open sessions."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from llaves.audit.models import Event
from llaves.identity.models import Account
from llaves.notifications.models import Notice
from tests.people import PASSWORD, Member
from tests.web.doors import Page, log_in, text_of

OVERVIEW = "/mi-cuenta/"
NEW = "otro-puente-sobre-el-Patía-9"


@pytest.fixture
def entered(alicia: Member, now: datetime) -> Client:
    alicia.account(now)
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
    assert log_in(client, alicia.login).status_code == 302
    return client


def change(client: Client, current: str = PASSWORD, password: str = NEW, repeated: str = NEW) -> Page:
    sent = {"current": current, "password": password, "repeated": repeated}
    return Page(client.post(reverse("account:change_password"), sent, follow=True))


def is_inside(client: Client) -> bool:
    return client.get(OVERVIEW).status_code == 200


def rows(client: Client) -> list[str]:
    table = Page(client.get(OVERVIEW)).all("table")[-1]
    return [text_of(row) for row in table.children[-1].children if not isinstance(row, str)]


def test_a_new_password_closes_every_session_and_is_told(entered: Client, alicia: Member) -> None:
    elsewhere = Client()
    log_in(elsewhere, alicia.login)
    page = change(entered)
    assert "se cerraron todas sus sesiones" in page.text
    assert not is_inside(entered)
    assert not is_inside(elsewhere)
    assert Account.objects.get(login=alicia.login).check_password(NEW)
    assert Event.objects.filter(name="identity.password.changed", actor=alicia.login).exists()
    assert Notice.objects.filter(letter="password_set").exists()


@pytest.mark.parametrize(
    ("field", "values", "sentence"),
    [
        ("current", {"current": "otra-clave-larga"}, "no corresponde"),
        ("password", {"password": "corta", "repeated": "corta"}, "12 caracteres"),
        ("password", {"password": PASSWORD, "repeated": PASSWORD}, "la misma de antes"),
        ("password", {"password": "Alicia-de-Popayan-9", "repeated": "Alicia-de-Popayan-9"}, "su nombre"),
        ("repeated", {"repeated": "otro-puente-sobre-el-Patia-9"}, "no son iguales"),
    ],
)
def test_a_faulty_change_says_why_beside_the_field(
    entered: Client, field: str, values: dict[str, str], sentence: str
) -> None:
    page = change(entered, **values)
    assert sentence in page.error_beside(field)
    assert is_inside(entered)


def test_guessing_the_current_password_is_throttled(entered: Client) -> None:
    for _ in range(5):
        change(entered, current="otra-clave-larga")
    assert "Demasiados intentos" in change(entered).error_beside("current")


def test_the_open_sessions_are_listed_with_browser_address_and_moment(entered: Client, alicia: Member) -> None:
    elsewhere = Client(HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 16) Chrome/150.0 Mobile", REMOTE_ADDR="203.0.113.9")
    log_in(elsewhere, alicia.login)
    newest, own = rows(entered)
    assert newest.startswith("Chrome en Android 203.0.113.9")
    assert own.startswith("Firefox en Windows 127.0.0.1")
    assert own.endswith("Esta sesión")


def test_another_session_is_closed_and_the_own_one_stays(entered: Client, alicia: Member) -> None:
    elsewhere = Client()
    log_in(elsewhere, alicia.login)
    form = next(
        form for form in Page(entered.get(OVERVIEW)).all("form") if "/cerrar/" in dict(form.attributes)["action"]
    )
    entered.post(dict(form.attributes)["action"])
    assert not is_inside(elsewhere)
    assert is_inside(entered)
    assert Event.objects.latest("id").name == "identity.session.ended"


def test_all_other_sessions_are_closed_at_once(entered: Client, alicia: Member) -> None:
    others = [Client() for _ in range(3)]
    for other in others:
        log_in(other, alicia.login)
    entered.post(reverse("account:close_other_sessions"))
    assert [is_inside(other) for other in others] == [False] * 3
    assert is_inside(entered)
    assert Event.objects.latest("id").details == {"sessions": 3}


def test_nobody_closes_the_session_of_somebody_else(entered: Client, carla: Member, now: datetime) -> None:
    carla.account(now)
    intruder = Client()
    log_in(intruder, carla.login)
    for number in range(1, 200):
        intruder.post(reverse("account:close_session", kwargs={"session_id": number}))
    assert is_inside(entered)
    assert rows(entered) == [row for row in rows(entered) if "Esta sesión" in row], "and sees only the own ones"


def test_staying_renews_the_session(entered: Client, now: datetime) -> None:
    own = Session.objects.filter(session_key=entered.session.session_key)
    own.update(expire_date=now + timedelta(minutes=1))
    assert entered.post(reverse("account:stay")).status_code == 204
    assert own.get().expire_date > now + timedelta(minutes=14)


def test_whoever_is_outside_cannot_stay(visitor: Client) -> None:
    assert visitor.post(reverse("account:stay")).url.startswith(reverse("login"))


def test_the_login_says_that_the_session_ended_for_lack_of_use(visitor: Client) -> None:
    assert "15 minutos sin actividad" in Page(visitor.get(f"{reverse('login')}?cerrada=inactividad")).text
