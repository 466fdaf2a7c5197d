"""A rotation that is broken off leaves every secret openable, and the next one goes on from there."""

import signal
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from llaves.audit.models import Event
from llaves.vault import actions, queries
from llaves.vault.envelope import Binding
from llaves.vault.models import SealedSecret
from tests.demo.running import until
from tests.master_keys import master_key
from tests.people import VISITOR
from tests.processes import running

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = master_key("old", 1), master_key("new", 2)
ROTATE = ("vault", "rotate", "--batch", "3")


def place(number: int) -> Binding:
    return Binding("credential", {"provider": "1900100001", "credential": f"c-{number}"})


@pytest.fixture
def secrets(now: datetime, hold: Callable[..., None]) -> list[UUID]:
    """Twenty secrets under the old key."""
    hold(OLD)
    sealed = [actions.seal(f"secret {n}", binding=place(n), by=VISITOR, at=now).id for n in range(20)]
    hold(NEW, OLD)
    return sealed


def waits_for_us() -> bool:
    """Whether another session wants what this one holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])


def assert_everything_opens(secrets: list[UUID], at: datetime) -> None:
    for number, secret in enumerate(secrets):
        assert actions.unseal(secret, binding=place(number), by=VISITOR, at=at) == f"secret {number}"


def rotated() -> int:
    events = Event.objects.filter(name="vault.key.rotated").values_list("details", flat=True)
    return sum(details["secrets"] for details in events)


def test_killed_between_batches_it_keeps_what_is_done(secrets: list[UUID], now: datetime) -> None:
    with transaction.atomic():
        SealedSecret.objects.select_for_update().get(id=sorted(secrets)[11])
        with running(*ROTATE) as run:
            until(waits_for_us)
            run.kill()
    assert queries.secrets_by_key() == {"new": 19, "old": 1}
    assert rotated() == 19
    assert_everything_opens(secrets, now)
    call_command("vault", "rotate")
    assert queries.secrets_by_key() == {"new": 20}
    assert rotated() == 20
    assert_everything_opens(secrets, now)


def test_killed_within_a_batch_it_undoes_that_batch(secrets: list[UUID], now: datetime) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The batch is sealed anew and written; its event has to wait.
            cursor.execute("LOCK TABLE audit_event IN SHARE MODE")
        with running(*ROTATE) as run:
            until(waits_for_us)
            run.kill()
    assert queries.secrets_by_key() == {"old": 20}
    assert rotated() == 0
    assert_everything_opens(secrets, now)
    call_command("vault", "rotate")
    assert queries.secrets_by_key() == {"new": 20}
    assert rotated() == 20


def test_ctrl_c_says_what_is_left(secrets: list[UUID], now: datetime) -> None:
    with transaction.atomic():
        SealedSecret.objects.select_for_update().get(id=sorted(secrets)[11])
        with running(*ROTATE) as run:
            until(waits_for_us)
            run.send_signal(signal.SIGINT)
            said = run.communicate()[1]
    assert run.returncode == 130
    assert "Interrumpido: 19 sellados de nuevo, quedan 1." in " ".join(said.split())
    assert_everything_opens(secrets, now)


def test_a_process_that_still_seals_under_the_old_key_is_noticed(
    secrets: list[UUID], now: datetime, hold: Callable[..., None]
) -> None:
    with running(*ROTATE) as run:
        with transaction.atomic():
            SealedSecret.objects.select_for_update().get(id=sorted(secrets)[11])
            until(waits_for_us)
            hold(OLD, NEW)
            late = actions.seal("secret 20", binding=place(20), by=VISITOR, at=now).id
            # Ids come by chance; this one the rotation has already passed.
            SealedSecret.objects.filter(id=late).update(id=UUID(int=1))
        said = run.communicate()[1]
    assert run.returncode == 1
    assert "Mientras tanto se sellaron 1 bajo otra clave" in " ".join(said.split())
    assert_everything_opens([*secrets, UUID(int=1)], now)
