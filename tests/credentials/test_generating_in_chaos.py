"""Generating for many while Entra loses, throttles, delays and refuses, and the worker is killed every few seconds.

LLAVES_CHAOS=1000 does it for a thousand providers, which takes a quarter of an hour or more.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from llaves.credentials import actions, generating
from llaves.credentials.generation import LIVE
from llaves.credentials.models import Credential, Generation, GenerationRun, SharedSubscriptionKey
from llaves.credentials.queries import EVERYBODY
from llaves.vault.models import SealedSecret
from tests import people
from tests.crowd import crowd
from tests.demo.running import until
from tests.entra import Pair, Tenant
from tests.generation import JOB, Where, make_automatic, make_manual
from tests.processes import running

pytestmark = pytest.mark.django_db(transaction=True)
PROVIDERS = int(os.environ.get("LLAVES_CHAOS", "12"))
PATIENCE = 600 + PROVIDERS * 4
WORK = """
import ctypes, os, pathlib, signal, time
from datetime import timedelta
from django.db import connections
from django.utils import timezone
from llaves.credentials import shift
from llaves.credentials.in_entra import Pace
from tests.generation import Where, tools_at
pace = Pace(between_proofs=timedelta(seconds=0.5), replicated_within=timedelta(seconds=10),
            wait=lambda attempts: timedelta(seconds=min(0.3 * attempts, 3)))
def work():
    using = tools_at({where!r}, timezone.now, pace, rate=200.0)
    while True:
        shift.work("{tenant}", using, until=timezone.now() + timedelta(seconds=30), sleep=time.sleep)
        time.sleep(0.1)
connections.close_all()
parent = os.getpid()
while True:
    worker = os.fork()
    if worker == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it never outlives who starts it
        if os.getppid() != parent:
            os._exit(1)
        work()
    part = pathlib.Path({file!r}).with_suffix(".part")
    part.write_text(str(worker))
    part.rename({file!r})
    os.waitpid(worker, 0)
"""
"""Starts a worker, and another once that was killed. Each is a process of its own; only the imports are shared."""
FAULTS = [
    {"kind": "lost", "on": "write", "probability": 0.06},
    {"kind": "lost error", "on": "write", "probability": 0.03},
    {"kind": "cut", "on": "graph", "probability": 0.03},
    {"kind": "error", "on": "graph", "probability": 0.03, "status": 503},
    {"kind": "conflict", "on": "write", "probability": 0.05},
    {"kind": "throttled", "on": "write", "probability": 0.01, "retry_after": 1},
]


@pytest.fixture
def run(tenant: Tenant) -> Iterator[GenerationRun]:
    """Many have asked, and an official has ordered all of it."""
    now = timezone.now()
    crowd(PROVIDERS, now)
    make_automatic(tenant, now)
    beto = people.beto(now)
    yield generating.order_many(wanted=EVERYBODY, account=beto.account(now), by=beto.actor, at=now)
    make_manual()


def somebody_works() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted")
        return bool(cursor.fetchone()[0])


def is_on_the_way() -> bool:
    return Generation.objects.filter(stage__in=sorted(LIVE)).exists()


def work_and_kill(tenant: Tenant, folder: Path) -> int:
    """Have workers work and kill them, until everything is done; return how many were killed."""
    kills, deadline = 0, time.monotonic() + PATIENCE
    dice, file = random.Random(5), folder / "worker"  # noqa: S311 - repeatable
    with running("shell", "-c", WORK.format(where=Where.of(tenant), tenant=tenant.id, file=str(file))):
        while is_on_the_way():
            assert time.monotonic() < deadline, Counter(Generation.objects.values_list("stage", "fault", "fault_code"))
            until(lambda: file.exists() and somebody_works())
            time.sleep(dice.uniform(0.5, 4))
            kill(file)
            kills += 1
    if file.exists():
        kill(file)
    return kills


def kill(file: Path) -> None:
    worker = int(file.read_text())
    file.unlink()
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)


def works(tenant: Tenant, pair: tuple[str, str]) -> bool:
    return tenant.asks_for_token(Pair(*pair)).status_code == 200


def test_n16_n22_whatever_happens_each_provider_has_one_application_and_one_secret_that_works(
    tenant: Tenant, run: GenerationRun, tmp_path: Path
) -> None:
    tenant.has_limits(writes=1_000_000, tenant_writes=1_000_000, units=1_000_000)
    tenant.has_rules(
        principal_delay=0.5,
        secret_delay=1,
        sign_in_delay=0.5,
        principal_sign_in_delay=0.5,
        flapping=0.2,
        flapping_for=3,
    )
    tenant.goes_wrong(*FAULTS, seed=7)
    kills = work_and_kill(tenant, tmp_path)
    tenant.goes_wrong()
    tenant.has_rules(flapping=0)

    pairs = 3 * PROVIDERS
    assert kills > 1
    assert Counter(run.generations.values_list("stage", flat=True)) == {"asignada": pairs}
    made = tenant.applications()
    assert len({each["unique_name"] for each in made}) == len(made) == pairs
    assert all(each["principal"] for each in made)
    assert Counter(len(each["passwords"]) for each in made) == {1: pairs}
    assert tenant.bin() == []
    credentials = list(Credential.objects.select_related("client__provider", "client__environment"))
    opened = [actions.reveal(one, by=JOB, at=timezone.now()) for one in credentials]
    assert {str(one.client_id) for one in opened} == {each["app_id"] for each in made}
    with ThreadPoolExecutor(4) as pool:
        shown = [(str(one.client_id), one.client_secret) for one in opened]
        assert all(pool.map(lambda pair: works(tenant, pair), shown))
    assert SealedSecret.objects.count() == 2 * pairs + SharedSubscriptionKey.objects.count()
    assert timezone.now() - run.ordered_at < timedelta(seconds=PATIENCE + 60)
