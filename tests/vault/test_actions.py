"""Nothing is sealed or opened without its event."""

from datetime import datetime

import pytest
from django.db import connection

from llaves.audit import trail
from llaves.audit.models import Event
from llaves.vault import actions
from llaves.vault.envelope import Binding, CannotOpen
from llaves.vault.models import SealedSecret
from tests.people import VISITOR

pytestmark = pytest.mark.django_db
PLACE = Binding(provider="1900100001", environment="produccion", credential="c-1", content="client_secret")
SECRET = "abc8Q~the-secret-of-the-clinic"


def names() -> list[str]:
    return list(Event.objects.order_by("id").values_list("name", flat=True))


def test_it_keeps_no_secret_in_the_clear(now: datetime) -> None:
    sealed = actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault_sealedsecret::text, audit_event::text FROM vault_sealedsecret, audit_event")
        assert SECRET not in "".join(cursor.fetchone())
    assert sealed.key_id == "test-2"


def test_sealing_and_opening_leave_their_events(now: datetime) -> None:
    sealed = actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)
    assert actions.unseal(sealed.id, binding=PLACE, by=VISITOR, at=now) == SECRET
    assert names() == ["vault.secret.sealed", "vault.secret.opened"]
    assert Event.objects.latest("id").provider == "1900100001"


def test_what_belongs_elsewhere_does_not_open_and_leaves_no_event_of_opening(now: datetime) -> None:
    sealed = actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)
    elsewhere = Binding(provider="0500100007", environment="produccion", credential="c-1", content="client_secret")
    with pytest.raises(CannotOpen):
        actions.unseal(sealed.id, binding=elsewhere, by=VISITOR, at=now)
    assert names() == ["vault.secret.sealed"]


def test_without_an_event_nothing_opens_and_nothing_is_kept(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr(trail, "record", fail)
    with pytest.raises(RuntimeError):
        actions.unseal(sealed.id, binding=PLACE, by=VISITOR, at=now)
    with pytest.raises(RuntimeError):
        actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)
    assert SealedSecret.objects.count() == 1
