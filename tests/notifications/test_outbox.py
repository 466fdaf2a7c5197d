"""Letters: written down with their cause, delivered once, and no link rests anywhere."""

import json
import smtplib
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import connection, transaction

from llaves.audit.models import Event
from llaves.jobs import send_notice
from llaves.notifications import outbox
from llaves.notifications.examples import EXAMPLES
from llaves.notifications.letters import LetterName, NotDeclared
from llaves.notifications.links import is_token_for, token_for
from llaves.notifications.models import Notice

pytestmark = pytest.mark.django_db
LINK = str(uuid4())
ABOUT = {"name": "Alicia", "login": "CC1-2", "link_id": LINK, "link_page": "public:activate"}


def jobs() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s", [outbox.SEND_JOB])
        return [json.loads(row[0]) for row in cursor.fetchall()]


def post(now: datetime, to: str = "alicia@hospital.example") -> None:
    outbox.post(LetterName.ACTIVATION, to=to, about=ABOUT, at=now)


def test_a_letter_waits_with_the_job_that_sends_it(now: datetime) -> None:
    post(now)
    assert jobs() == [{"notice_id": str(Notice.objects.get().id)}]


def test_many_letters_wait_each_with_its_job_and_nobody_without_an_address_gets_one(now: datetime) -> None:
    recipients = [(f"a{number}@x.example", ABOUT) for number in range(3)]
    outbox.post_all(LetterName.ACTIVATION, [*recipients, ("", ABOUT)], at=now)
    outbox.post_all(LetterName.ACTIVATION, [], at=now)
    notices = Notice.objects.all()
    assert sorted(notice.recipient for notice in notices) == [to for to, _ in recipients]
    assert sorted(job["notice_id"] for job in jobs()) == sorted(str(notice.id) for notice in notices)


def test_a_cause_that_does_not_come_about_leaves_neither_letter_nor_job(now: datetime) -> None:
    def cause() -> None:
        with transaction.atomic():
            post(now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cause()
    assert not Notice.objects.exists()
    assert jobs() == []


def test_nobody_is_written_to_without_an_address(now: datetime) -> None:
    post(now, to="")
    assert not Notice.objects.exists()


@pytest.mark.parametrize("to", ["alicia@hospital.example", ""])
@pytest.mark.parametrize("letter", list(LetterName))
def test_no_letter_tells_more_or_less_than_it_declares(letter: LetterName, to: str, now: datetime) -> None:
    example = EXAMPLES[letter]
    for secret in ("client_secret", "password", "token"):
        with pytest.raises(NotDeclared, match=f"^{letter.value}: {secret}$"):
            outbox.post(letter, to=to, about={**example, secret: "zz8Q~secret_value"}, at=now)
    for name in example:
        with pytest.raises(NotDeclared):
            outbox.post(letter, to=to, about={key: example[key] for key in example if key != name}, at=now)
    assert not Notice.objects.exists()
    assert jobs() == []


def test_the_link_stands_in_the_letter_and_in_no_table(now: datetime) -> None:
    post(now)
    send_notice(str(Notice.objects.get().id))
    link = token_for(UUID(LINK))
    assert link in mail.outbox[0].body
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(notifications_notice::text, '') FROM notifications_notice")
        assert link not in cursor.fetchone()[0]


def test_a_job_that_runs_twice_sends_once(now: datetime) -> None:
    post(now)
    notice_id = str(Notice.objects.get().id)
    send_notice(notice_id)
    send_notice(notice_id)
    assert len(mail.outbox) == 1
    assert Notice.objects.get().sent_at is not None


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), smtplib.SMTPRecipientsRefused({}), TimeoutError()])
def test_a_server_that_fails_loses_no_letter(now: datetime, fault: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    post(now)
    notice_id = str(Notice.objects.get().id)

    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    with pytest.raises(type(fault)):
        send_notice(notice_id)
    notice = Notice.objects.get()
    assert (notice.sent_at, notice.attempts, notice.last_fault) == (None, 1, type(fault).__name__)
    assert Event.objects.latest("id").name == "notifications.notice.failed"

    monkeypatch.undo()
    send_notice(notice_id)
    assert Notice.objects.get().sent_at is not None


def test_a_token_opens_its_own_link_alone() -> None:
    one, other = uuid4(), uuid4()
    assert is_token_for(one, token_for(one))
    assert not is_token_for(other, token_for(one))
    assert not is_token_for(one, "")
