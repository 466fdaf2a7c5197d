"""What operators do with accounts and the catalogue: effect, event, refusal, and nothing without its event."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.test import Client

from llaves.audit.models import Event
from llaves.identity import administration
from llaves.identity.administration import NothingChanged
from llaves.identity.models import Account, Application
from llaves.identity.queries import addresses_of_officials, officials
from llaves.identity.roles import Role
from llaves.providers.models import Delegation
from tests import people
from tests.people import OPERATOR, PASSWORD, Member
from tests.web.doors import log_in

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

LISTED = {"code": "pisis", "name": "PISIS", "summary": "Envíe sus archivos.", "address": "https://web.sispro.gov.co"}


@pytest.fixture
def account(alicia: Member, now: datetime) -> Account:
    return alicia.account(now)


def session_of(account: Account | None, at: datetime) -> None:
    session = SessionStore()
    if account:
        session[SESSION_KEY] = str(account.pk)
    session.set_expiry(at + timedelta(minutes=15))
    session.save()
    if account:
        UserSession.objects.create(user=account, session_key=session.session_key, ip="127.0.0.1", user_agent="")


def suspend(account: Account, now: datetime, **more: Role | str) -> int:
    asked = {"login": account.login, "reason": "Caso 4512", **more}
    return administration.suspend(**asked, by=OPERATOR, at=now)  # type: ignore[arg-type]


def reinstate(account: Account, now: datetime, reason: str = "Caso cerrado") -> None:
    administration.reinstate(login=account.login, reason=reason, by=OPERATOR, at=now)


def unlock(login: str, now: datetime) -> None:
    administration.unlock(login=login, by=OPERATOR, at=now)


def close_by_failing(login: str) -> None:
    for _ in range(5):
        assert log_in(Client(), login, "otra-clave-larga").status_code == 422
    assert log_in(Client(), login, PASSWORD).status_code == 422


def test_suspending_closes_the_account_and_only_its_sessions(account: Account, now: datetime) -> None:
    carla = people.carla(now).account(now)
    for owner in (account, account, carla, None):
        session_of(owner, now)
    assert suspend(account, now) == 2
    account.refresh_from_db()
    assert account.suspended_at == now
    assert Session.objects.count() == 2
    event = Event.objects.get()
    assert (event.name, event.actor, event.nit) == ("identity.account.suspended", "ana account", "890303841")
    assert event.details == {"login": account.login, "reason": "Caso 4512", "sessions": 2}


def test_whoever_was_suspended_stays_out_until_reinstated(account: Account, now: datetime) -> None:
    suspend(account, now)
    assert log_in(Client(), account.login).status_code == 422
    reinstate(account, now)
    assert log_in(Client(), account.login).status_code == 302
    event = Event.objects.get(name="identity.account.reinstated")
    assert (event.nit, event.details) == ("890303841", {"login": account.login, "reason": "Caso cerrado"})


def test_suspending_twice_keeps_the_first_moment(account: Account, now: datetime) -> None:
    suspend(account, now)
    with pytest.raises(NothingChanged, match="ya estaba suspendido"):
        suspend(account, now + timedelta(hours=1))
    account.refresh_from_db()
    assert account.suspended_at == now
    assert Event.objects.count() == 1


def test_who_is_not_suspended_is_not_reinstated(account: Account, now: datetime) -> None:
    with pytest.raises(NothingChanged, match="no está suspendido"):
        reinstate(account, now)
    assert not Event.objects.exists()


def test_only_an_official_is_suspended_as_one(account: Account, now: datetime) -> None:
    with pytest.raises(NothingChanged, match="no tiene el rol ROL IHCE MSPS"):
        suspend(account, now, role=Role.OFFICIAL)
    account.refresh_from_db()
    assert account.suspended_at is None
    beto = people.beto(now).account(now)
    suspend(beto, now, role=Role.OFFICIAL)
    assert Event.objects.get().details["login"] == beto.login


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 301])
def test_a_reason_is_needed_and_is_short(account: Account, now: datetime, reason: str) -> None:
    with pytest.raises(NothingChanged, match="motivo"):
        suspend(account, now, reason=reason)
    with pytest.raises(NothingChanged, match="motivo"):
        reinstate(account, now, reason=reason)
    assert not Event.objects.exists()


def test_an_unknown_login_is_said(now: datetime) -> None:
    unknown = Account(login="CC1-2")
    for act in (suspend, reinstate):
        with pytest.raises(NothingChanged, match="CC1-2"):
            act(unknown, now)
    with pytest.raises(NothingChanged, match="CC1-2"):
        unlock("CC1-2", now)
    assert not Event.objects.exists()


def test_unlocking_opens_the_login_page_at_once(account: Account, now: datetime) -> None:
    close_by_failing(account.login)
    unlock(f" {account.login.lower()}", now)
    assert log_in(Client(), account.login).status_code == 302
    event = Event.objects.get(name="identity.account.unlocked")
    assert (event.nit, event.details) == ("890303841", {"login": account.login})


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000"])
def test_it_is_opened_under_whatever_name_the_portal_was_called(account: Account, now: datetime, host: str) -> None:
    for password in ["otra-clave-larga"] * 5 + [PASSWORD]:
        assert log_in(Client(HTTP_HOST=host), account.login, password).status_code == 422
    unlock(account.login, now)
    assert log_in(Client(HTTP_HOST=host), account.login).status_code == 302


def test_unlocking_one_login_opens_no_other(account: Account, now: datetime) -> None:
    beto = people.beto(now).account(now)
    close_by_failing(account.login)
    with pytest.raises(NothingChanged, match="no está bloqueado"):
        unlock(beto.login, now)
    assert log_in(Client(), account.login).status_code == 422
    assert not Event.objects.filter(name="identity.account.unlocked").exists()


def test_an_official_is_limited_to_looking_and_let_work_again(now: datetime) -> None:
    beto = people.beto(now).account(now)
    for only_looks, name in ((True, "limited"), (False, "unlimited")):
        administration.limit(login=beto.login, reason="Control", only_looks=only_looks, by=OPERATOR, at=now)
        beto.refresh_from_db()
        assert beto.only_looks is only_looks
        assert Event.objects.get(name=f"identity.account.{name}").details == {"login": beto.login, "reason": "Control"}
        with pytest.raises(NothingChanged, match="limitado" if not only_looks else "solo consultar"):
            administration.limit(login=beto.login, reason="Control", only_looks=only_looks, by=OPERATOR, at=now)


def test_whoever_only_looks_gets_no_letters_for_those_who_work(now: datetime) -> None:
    beto, berta = people.beto(now).account(now), people.berta(now).account(now)
    administration.limit(login=berta.login, reason="Control", only_looks=True, by=OPERATOR, at=now)
    assert addresses_of_officials(at=now) == [beto.person.email]


def test_a_delegate_is_not_limited_to_looking(account: Account, now: datetime) -> None:
    with pytest.raises(NothingChanged, match="no tiene el rol"):
        administration.limit(login=account.login, reason="Control", only_looks=True, by=OPERATOR, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(only_looks=True)


def test_without_its_event_a_login_stays_closed(
    account: Account, now: datetime, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_by_failing(account.login)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError):
        unlock(account.login, now)
    monkeypatch.undo()
    assert log_in(Client(), account.login).status_code == 422


def test_without_their_events_nothing_changes(account: Account, now: datetime, request: pytest.FixtureRequest) -> None:
    session_of(account, now)
    beto = people.beto(now).account(now)
    suspend(beto, now)
    request.getfixturevalue("broken_trail")
    acts: list[Callable[[], object]] = [
        lambda: suspend(account, now),
        lambda: reinstate(beto, now),
        lambda: administration.add_application(**LISTED, by=OPERATOR, at=now),
        lambda: administration.limit(login=beto.login, reason="Control", only_looks=True, by=OPERATOR, at=now),
    ]
    for act in acts:
        with pytest.raises(RuntimeError):
            act()
    account.refresh_from_db()
    beto.refresh_from_db()
    assert not beto.only_looks
    assert (account.suspended_at, beto.suspended_at) == (None, now)
    assert Session.objects.count() == 1
    assert not Application.objects.filter(code="pisis").exists()


def test_an_application_goes_to_the_end_of_the_catalogue(now: datetime) -> None:
    asked = {**LISTED, "code": " PISIS ", "name": " PISIS\n"}
    administration.add_application(**asked, by=OPERATOR, at=now)
    last = list(Application.objects.all())[-1]
    assert (last.code, last.name, last.address) == ("pisis", "PISIS", "https://web.sispro.gov.co")
    event = Event.objects.get()
    assert event.name == "identity.application.added"
    assert event.details == {"application": "pisis", **{key: LISTED[key] for key in ("name", "summary", "address")}}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("code", "miseguridadsocial", "Ya hay una aplicación"),
        ("code", "con espacio", "El código"),
        ("code", "x" * 31, "El código"),
        ("name", " ", "El nombre"),
        ("name", "x" * 81, "El nombre"),
        ("summary", "", "El resumen"),
        ("summary", "x" * 201, "El resumen"),
        ("address", "", "El enlace"),
        ("address", f"https://a.co/{'x' * 200}", "El enlace"),
        ("address", "http://web.sispro.gov.co", "segura"),
        ("address", "javascript:alert(1)", "segura"),
        ("address", "https://", "segura"),
        ("address", "web.sispro.gov.co", "segura"),
        ("address", "https://ana:clave@web.sispro.gov.co", "contraseña"),
    ],
)
def test_an_unusable_application_is_refused(now: datetime, field: str, value: str, said: str) -> None:
    before = list(Application.objects.values_list("code", "name", "position"))
    with pytest.raises(NothingChanged, match=said):
        administration.add_application(**{**LISTED, field: value}, by=OPERATOR, at=now)
    assert list(Application.objects.values_list("code", "name", "position")) == before
    assert not Event.objects.exists()


def test_an_address_may_hold_an_at_sign_after_its_host(now: datetime) -> None:
    asked = {**LISTED, "address": "https://web.sispro.gov.co/?a=b@c"}
    assert administration.add_application(**asked, by=OPERATOR, at=now).address == asked["address"]


def test_officials_are_told_apart_by_their_delegation(account: Account, now: datetime) -> None:
    beto = people.beto(now).account(now)
    assert [(official.account, official.is_delegated) for official in officials(at=now)] == [(beto, True)]
    Delegation.objects.filter(person=beto.person).delete()
    assert [official.is_delegated for official in officials(at=now)] == [False]
