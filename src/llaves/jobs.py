"""Everything that runs unattended, and how often. A job re-reads its row and may run twice without harm."""

from uuid import UUID

from captcha.models import CaptchaStore
from django.core.management import call_command
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from llaves.audit.events import Actor, ActorKind
from llaves.credentials import bulk_assigning
from llaves.identity import actions as identity
from llaves.notifications import outbox

# 17 s, 19 s, 23 s, … each pause about twice the last, a day and a half in all: a mail server that is down for a night
# and the day after loses no letter.
PATIENTLY = RetryStrategy(max_attempts=16, wait=15, exponential_wait=2, retry_exceptions=[OSError])


@app.task(name=outbox.SEND_JOB, queue="mail", retry=PATIENTLY)
def send_notice(notice_id: str) -> None:
    outbox.send(UUID(notice_id), at=timezone.now())


@app.task(name=identity.RECOVERY_JOB, queue="mail")
def recover(login: str, address: str | None) -> None:
    visitor = Actor(kind=ActorKind.PERSON, name="visitante", address=address)
    identity.recover(login=login, by=visitor, at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="jobs.take_up_abandoned", queueing_lock="jobs.take_up_abandoned", pass_context=True)
async def take_up_abandoned(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Every minute: jobs whose worker died in the midst of them go back to the queue."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)


@app.periodic(cron="*/5 * * * *")
@app.task(name="jobs.forget_expired_uploads", queueing_lock="jobs.forget_expired_uploads")
def forget_expired_uploads(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Every five minutes: the keys of a bulk assignment that nobody confirmed in time."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.forget_expired_uploads")
    bulk_assigning.forget_expired(by=by, at=timezone.now())


@app.periodic(cron="40 4 * * *")
@app.task(name="jobs.clear_what_expired", queueing_lock="jobs.clear_what_expired")
def clear_what_expired(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Nightly: sessions and image codes that nobody can use any more."""
    call_command("clearsessions")
    CaptchaStore.remove_expired()
