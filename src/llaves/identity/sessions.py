"""Sessions: how each begins and ends, and the open ones of an account, which its owner sees and may close.

The library keeps who opened each from where; the session itself says how long it still lasts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from procrastinate.contrib.django import app

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.identity.browsers import described
from llaves.identity.models import Account
from llaves.identity.queries import needs_confirmation

CONFIRMATION_JOB = "identity.confirm"


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session, as its owner recognises it."""

    id: int
    browser: str
    address: str
    opened_at: datetime
    seen_at: datetime
    is_current: bool


def open_sessions(account: Account, *, current: str | None, at: datetime) -> list[OpenSession]:
    """The account's sessions that are still open, the newest first; `current` is the key of the asker's own."""
    rows = {row.session_key: row for row in UserSession.objects.filter(user=account).order_by("-created_at")}
    alive = dict(
        Session.objects.filter(session_key__in=rows, expire_date__gt=at).values_list("session_key", "expire_date")
    )
    idle = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return [
        OpenSession(row.pk, described(row.user_agent), row.ip, row.created_at, alive[key] - idle, key == current)
        for key, row in rows.items()
        if key in alive
    ]


@transaction.atomic
def note_refused_login(*, login: str, by: Actor, at: datetime) -> None:
    """Leave the event of a refused login.

    What was typed is kept only if it names an account: people type passwords into the wrong field.
    """
    known = Account.objects.filter(login=login).exists()
    trail.record(EventName.SESSION_REFUSED, by=by, at=at, details={"login": login if known else None})


@transaction.atomic
def note_opened_session(*, account: Account, by: Actor, at: datetime) -> None:
    """Leave the event of a login, and have the registry asked whether it still should be one."""
    trail.record(EventName.SESSION_OPENED, by=by, at=at, subject=Subject(nit=account.organization.nit))
    if settings.REGISTRY_URL and needs_confirmation(account, at=at):
        app.configure_task(CONFIRMATION_JOB, queue="registry").defer(login=account.login)


@transaction.atomic
def note_closed_session(*, account: Account, by: Actor, at: datetime) -> None:
    trail.record(EventName.SESSION_CLOSED, by=by, at=at, subject=Subject(nit=account.organization.nit))


@transaction.atomic
def close_session(*, account: Account, session_id: int, by: Actor, at: datetime) -> None:
    """Close one of the account's own sessions; one that is gone already stays gone."""
    row = UserSession.objects.filter(user=account, pk=session_id).first()
    if row:
        _end([row])
        _record(account, 1, by=by, at=at)


@transaction.atomic
def close_other_sessions(*, account: Account, current: str | None, by: Actor, at: datetime) -> int:
    """Close all sessions of the account but the current one; return how many those were."""
    rows = list(UserSession.objects.filter(user=account).exclude(session_key=current or ""))
    ended = _end(rows)
    if ended:
        _record(account, ended, by=by, at=at)
    return ended


def end_all(account: Account) -> int:
    """Close every session of the account, as part of an action that leaves the event; return how many were open."""
    return _end(list(UserSession.objects.filter(user=account)))


def _end(rows: list[UserSession]) -> int:
    ended, _ = Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return ended


def _record(account: Account, count: int, *, by: Actor, at: datetime) -> None:
    subject = Subject(nit=account.organization.nit)
    trail.record(EventName.SESSION_ENDED, by=by, at=at, subject=subject, details={"sessions": count})
