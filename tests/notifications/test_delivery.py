"""Letters on their way over real SMTP: taken, put off, or refused for good."""

import smtplib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from procrastinate.jobs import Job

from llaves.audit.models import Event
from llaves.jobs import PATIENTLY, send_notice
from llaves.notifications import outbox
from llaves.notifications.examples import EXAMPLES
from llaves.notifications.letters import LetterName, write
from llaves.notifications.models import Notice
from tests.notifications.post_office import PostOffice, open_office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    with open_office(settings) as office:
        yield office


@pytest.fixture
def letter(now: datetime) -> Notice:
    outbox.post(LetterName.LEAD_NAMED, to="lina@hospital.example", about=EXAMPLES[LetterName.LEAD_NAMED], at=now)
    return Notice.objects.get()


def deliver(letter: Notice) -> Notice:
    send_notice(str(letter.id))
    letter.refresh_from_db()
    return letter


def last_event() -> tuple[str, dict[str, Any]]:
    event = Event.objects.latest("id")
    return event.name, event.details


def test_a_letter_arrives_as_text_and_as_html(office: PostOffice, letter: Notice) -> None:
    deliver(letter)
    (message,) = office.received
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content().replace("\r\n", "\n") for part in message.iter_parts())  # type: ignore[attr-defined]
    expected = write(LetterName.LEAD_NAMED, EXAMPLES[LetterName.LEAD_NAMED])
    assert (message["Subject"].strip(), text, html) == (expected.subject, expected.text, expected.html)
    assert message["To"] == "lina@hospital.example"
    assert message["Message-ID"] == f"<{letter.id}@llaves-ihce>"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("answer", "refusal", "status"),
    [
        ("550 5.1.1 <lina@hospital.example>: Recipient address rejected: User unknown", "no_mailbox", "5.1.1"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "no_mailbox", "5.1.10"),
        ("550 No such user here", "no_mailbox", "550"),
        ("550 5.1.2 Host or domain name not found", "no_domain", "5.1.2"),
        ("552 5.2.2 Mailbox full", "mailbox_full", "5.2.2"),
        ("554 5.7.1 Service unavailable; client host blocked", "policy", "5.7.1"),
        ("554 Transaction failed", "other", "554"),
        ("550 5.999.999 What is this", "other", "5.999.999"),
    ],
)
def test_a_refused_recipient_is_marked_and_not_asked_again(
    office: PostOffice, letter: Notice, answer: str, refusal: str, status: str
) -> None:
    office.to_recipient = [answer]
    deliver(letter)
    assert (letter.sent_at, letter.refusal, letter.attempts) == (None, refusal, 1)
    assert letter.refused_at
    assert last_event() == (
        "notifications.notice.refused",
        {"notice": str(letter.id), "letter": "lead_named", "reason": refusal, "status": status},
    )
    deliver(letter)
    assert (office.asked, office.received) == (1, [])


def test_a_letter_that_is_refused_after_it_was_read_is_marked_too(office: PostOffice, letter: Notice) -> None:
    office.to_letter = ["554 5.7.1 Message content rejected"]
    assert deliver(letter).refusal == "policy"
    assert "content rejected" not in str(list(Notice.objects.values()) + list(Event.objects.values()))


@pytest.mark.parametrize(
    ("to_recipient", "to_letter"),
    [
        (["450 4.2.0 Greylisted"], []),
        (["451 4.3.0 Try later"], []),
        ([], ["452 4.3.1 Insufficient system storage"]),
        (["421 4.7.0 Too many connections"], []),
    ],
)
def test_a_passing_fault_is_tried_again_and_then_delivered(
    office: PostOffice, letter: Notice, to_recipient: list[str], to_letter: list[str]
) -> None:
    office.to_recipient, office.to_letter = to_recipient, to_letter
    with pytest.raises(OSError):  # noqa: PT011 - whatever SMTP's fault, it is one that the job retries
        deliver(letter)
    letter.refresh_from_db()
    assert (letter.sent_at, letter.refused_at, letter.attempts) == (None, None, 1)
    assert last_event()[0] == "notifications.notice.failed"
    assert deliver(letter).sent_at
    assert len(office.received) == 1


def test_a_server_that_refuses_the_portal_itself_gives_up_no_letter(office: PostOffice, letter: Notice) -> None:
    """A sender that a server does not know is for an operator to mend; meanwhile every letter waits."""
    office.to_sender = ["553 5.1.8 Sender address rejected"]
    with pytest.raises(smtplib.SMTPSenderRefused):
        deliver(letter)
    letter.refresh_from_db()
    assert letter.refused_at is None
    assert deliver(letter).sent_at


def test_after_the_last_attempt_a_letter_is_given_up(letter: Notice, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # to a port where nobody answers
    Notice.objects.update(attempts=outbox.MOST_ATTEMPTS - 2)
    with pytest.raises(ConnectionRefusedError):
        deliver(letter)
    deliver(letter)
    assert (letter.attempts, letter.refusal, letter.sent_at) == (outbox.MOST_ATTEMPTS, "no_answer", None)
    assert last_event()[0] == "notifications.notice.refused"


def test_the_job_tries_as_often_as_the_outbox_counts() -> None:
    job = Job(id=1, queue="mail", lock=None, queueing_lock=None, task_name=outbox.SEND_JOB)
    tries = 1
    while PATIENTLY.get_retry_decision(exception=ConnectionRefusedError(), job=job.evolve(attempts=tries - 1)):
        tries += 1
    assert tries == outbox.MOST_ATTEMPTS


def test_a_refusal_of_which_no_event_can_be_written_is_not_marked(
    office: PostOffice, letter: Notice, broken_trail: None
) -> None:
    office.to_recipient = ["550 5.1.1 unknown"]
    with pytest.raises(RuntimeError, match="the trail"):
        deliver(letter)
    letter.refresh_from_db()
    assert (letter.refused_at, letter.refusal) == (None, "")
