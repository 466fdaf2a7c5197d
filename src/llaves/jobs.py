"""Everything that runs unattended, and how often. A job re-reads its row and may run twice without harm."""

import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from captcha.models import CaptchaStore
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from llaves import clients
from llaves.audit.events import Actor, ActorKind
from llaves.credentials import (
    bulk_assigning,
    counting,
    digest,
    expiring,
    proofs,
    proving,
    reconciling,
    requesting,
    revoking,
    shift,
    succession,
)
from llaves.credentials.generating import WORK_JOB
from llaves.credentials.in_entra import TAG, Pace, Tools
from llaves.credentials.own_end import own_end
from llaves.credentials.queries import Tenant, tenants_worked_on
from llaves.identity import actions as identity
from llaves.identity import addresses
from llaves.identity.queries import count_accounts, find_account_by_login, needs_confirmation, to_be_confirmed
from llaves.identity.sessions import CONFIRMATION_JOB
from llaves.notifications import outbox
from llaves.providers import live

if TYPE_CHECKING:
    from llaves.credentials.models import Environment
    from llaves.integrations.entra.verification import Outcome

# 17 s, 19 s, 23 s, … each pause about twice the last, a day and a half in all: a mail server that is down for a night
# and the day after loses no letter.
PATIENTLY = RetryStrategy(
    max_attempts=outbox.MOST_ATTEMPTS - 1, wait=15, exponential_wait=2, retry_exceptions=[OSError]
)

CONFIRM_ALL = "jobs.confirm_accounts"
NIGHT_SHIFT = Actor(kind=ActorKind.SYSTEM, name=CONFIRM_ALL)
AT_ONCE = 50
SHIFT = timedelta(seconds=50)
"""So long a worker stays with a tenant before others have their turn; it also ends soon when it is told to stop."""
IN_ENTRA = Actor(kind=ActorKind.SYSTEM, name=WORK_JOB)


@app.task(name=outbox.SEND_JOB, queue="mail", retry=PATIENTLY)
def send_notice(notice_id: str) -> None:
    outbox.send(UUID(notice_id), at=timezone.now())


@app.task(name=identity.RECOVERY_JOB, queue="mail")
def recover(login: str, address: str | None) -> None:
    visitor = Actor(kind=ActorKind.PERSON, name="visitante", address=address)
    ask_about(login, by=visitor)
    identity.recover(login=login, by=visitor, at=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="jobs.tell_of_changed_mail", queue="mail", queueing_lock="jobs.tell_of_changed_mail")
def tell_of_changed_mail(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Every five minutes: whatever has changed the registry, an import or somebody else, is noticed."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.tell_of_changed_mail")
    while addresses.tell_of_changed_mail(by=by, at=timezone.now()):
        pass


@app.task(name=CONFIRMATION_JOB, queue="registry")
def confirm(login: str) -> None:
    """After a login: whether the registry still knows the person and names the delegation."""
    account = find_account_by_login(login)
    if account and needs_confirmation(account, at=timezone.now()):
        ask_about(login, by=Actor(kind=ActorKind.SYSTEM, name=CONFIRMATION_JOB))


def ask_about(login: str, *, by: Actor) -> None:
    """Ask the live registry about whoever owns a login. A login of nobody asks nothing."""
    account = find_account_by_login(login)
    if account:
        document = account.person.document_type, account.person.document_number
        live.ask(clients.registry(), nit=account.organization.nit, document=document, by=by, at=timezone.now())


# A quarter past every hour, by UTC, whose hours begin when Bogotá's do: after the registry opens at four everybody is
# asked about; what a closed registry or a killed worker left over is taken up an hour later.
@app.periodic(cron="15 * * * *")
@app.task(name=CONFIRM_ALL, queue="registry", lock=CONFIRM_ALL, queueing_lock=CONFIRM_ALL)
def confirm_accounts(timestamp: int, confirmed_at: str = "", login: str = "") -> None:
    """Ask about the next accounts that the registry has not confirmed since it opened, one after the other.

    The place in the queue, `confirmed_at` and `login`, passes by those of whom no usable answer comes.
    """
    registry, opened = clients.registry(), live.last_opening(timezone.now())
    if registry is None or live.has_withdrawn_too_much(since=opened, of=count_accounts()):
        return
    batch = to_be_confirmed(before=opened, after=(confirmed_at, login), most=AT_ONCE)
    for each in batch:
        silence = live.ask(registry, nit=each.nit, document=each.document, by=NIGHT_SHIFT, at=timezone.now())
        if silence and silence is not live.Silence.UNUSABLE:
            return
    if len(batch) == AT_ONCE:
        confirmed_at, login = batch[-1].place
        with suppress(AlreadyEnqueued):  # the hour has struck: the next round begins from the front
            app.configure_task(CONFIRM_ALL).defer(timestamp=timestamp, confirmed_at=confirmed_at, login=login)


# What depends on the day is looked at every hour: after a stop of any length the next hour makes up for it, and what
# was done is not done again. Notices go out by day, from six to six by Bogotá's clock.
@app.periodic(cron="5 * * * *")
@app.task(name="jobs.end_credentials", queue="time", queueing_lock="jobs.end_credentials")
def end_credentials(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Credentials whose expiry or overlap is over become what they are."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.end_credentials")
    while revoking.write_down_what_ended(by=by, at=timezone.now()):
        pass
    counting.sum_up()


@app.periodic(cron="10 11-23 * * *")
@app.task(name="jobs.tell_of_coming_expiry", queue="time", queueing_lock="jobs.tell_of_coming_expiry")
def tell_of_coming_expiry(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """60, 30, 15, 5 and 1 days before, once each."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.tell_of_coming_expiry")
    after: int | None = 0
    while after is not None:
        after = expiring.tell_of_coming_expiry(after=after, by=by, at=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="jobs.notice_successions", queue="time", queueing_lock="jobs.notice_successions")
def notice_successions(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Every five minutes: whatever ends a delegation, an import, the registry or its last day, is noticed."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.notice_successions")
    for step in (succession.notice_returns, succession.notice_departures, succession.tell_successors):
        while step(by=by, at=timezone.now()):
            pass


@app.periodic(cron="2 12-23 * * *")
@app.task(name="jobs.post_digest", queue="time", queueing_lock="jobs.post_digest")
def post_digest(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """At seven on working days, or as soon after it as the worker runs."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.post_digest")
    digest.post_digest(target=settings.WAITING_TARGET, by=by, at=timezone.now())


# Ordering wakes it at once; every minute it looks by itself, so that nothing is left lying after a stop.
@app.periodic(cron="* * * * *")
@app.task(name=WORK_JOB, queue="entra", queueing_lock=WORK_JOB)
def work_in_entra(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Each tenant gets a job of its own."""
    for tenant in tenants_worked_on():
        with suppress(AlreadyEnqueued):
            app.configure_task(WORK_ON_TENANT, queueing_lock=f"{WORK_ON_TENANT} {tenant.id}").defer(tenant=tenant.id)


WORK_ON_TENANT = "jobs.work_on_tenant"


@app.task(name=WORK_ON_TENANT, queue="entra")
def work_on_tenant(tenant: str) -> None:
    """Generate pairs, and take back what is not wanted any more, as fast as the tenant allows."""
    for found in tenants_worked_on():
        if found.id == tenant:
            until = timezone.now() + SHIFT
            is_ours = shift.work(tenant, tools(found), until=until, sleep=time.sleep)
            if is_ours and shift.has_work(tenant, until=timezone.now()):
                with suppress(AlreadyEnqueued):
                    app.configure_task(WORK_JOB, queueing_lock=WORK_JOB).defer(timestamp=0)


def tools(tenant: Tenant) -> Tools:
    """What a tenant is worked on with."""
    return Tools(
        applications=clients.applications(tenant=tenant.id, authority=tenant.authority, graph_base=tenant.graph_base),
        verification=clients.verification(tenant.authority, at_once=shift.HANDS),
        lifetime=timedelta(days=settings.ENTRA_SECRET_DAYS),
        clock=timezone.now,
        by=IN_ENTRA,
        pace=Pace(between_proofs=timedelta(seconds=settings.ENTRA_PROOF_PAUSE)),
    )


# Each minute its share, so that a day is enough for all, and what was just assigned comes first.
@app.periodic(cron="* * * * *")
@app.task(name="jobs.prove_due", queue="proving", lock="jobs.prove_due", queueing_lock="jobs.prove_due")
def prove_due(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Every minute: whether Entra still accepts the credentials that were not asked about for the longest time."""
    for environment in proofs.proved_environments():
        left = proofs.share_of_a_minute(environment)
        while left > 0 and (asked := prove_some(environment, most=left)):
            left -= asked


def prove_some(environment: "Environment", *, most: int) -> int:
    """Ask about the next ones of an environment; return how many, 0 also when Entra does not answer."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.prove_due")
    due = proving.open_due(environment=environment, most=min(most, proving.AT_ONCE), by=by, at=timezone.now())
    outcomes: dict[UUID, Outcome] = {}
    for credential_id, question in due.items():
        outcomes[credential_id] = question.put(clients.verification)
        if outcomes[credential_id].is_silence:
            break  # the others are taken up again when the lease is over
    if outcomes:
        proving.record_round(outcomes=outcomes, by=by, at=timezone.now())
    return len(due) if len(outcomes) == len(due) else 0


@app.periodic(cron="30 7 * * *")
@app.task(name="jobs.reconcile_entra", queue="entra", queueing_lock="jobs.reconcile_entra")
def reconcile_entra(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Nightly: what Entra has and the portal does not know, and the other way round."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.reconcile_entra")
    for tenant in tenants_worked_on():
        with shift.hinders_no_other(tenant.id):
            entra = tools(tenant).applications
            told, own, in_bin = entra.tagged(TAG), own_end(entra), entra.count_in_bin()
            count, found = reconciling.compare(reconciling.known_of(tenant.id), told, own, at=timezone.now())
            reconciling.keep(
                tenant=tenant.id, applications=count, in_bin=in_bin, differences=found, by=by, at=timezone.now()
            )


# Asked by day, as letters go out by day; what was told is not told again.
@app.periodic(cron="20 11-23 * * *")
@app.task(name="jobs.tell_of_own_expiry", queue="entra", queueing_lock="jobs.tell_of_own_expiry")
def tell_of_own_expiry(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """60, 30, 15, 5 and 1 days before, once each: the portal's own credential; the last one counts."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.tell_of_own_expiry")
    for tenant in tenants_worked_on():
        with shift.hinders_no_other(tenant.id):
            own = own_end(tools(tenant).applications)
            if own.on:
                expiring.tell_of_own_expiry(tenant=tenant.id, expires_on=own.on, by=by, at=timezone.now())


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


@app.periodic(cron="*/10 * * * *")
@app.task(name="jobs.clear_cache", queueing_lock="jobs.clear_cache")
def clear_cache(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Every ten minutes: counts of throttles that are over, however many somebody has caused."""
    cache.clear_expired()  # type: ignore[attr-defined]


@app.periodic(cron="40 4 * * *")
@app.task(name="jobs.clear_what_expired", queueing_lock="jobs.clear_what_expired")
def clear_what_expired(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Nightly: sessions and image codes that nobody can use any more."""
    call_command("clearsessions")
    CaptchaStore.remove_expired()


@app.periodic(cron="50 4 * * *")
@app.task(name="jobs.clear_drafts", queueing_lock="jobs.clear_drafts")
def clear_drafts(timestamp: int) -> None:  # noqa: ARG001 - a periodic job is told when
    """Nightly: drafts that nobody has touched for a month, as they name people who know nothing of it."""
    by = Actor(kind=ActorKind.SYSTEM, name="jobs.clear_drafts")
    requesting.clear_drafts(by=by, at=timezone.now())
