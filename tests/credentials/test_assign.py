"""Handing out keys: to the right provider, whole, once; and seeing them leaves a trace."""

from dataclasses import replace
from datetime import datetime

import pytest
from django.db import connection

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.audit.models import Event
from llaves.credentials import actions, requesting
from llaves.credentials.actions import PairRefused
from llaves.credentials.lifecycle import MoveNotAllowed
from llaves.credentials.models import Client, Credential, Request
from llaves.credentials.pairs import PairEntered
from llaves.credentials.queries import credentials_of, find_credential
from llaves.notifications.models import Notice
from llaves.vault.envelope import CannotOpen
from llaves.vault.models import SealedSecret
from tests import people
from tests.people import Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db
Pairs = dict[str, PairEntered]


@pytest.fixture
def pairs(now: datetime) -> Pairs:
    return people.pairs(now.date())


def ask(member: Member, now: datetime) -> Request:
    assert member.provider
    return requesting.make_request(
        provider=member.provider,
        entered=people.ENTERED,
        accepts=people.request_texts(),
        account=member.account(now),
        by=member.actor,
        at=now,
    )


def assign(request: Request, values: Pairs, official: Member, now: datetime) -> None:
    actions.assign(request_id=request.id, values=values, account=official.account(now), by=official.actor, at=now)


def nothing_was_assigned() -> bool:
    return not (
        Credential.objects.exists()
        or Client.objects.exists()
        or SealedSecret.objects.exists()
        or Event.objects.filter(name=EventName.REQUEST_ASSIGNED.value).exists()
        or Notice.objects.filter(letter="credentials_assigned").exists()
    )


def test_the_provider_gets_a_credential_per_environment(
    alicia: Member, beto: Member, pairs: Pairs, now: datetime
) -> None:
    request = ask(alicia, now)
    assign(request, pairs, beto, now)
    request.refresh_from_db()
    assert request.state_label == "Token asignados por primera vez"
    assert (request.assigned_by, request.assigned_at) == (beto.account(now), now)
    assert alicia.provider
    names = [credential.client.environment.name for credential in credentials_of(alicia.provider)]
    assert names == ["Desarrollo", "Preproducción", "Producción"]


def test_what_is_revealed_is_what_was_entered(alicia: Member, beto: Member, pairs: Pairs, now: datetime) -> None:
    assign(ask(alicia, now), pairs, beto, now)
    assert alicia.provider
    for credential in credentials_of(alicia.provider):
        revealed = actions.reveal(credential, by=alicia.actor, at=now)
        assert revealed == pairs[credential.client.environment.code]


def test_one_event_tells_of_the_assignment_and_one_of_each_secret_seen(
    alicia: Member, beto: Member, pairs: Pairs, now: datetime
) -> None:
    assign(ask(alicia, now), pairs, beto, now)
    assert Event.objects.filter(name=EventName.REQUEST_ASSIGNED.value, actor=beto.login).count() == 1
    assert alicia.provider
    credential = credentials_of(alicia.provider)[0]
    actions.reveal(credential, by=alicia.actor, at=now)
    opened = Event.objects.filter(name=EventName.SECRET_OPENED.value, actor=alicia.login, provider="1900100001")
    assert {event.details["content"] for event in opened} == {"client_secret", "subscription_key"}
    assert {event.details["credential"] for event in opened} == {str(credential.id)}


def test_the_delegate_is_told_without_a_secret(alicia: Member, beto: Member, pairs: Pairs, now: datetime) -> None:
    assign(ask(alicia, now), pairs, beto, now)
    notice = Notice.objects.get(letter="credentials_assigned")
    assert notice.recipient == "alicia@hospital.example"
    assert not any(pair.client_secret in str(notice.about) for pair in pairs.values())


def test_no_table_holds_a_secret_in_the_clear(alicia: Member, beto: Member, pairs: Pairs, now: datetime) -> None:
    assign(ask(alicia, now), pairs, beto, now)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')  # noqa: S608 - names of our own
            content = cursor.fetchone()[0] or ""
            for pair in pairs.values():
                assert pair.client_secret not in content, table
                assert pair.subscription_key not in content, table


def test_the_second_official_is_told_and_nothing_is_overwritten(
    alicia: Member, beto: Member, pairs: Pairs, now: datetime
) -> None:
    request = ask(alicia, now)
    assign(request, pairs, beto, now)
    with pytest.raises(MoveNotAllowed):
        assign(request, people.pairs(now.date(), seed=2), beto, now)
    assert Credential.objects.count() == 3
    assert alicia.provider
    first = actions.reveal(credentials_of(alicia.provider)[0], by=alicia.actor, at=now)
    assert first == pairs["desarrollo"]


def test_a_client_id_of_another_provider_is_refused_and_nothing_half_written(
    alicia: Member, beto: Member, pairs: Pairs, now: datetime
) -> None:
    assign(ask(alicia, now), pairs, beto, now)
    carla_asks = ask(people.carla(now), now)
    others = people.pairs(now.date(), seed=2)
    others["produccion"] = replace(others["produccion"], client_id=pairs["produccion"].client_id)
    with pytest.raises(PairRefused) as refused:
        assign(carla_asks, others, beto, now)
    assert (refused.value.environment, refused.value.field) == ("produccion", "client_id")
    assert Credential.objects.count() == 3
    assert SealedSecret.objects.count() == 6


def test_one_client_id_in_two_environments_is_refused(
    alicia: Member, beto: Member, pairs: Pairs, now: datetime
) -> None:
    pairs["produccion"] = replace(pairs["produccion"], client_id=pairs["desarrollo"].client_id)
    with pytest.raises(PairRefused):
        assign(ask(alicia, now), pairs, beto, now)
    assert nothing_was_assigned()


def break_trail(name: EventName, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no event of this name written, neither alone nor with others."""
    write = trail._event  # noqa: SLF001

    def fail(entry: trail.Entry, *, by: Actor, at: datetime) -> Event:
        if entry.name is name:
            raise RuntimeError(name)
        return write(entry, by=by, at=at)

    monkeypatch.setattr(trail, "_event", fail)


@pytest.mark.parametrize("name", [EventName.SECRET_SEALED, EventName.REQUEST_ASSIGNED])
def test_without_its_events_nothing_is_assigned(
    alicia: Member, beto: Member, pairs: Pairs, now: datetime, name: EventName, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(alicia, now)
    break_trail(name, monkeypatch)
    with pytest.raises(RuntimeError):
        assign(request, pairs, beto, now)
    assert nothing_was_assigned()


def test_another_providers_credential_is_as_unknown_as_none(
    alicia: Member, beto: Member, pairs: Pairs, now: datetime
) -> None:
    assign(ask(alicia, now), pairs, beto, now)
    carla = people.carla(now)
    assert carla.provider
    assert find_credential(carla.provider, Credential.objects.first().id) is None  # type: ignore[union-attr]


def test_an_envelope_moved_to_another_credential_does_not_open(
    alicia: Member, beto: Member, pairs: Pairs, now: datetime
) -> None:
    assign(ask(alicia, now), pairs, beto, now)
    assert alicia.provider
    first, second, _ = credentials_of(alicia.provider)
    moved = SealedSecret.objects.get(id=second.client_secret_id).envelope
    SealedSecret.objects.filter(id=first.client_secret_id).update(envelope=moved)
    with pytest.raises(CannotOpen):
        actions.reveal(first, by=alicia.actor, at=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_officials_at_once_exactly_one_assigns(alicia: Member, beto: Member, now: datetime) -> None:
    request, account = ask(alicia, now), beto.account(now)

    def attempt(seed: int) -> None:
        values = people.pairs(now.date(), seed=seed)
        actions.assign(request_id=request.id, values=values, account=account, by=beto.actor, at=now)

    assert who_wins(attempt, (1, 2), loses_with=MoveNotAllowed) == [False, True]
    assert Credential.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_client_id_given_to_two_providers_at_once_goes_to_one(alicia: Member, beto: Member, now: datetime) -> None:
    requests, account = [ask(alicia, now), ask(people.carla(now), now)], beto.account(now)

    def attempt(request: Request) -> None:
        values = people.pairs(now.date())
        actions.assign(request_id=request.id, values=values, account=account, by=beto.actor, at=now)

    assert who_wins(attempt, requests, loses_with=PairRefused) == [False, True]
    assert Client.objects.count() == 3
