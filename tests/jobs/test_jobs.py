"""What runs unattended."""

import logging
import sys
from datetime import datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from captcha.models import CaptchaStore
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job

from llaves.cli.working import connector_of_a_worker
from llaves.config.logs import WithoutArguments
from llaves.credentials.models import Credential
from llaves.identity import actions as identity
from llaves.identity.sessions import CONFIRMATION_JOB
from llaves.jobs import PATIENTLY, clear_what_expired, end_credentials
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName
from llaves.notifications.models import Notice
from tests import people


def states() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs")
        return dict(cursor.fetchall())


def work() -> None:
    """Run what waits, as the worker does, and stop."""
    own = app.connector
    assert isinstance(own, DjangoConnector)

    async def run() -> None:
        with app.replace_connector(connector_of_a_worker(own)) as working:
            async with working.open_async():
                await working.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    async_to_sync(run)()


def test_what_a_job_defers_stands_or_falls_with_its_transaction(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def order_and_fail(**_: object) -> None:
        with transaction.atomic():
            app.configure_task(CONFIRMATION_JOB).defer(login="CC1020304050-890303841")
            raise RuntimeError("nothing of this has happened")

    monkeypatch.setattr(identity, "recover", order_and_fail)
    app.configure_task(identity.RECOVERY_JOB).defer(login="CC1020304050-890303841", address="127.0.0.1")
    work()
    assert states()[identity.RECOVERY_JOB] == "failed"
    assert CONFIRMATION_JOB not in states()


def test_n23_a_failed_job_is_logged_without_its_arguments(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the database is on fire")

    monkeypatch.setattr(identity, "recover", fail)
    app.configure_task(identity.RECOVERY_JOB).defer(login="CC1020304050-890303841", address="127.0.0.1")
    console = logging.StreamHandler(sys.stderr)
    console.addFilter(WithoutArguments())
    logging.getLogger("procrastinate").addHandler(console)
    try:
        work()
    finally:
        logging.getLogger("procrastinate").removeHandler(console)
    said = capsys.readouterr().err
    assert "identity.recover" in said
    assert "RuntimeError: the database is on fire" in said
    assert "1020304050" not in said


def test_the_portals_own_log_is_written_so() -> None:
    handlers = settings.LOGGING["handlers"]
    assert [handler["filters"] for handler in handlers.values()] == [["without_arguments"]]


@pytest.fixture
def letter(transactional_db: None, now: datetime) -> Notice:
    about = {"name": "Lina", "provider": "CLÍNICA", "delegate": "Alicia"}
    outbox.post(LetterName.LEAD_NAMED, to="lina@hospital.example", about=about, at=now)
    return Notice.objects.get()


def test_the_worker_sends_what_waits(letter: Notice) -> None:
    work()
    letter.refresh_from_db()
    assert letter.sent_at is not None
    assert [message.to for message in mail.outbox] == [["lina@hospital.example"]]


def test_a_mail_server_that_is_down_for_a_night_and_a_day_loses_no_letter() -> None:
    job = Job(id=1, queue="mail", lock=None, queueing_lock=None, task_name=outbox.SEND_JOB)
    pauses = []
    while decision := PATIENTLY.get_retry_decision(
        exception=ConnectionRefusedError(), job=job.evolve(attempts=len(pauses))
    ):
        pauses.append(decision.retry_at - timezone.now())
    assert pauses[0] < timedelta(minutes=1)
    assert sum(pauses, timedelta()) > timedelta(hours=30)


def test_a_letter_whose_worker_was_killed_is_sent_by_the_next(letter: Notice) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        (dead,) = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [dead])
    app.configure_task("jobs.take_up_abandoned").defer(timestamp=0)
    work()
    work()
    letter.refresh_from_db()
    assert letter.sent_at is not None


@pytest.mark.django_db
def test_what_expired_is_cleared_nightly_and_what_stands_is_kept() -> None:
    past, future = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    for key, expires in (("old", past), ("new", future)):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
        CaptchaStore.objects.create(challenge=key, response=key, hashkey=key, expiration=expires)
    clear_what_expired(timestamp=0)
    assert [session.session_key for session in Session.objects.all()] == ["new"]
    assert [code.hashkey for code in CaptchaStore.objects.all()] == ["new"]


@pytest.mark.django_db
def test_what_ended_is_written_down_after_midnight() -> None:
    now = timezone.now()
    people.assigned(people.asked(people.alicia(now), now), people.beto(now), now)
    Credential.objects.update(expires_on=timezone.localdate(now) - timedelta(days=1))
    end_credentials(timestamp=0)
    assert set(Credential.objects.values_list("standing", flat=True)) == {"vencida"}
