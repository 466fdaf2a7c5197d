"""Everything that runs unattended, and how often. A job re-reads its row and may run twice without harm."""

from uuid import UUID

from captcha.models import CaptchaStore
from django.core.management import call_command
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from llaves.audit.events import Actor, ActorKind
from llaves.credentials import requesting, revoking
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


@app.periodic(cron="40 4 * * *")
@app.task(name="jobs.clear_what_expired", queueing_lock="jobs.clear_what_expired")
def clear_what_expired(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Nightly: sessions and image codes that nobody can use any more."""
    call_command("clearsessions")
    CaptchaStore.remove_expired()


@app.periodic(cron="10 0 * * *")
@app.task(name="jobs.end_credentials", queueing_lock="jobs.end_credentials")
def end_credentials(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """After midnight: credentials whose expiry or overlap is over are written down as what they are."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.end_credentials")
    while revoking.write_down_what_ended(by=by, at=timezone.now()):
        pass


@app.periodic(cron="50 4 * * *")
@app.task(name="jobs.clear_drafts", queueing_lock="jobs.clear_drafts")
def clear_drafts(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Nightly: drafts that nobody has touched for a month, as they name people who know nothing of it."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.clear_drafts")
    requesting.clear_drafts(by=by, at=timezone.now())
