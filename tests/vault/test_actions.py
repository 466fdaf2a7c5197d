"""Nothing is sealed or opened without its event."""

from collections.abc import Callable
from datetime import datetime
from threading import local

import pytest
from django.db import connection

from llaves.audit import trail
from llaves.audit.models import Event
from llaves.vault import actions, keyring
from llaves.vault.envelope import Binding, CannotOpen
from llaves.vault.models import SealedSecret
from llaves.vault.sealing import WrongMasterKey
from tests.master_keys import key_set, master_key
from tests.people import VISITOR
from tests.races import who_wins

pytestmark = pytest.mark.django_db
NAMES = {"provider": "1900100001", "environment": "produccion", "credential": "c-1", "content": "client_secret"}
PLACE = Binding("credential", NAMES)
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
    elsewhere = Binding("credential", {**NAMES, "provider": "0500100007"})
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


def test_the_event_says_where_the_secret_belongs(now: datetime) -> None:
    sealed = actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)
    assert Event.objects.get().details == {**NAMES, "kind": "credential", "secret": str(sealed.id)}


def test_what_belongs_to_no_provider_is_sealed_too(now: datetime) -> None:
    place = Binding("second-factor", {"account": "CC79888777"})
    sealed = actions.seal(SECRET, binding=place, by=VISITOR, at=now)
    assert actions.unseal(sealed.id, binding=place, by=VISITOR, at=now) == SECRET
    assert set(Event.objects.values_list("provider", flat=True)) == {""}


def test_two_envelopes_that_changed_places_do_not_open(now: datetime) -> None:
    other = Binding("credential", {**NAMES, "credential": "c-2"})
    first = actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)
    second = actions.seal(SECRET, binding=other, by=VISITOR, at=now)
    SealedSecret.objects.filter(id=first.id).update(envelope=second.envelope)
    SealedSecret.objects.filter(id=second.id).update(envelope=first.envelope)
    for sealed, place in ((first, PLACE), (second, other)):
        with pytest.raises(CannotOpen):
            actions.unseal(sealed.id, binding=place, by=VISITOR, at=now)


def test_nothing_is_sealed_under_another_key_of_the_same_name(now: datetime, hold: Callable[..., None]) -> None:
    hold(master_key("2026", 1))
    actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)
    hold(master_key("2026", 2))
    with pytest.raises(WrongMasterKey):
        actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)
    assert SealedSecret.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_mean_two_keys_by_one_name_cannot_both_begin(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {number: keyring.parse(key_set(master_key("2026", number))) for number in (1, 2)}
    own = local()
    monkeypatch.setattr(keyring, "master_keys", lambda: keys[own.number])

    def seal(number: int) -> None:
        own.number = number
        actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now)

    assert who_wins(seal, [1, 2], loses_with=WrongMasterKey) == [False, True]
    assert SealedSecret.objects.count() == 1


def test_many_are_sealed_as_each_alone_and_in_their_order(now: datetime) -> None:
    places = [Binding("credential", {**NAMES, "credential": f"c-{number}"}) for number in range(3)]
    sealed = actions.seal_all(
        [(f"{SECRET} {number}", place) for number, place in enumerate(places)], by=VISITOR, at=now
    )
    assert names() == ["vault.secret.sealed"] * 3
    assert {event.details["secret"] for event in Event.objects.all()} == {str(one.id) for one in sealed}
    for number, (one, place) in enumerate(zip(sealed, places, strict=True)):
        assert actions.unseal(one.id, binding=place, by=VISITOR, at=now) == f"{SECRET} {number}"
    with pytest.raises(CannotOpen):
        actions.unseal(sealed[0].id, binding=places[1], by=VISITOR, at=now)


def test_what_is_forgotten_is_gone_and_told(now: datetime) -> None:
    one, other = (actions.seal(SECRET, binding=PLACE, by=VISITOR, at=now) for _ in range(2))
    actions.forget([one.id], by=VISITOR, at=now)
    assert list(SealedSecret.objects.all()) == [other]
    assert Event.objects.latest("id").name == "vault.secrets.forgotten"
    assert Event.objects.latest("id").details == {"secrets": 1}


@pytest.mark.usefixtures("broken_trail")
def test_without_its_event_nothing_is_forgotten(now: datetime) -> None:
    kept = SealedSecret.objects.create(envelope="x", key_id="test-2", sealed_at=now)
    with pytest.raises(RuntimeError):
        actions.forget([kept.id], by=VISITOR, at=now)
    assert SealedSecret.objects.exists()
