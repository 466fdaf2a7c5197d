"""Letters wait here, written down in the transaction that gives cause to them, until a job has delivered them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from procrastinate.contrib.django import app

from llaves.audit import trail
from llaves.audit.events import Actor, ActorKind, EventName
from llaves.notifications import letters
from llaves.notifications.letters import About, LetterName
from llaves.notifications.models import Notice

if TYPE_CHECKING:
    from procrastinate.types import JSONDict

SEND_JOB = "notifications.send"
POSTMAN = Actor(kind=ActorKind.SYSTEM, name=SEND_JOB)


def post(letter: LetterName, *, to: str, about: About, at: datetime) -> None:
    """Put a letter in the outbox, with the job that sends it; both stand or fall with the caller's transaction.

    An empty address is passed over: the registry does not know one for everybody.
    """
    post_all(letter, [(to, about)], at=at)


@transaction.atomic
def post_all(letter: LetterName, recipients: Iterable[tuple[str, About]], *, at: datetime) -> None:
    """The same letter to many, each about something of his own; see `post`."""
    notices = [
        Notice(letter=letter.value, recipient=to, about=dict(about), posted_at=at) for to, about in recipients if to
    ]
    if notices:
        Notice.objects.bulk_create(notices)
        jobs: list[JSONDict] = [{"notice_id": str(notice.id)} for notice in notices]
        app.configure_task(SEND_JOB, queue="mail").batch_defer(*jobs)


def send(notice_id: UUID, *, at: datetime) -> None:
    """Deliver one letter to the mail server, unless that was done before.

    :raises OSError: the server could not be reached or refused it; the job tries again later. SMTP's
        own errors (smtplib.SMTPException) are such.
    """
    notice = Notice.objects.get(id=notice_id)
    if notice.sent_at:
        return
    Notice.objects.filter(id=notice_id).update(attempts=F("attempts") + 1)
    letter = letters.write(LetterName(notice.letter), notice.about)
    message = EmailMessage(
        subject=letter.subject,
        body=letter.text,
        to=[notice.recipient],
        headers={"Message-ID": f"<{notice.id}@llaves-ihce>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except OSError as fault:
        _remember_fault(notice, fault, at=at)
        raise
    _remember_delivery(notice, at=at)


@transaction.atomic
def _remember_delivery(notice: Notice, *, at: datetime) -> None:
    Notice.objects.filter(id=notice.id).update(sent_at=at, last_fault="")
    trail.record(EventName.NOTICE_SENT, by=POSTMAN, at=at, details={"notice": str(notice.id), "letter": notice.letter})


@transaction.atomic
def _remember_fault(notice: Notice, fault: OSError, *, at: datetime) -> None:
    # The class alone: a server's own words may quote the letter.
    reason = type(fault).__name__
    Notice.objects.filter(id=notice.id).update(last_fault=reason)
    details = {"notice": str(notice.id), "letter": notice.letter, "fault": reason}
    trail.record(EventName.NOTICE_FAILED, by=POSTMAN, at=at, details=details)
