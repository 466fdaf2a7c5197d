"""Letters wait here, written down in the transaction that gives cause to them, until a job has delivered them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from procrastinate.contrib.django import app

from llaves.audit import trail
from llaves.audit.events import Actor, ActorKind, EventName
from llaves.notifications import letters, refusals
from llaves.notifications.bounces import Bounce
from llaves.notifications.letters import About, LetterName
from llaves.notifications.models import Notice
from llaves.notifications.refusals import Fault, Refusal

if TYPE_CHECKING:
    from procrastinate.types import JSONDict

SEND_JOB = "notifications.send"
POSTMAN = Actor(kind=ActorKind.SYSTEM, name=SEND_JOB)
MOST_ATTEMPTS = 17
"""After the last of them a letter is given up, so that nobody waits for what is tried no more."""


def post(letter: LetterName, *, to: str, about: About, at: datetime, regarding: UUID | None = None) -> None:
    """Put a letter in the outbox, with the job that sends it; both stand or fall with the caller's transaction.

    An empty address is passed over: the registry does not know one for everybody. `regarding` is what gave cause to
    it, so that whoever shows that can show too that the letter was refused.

    :raises NotDeclared: the letter would tell more or less than it declares.
    """
    post_all(letter, [(to, about)], at=at, regarding=regarding)


@transaction.atomic
def post_all(
    letter: LetterName, recipients: Iterable[tuple[str, About]], *, at: datetime, regarding: UUID | None = None
) -> None:
    """The same letter to many, each about something of his own; see `post`."""
    notices = []
    for to, about in recipients:
        letters.refuse_undeclared(letter, about)
        if to:
            told = {"letter": letter.value, "recipient": to, "about": dict(about)}
            notices.append(Notice(**told, posted_at=at, regarding=regarding))
    if notices:
        Notice.objects.bulk_create(notices)
        jobs: list[JSONDict] = [{"notice_id": str(notice.id)} for notice in notices]
        app.configure_task(SEND_JOB, queue="mail").batch_defer(*jobs)


def send(notice_id: UUID, *, at: datetime) -> None:
    """Deliver one letter to the mail server, unless that was done before or it was refused for good.

    :raises OSError: the server could not be reached or does not take it now; the job tries again later. SMTP's
        own errors (smtplib.SMTPException) are such.
    """
    notice = Notice.objects.get(id=notice_id)
    if notice.sent_at or notice.refused_at:
        return
    Notice.objects.filter(id=notice_id).update(attempts=F("attempts") + 1)
    message = _message(notice)
    try:
        message.send()
    except OSError as fault:
        refused = refusals.for_good(fault)
        if refused is None and notice.attempts + 1 >= MOST_ATTEMPTS:
            refused = Fault(Refusal.NO_ANSWER)
        if refused is None:
            _remember_fault(notice, fault, at=at)
            raise
        _remember_refusal(notice, refused, by=POSTMAN, at=at)
    else:
        _remember_delivery(notice, at=at)


def _message(notice: Notice) -> EmailMultiAlternatives:
    letter = letters.write(LetterName(notice.letter), notice.about)
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[notice.recipient],
        headers={"Message-ID": f"<{notice.id}@llaves-ihce>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    return message


@transaction.atomic
def take_back(bounce: Bounce, *, by: Actor, at: datetime) -> bool:
    """Mark the letter that a mail server reports as given up; whether there was one, and nobody had marked it."""
    notice = Notice.objects.select_for_update().filter(id=bounce.notice_id, refused_at__isnull=True).first()
    if notice is None:
        return False
    _remember_refusal(notice, bounce.fault, by=by, at=at)
    return True


@transaction.atomic
def _remember_delivery(notice: Notice, *, at: datetime) -> None:
    Notice.objects.filter(id=notice.id).update(sent_at=at, last_fault="")
    trail.record(EventName.NOTICE_SENT, by=POSTMAN, at=at, details={"notice": str(notice.id), "letter": notice.letter})


@transaction.atomic
def _remember_refusal(notice: Notice, fault: Fault, *, by: Actor, at: datetime) -> None:
    Notice.objects.filter(id=notice.id).update(refused_at=at, refusal=fault.refusal.value)
    details = {"notice": str(notice.id), "letter": notice.letter, "reason": fault.refusal.value, "status": fault.status}
    trail.record(EventName.NOTICE_REFUSED, by=by, at=at, details=details)


@transaction.atomic
def _remember_fault(notice: Notice, fault: OSError, *, at: datetime) -> None:
    # The class alone: a server's own words may quote the letter.
    reason = type(fault).__name__
    Notice.objects.filter(id=notice.id).update(last_fault=reason)
    details = {"notice": str(notice.id), "letter": notice.letter, "fault": reason}
    trail.record(EventName.NOTICE_FAILED, by=POSTMAN, at=at, details=details)
