"""Keys for many at once: checked whole, kept sealed for a while, assigned by who uploaded them; all or none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import EventName
from llaves.audit.models import Event
from llaves.credentials import actions, attending, bulk_assigning, files
from llaves.credentials.bulk import Fault
from llaves.credentials.bulk_assigning import AlreadyConfirmed, UploadGone
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import BulkPart, BulkUpload, Client, Credential, Environment, Request
from llaves.credentials.queries import credentials_of
from llaves.identity.roles import Role
from llaves.notifications.models import Notice
from llaves.providers.models import Delegation, Person, Provider
from llaves.vault.envelope import CannotOpen
from llaves.vault.models import SealedSecret
from tests import people
from tests.crowd import Row, as_csv, crowd, rows_for
from tests.people import Member
from tests.races import who_wins
from tests.web.doors import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def berta(beto: Member, now: datetime) -> Member:
    """A second official."""
    person = Person.objects.create(
        document_type="CC", document_number="51999888", name="Berta Gil", email="berta@m.example"
    )
    Delegation.objects.create(person=person, organization=beto.organization, starts_on=now.date())
    return Member(person, beto.organization, None, Role.OFFICIAL)


@pytest.fixture
def waiting(now: datetime) -> list[Provider]:
    return crowd(3, now)


def rows(providers: Sequence[Provider], now: datetime, seed: int = 1) -> list[Row]:
    return rows_for([provider.code for provider in providers], timezone.localdate(now), seed)


def upload(table: list[Row], official: Member, now: datetime) -> BulkUpload:
    read = files.read(as_csv(table))
    return bulk_assigning.check_upload(table=read, account=official.account(now), by=official.actor, at=now)


def confirm(made: BulkUpload, official: Member, now: datetime) -> Sequence[Fault]:
    return bulk_assigning.confirm(
        upload_id=made.id, account=official.account(now), by=official.actor, at=now + timedelta(minutes=1)
    )


def told(made: BulkUpload) -> list[tuple[int, str]]:
    return [(fault["line"], fault["text"]) for fault in made.faults]


def nothing_was_assigned() -> bool:
    return not (
        Credential.objects.exists()
        or Client.objects.exists()
        or Request.objects.filter(state="asignado").exists()
        or Event.objects.filter(name__in=["credentials.request.assigned", "credentials.bulk.assigned"]).exists()
        or Notice.objects.exists()
    )


def events(name: EventName) -> int:
    return Event.objects.filter(name=name.value).count()


def test_a_sound_file_waits_and_assigns_nothing_yet(waiting: list[Provider], beto: Member, now: datetime) -> None:
    made = upload(rows(waiting, now), beto, now)
    assert (made.faults, made.lines_read, len(made.providers)) == ([], 9, 3)
    assert nothing_was_assigned()
    checked = Event.objects.get(name="credentials.bulk.checked")
    assert (checked.actor, checked.details["lines"], checked.details["faults"]) == (beto.login, 9, 0)
    assert checked.details["sha256"] == made.file_sha256


def test_confirmed_every_delegate_gets_what_the_file_said(waiting: list[Provider], beto: Member, now: datetime) -> None:
    table = rows(waiting, now)
    assert confirm(upload(table, beto, now), beto, now) == ()
    found = [
        (credential.client.provider.code, str(pair.client_id), pair.client_secret, pair.subscription_key)
        for provider in waiting
        for credential in credentials_of(provider)
        for pair in [actions.reveal(credential, by=beto.actor, at=now)]
    ]
    assert found == [(row[0], row[3], row[4], row[6]) for row in table]
    assert {request.state_label for request in Request.objects.all()} == {"Token asignados por primera vez"}
    assert {request.assigned_by for request in Request.objects.all()} == {beto.account(now)}


def test_the_trail_tells_of_each_request_and_of_the_file(waiting: list[Provider], beto: Member, now: datetime) -> None:
    made = upload(rows(waiting, now), beto, now)
    before = events(EventName.SECRET_SEALED)
    confirm(made, beto, now)
    assert events(EventName.REQUEST_ASSIGNED) == 3
    assert events(EventName.SECRET_SEALED) - before == 18
    assert set(Event.objects.filter(name="credentials.request.assigned").values_list("provider", flat=True)) == {
        provider.code for provider in waiting
    }
    done = Event.objects.get(name="credentials.bulk.assigned")
    assert done.details == {"upload": str(made.id), "sha256": made.file_sha256, "lines": 9, "requests": 3}


def test_events_rows_and_letters_are_those_of_single_assignments(
    waiting: list[Provider], beto: Member, now: datetime
) -> None:
    """The first alone, the second with a file: what they leave differs in nothing but names and moments."""
    one, many, _ = waiting
    request = Request.objects.get(provider=one)
    pairs = people.pairs(now.date())
    actions.assign(request_id=request.id, values=pairs, account=beto.account(now), by=beto.actor, at=now)
    confirm(upload(rows([many], now, seed=7), beto, now), beto, now)

    def left(provider: Provider) -> tuple[object, ...]:
        told = Event.objects.filter(provider=provider.code).order_by("name", "id")
        notice = Notice.objects.get(about__provider=provider.label)
        credentials = credentials_of(provider)
        return (
            [(event.name, event.nit == "", sorted(event.details), event.actor) for event in told],
            (notice.letter, sorted(notice.about), notice.about["environments"], notice.about["state"]),
            [(credential.client.environment.code, credential.standing) for credential in credentials],
        )

    assert left(one) == left(many)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'notice_id' FROM procrastinate_jobs WHERE task_name = 'notifications.send'")
        assert {row[0] for row in cursor.fetchall()} == {str(notice.id) for notice in Notice.objects.all()}


@pytest.mark.parametrize("kind", [Kind.RENEWAL, Kind.REPLACEMENT])
def test_what_follows_on_other_keys_makes_room_as_a_single_assignment_does(
    beto: Member, now: datetime, kind: Kind
) -> None:
    """Of two providers the keys of one follow one by one, the other's with a file."""
    one, many = people.alicia(now), people.carla(now)
    later = now + timedelta(days=310)
    for seed, member in enumerate((one, many), start=1):
        people.assigned(people.asked(member, now), beto, now, seed)
    follow = people.asked(one, later, kind)
    people.asked(many, later, kind)
    people.assigned(follow, beto, later, seed=3)
    assert many.provider
    assert confirm(upload(rows([many.provider], later, seed=7), beto, later), beto, later) == ()

    def left(member: Member) -> tuple[object, ...]:
        assert member.provider
        held = credentials_of(member.provider).order_by("assigned_at", "environment__code")
        told = Event.objects.filter(name="credentials.request.assigned", provider=member.provider.code)
        last = told.order_by("id").last()
        assert last
        ended = [credential.end_reason for credential in held if credential.ended_by == beto.account(now)]
        return [(c.environment.code, c.standing, c.overlap_ends_on) for c in held], ended, len(last.details["replaces"])

    assert left(one) == left(many)
    assert left(many)[2] == 3


def test_a_request_that_a_colleague_has_open_is_assigned_too(
    waiting: list[Provider], beto: Member, berta: Member, now: datetime
) -> None:
    made = upload(rows(waiting, now), beto, now)
    asked = Request.objects.get(provider=waiting[0])
    attending.claim(request_id=asked.id, account=berta.account(now), by=berta.actor, at=now)
    assert confirm(made, beto, now) == ()
    asked.refresh_from_db()
    assert (asked.state, asked.claimed_at, asked.claimed_by) == ("asignado", None, None)


def test_no_table_holds_a_secret_in_the_clear_before_nor_after(
    waiting: list[Provider], beto: Member, now: datetime
) -> None:
    table = rows(waiting, now)
    made = upload(table, beto, now)
    _nothing_in_the_clear(table)
    confirm(made, beto, now)
    _nothing_in_the_clear(table)


def _nothing_in_the_clear(table: list[Row]) -> None:
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{name}" t')  # noqa: S608 - names of our own
            content = cursor.fetchone()[0] or ""
            assert not any(row[4] in content or row[6] in content for row in table), name


def test_the_waiting_values_open_for_their_upload_and_account_alone(
    waiting: list[Provider], beto: Member, berta: Member, now: datetime
) -> None:
    made = upload(rows(waiting, now), beto, now)
    BulkUpload.objects.filter(id=made.id).update(account=berta.account(now))
    with pytest.raises(CannotOpen):
        confirm(made, berta, now)
    assert nothing_was_assigned()


def test_after_the_assignment_nothing_of_the_upload_is_left_but_its_report(
    waiting: list[Provider], beto: Member, now: datetime
) -> None:
    made = upload(rows(waiting, now), beto, now)
    confirm(made, beto, now)
    assert not BulkPart.objects.exists()
    assert SealedSecret.objects.count() == 18
    made.refresh_from_db()
    assert made.confirmed_at
    with pytest.raises(AlreadyConfirmed):
        confirm(made, beto, now)


def test_one_faulty_line_and_nothing_is_kept(waiting: list[Provider], beto: Member, now: datetime) -> None:
    table = rows(waiting, now)
    table[4][4] = "7c2fd5a0-41c9-4f0e-9a53-0d2f3e4b5a61"
    made = upload(table, beto, now)
    assert told(made) == [(6, "Ese es el Secret ID; copie el Value.")]
    assert not SealedSecret.objects.exists()
    with pytest.raises(UploadGone):
        confirm(made, beto, now)
    assert nothing_was_assigned()


def test_what_lines_must_be_to_each_other(waiting: list[Provider], beto: Member, now: datetime) -> None:
    table = rows(waiting, now)
    table[3][3] = table[0][3]
    table[6][4] = table[1][4]
    table.append([*table[8][:3], "c" * 8 + "-0000-4000-8000-000000000001", "zz8Q~another.secret_value", *table[8][5:]])
    table.pop(5)
    assert told(upload(table, beto, now)) == [
        (5, "Falta la línea de este prestador para: Producción."),
        (5, "Es el mismo ClientID de la línea 2. Cada ambiente tiene el suyo."),
        (7, "Es el mismo ClientSecret de la línea 3. Cópielo de nuevo."),
        (10, "Ya hay una línea de este prestador y ambiente: la 9."),
    ]


def test_who_does_not_wait_gets_nothing(waiting: list[Provider], beto: Member, now: datetime) -> None:
    Request.objects.filter(provider=waiting[1]).delete()
    made = upload(rows(waiting, now), beto, now)
    assert [line for line, text in told(made) if "no espera llaves" in text] == [5, 6, 7]


def test_n20_a_client_id_of_somebody_else_or_of_another_environment_is_refused(
    waiting: list[Provider], beto: Member, now: datetime
) -> None:
    table = rows(waiting, now)
    production = Environment.objects.get(code="produccion")
    Client.objects.create(client_id=table[0][3], provider=waiting[2], environment=production)
    Client.objects.create(client_id=table[3][3], provider=waiting[1], environment=production)
    assert told(upload(table, beto, now)) == [
        (2, "Este ClientID ya pertenece a otro prestador. Verifíquelo en Entra."),
        (5, "Este ClientID es del ambiente Producción. Copie el de Desarrollo."),
    ]


def test_an_expiry_that_has_passed_is_refused(waiting: list[Provider], beto: Member, now: datetime) -> None:
    table = rows(waiting, now)
    table[0][5] = "23/11/2026"
    assert [line for line, text in told(upload(table, beto, now)) if "ya pasó" in text] == [2]


def test_what_a_colleague_attended_meanwhile_stops_everything_and_is_named(
    waiting: list[Provider], beto: Member, berta: Member, now: datetime
) -> None:
    made = upload(rows(waiting, now), beto, now)
    request = Request.objects.get(provider=waiting[1])
    actions.assign(
        request_id=request.id,
        values=people.pairs(now.date(), seed=50),
        account=berta.account(now),
        by=berta.actor,
        at=now,
    )
    faults = confirm(made, beto, now)
    assert {(fault.line, fault.code) for fault in faults} == {(line, waiting[1].code) for line in (5, 6, 7)}
    assert Credential.objects.count() == 3
    assert events(EventName.BULK_ASSIGNED) == 0
    assert events(EventName.BULK_REFUSED) == 1
    assert not BulkUpload.objects.exists()
    assert SealedSecret.objects.count() == 6


def test_a_new_environment_in_the_catalogue_makes_the_file_incomplete(
    waiting: list[Provider], beto: Member, now: datetime
) -> None:
    made = upload(rows(waiting, now), beto, now)
    Environment.objects.create(code="capacitacion", name="Capacitación", position=9)
    assert {fault.text for fault in confirm(made, beto, now)} == {
        "Falta la línea de este prestador para: Capacitación."
    }
    assert nothing_was_assigned()


def test_only_who_uploaded_it_confirms_it(waiting: list[Provider], beto: Member, berta: Member, now: datetime) -> None:
    made = upload(rows(waiting, now), beto, now)
    with pytest.raises(UploadGone):
        confirm(made, berta, now)
    bulk_assigning.discard(upload_id=made.id, account=berta.account(now), by=berta.actor, at=now)
    assert confirm(made, beto, now) == ()


def test_after_a_quarter_of_an_hour_it_is_too_late_and_the_values_are_destroyed(
    waiting: list[Provider], beto: Member, now: datetime
) -> None:
    made = upload(rows(waiting, now), beto, now)
    late = now + timedelta(minutes=15)
    with pytest.raises(UploadGone):
        bulk_assigning.confirm(upload_id=made.id, account=beto.account(now), by=beto.actor, at=late)
    bulk_assigning.forget_expired(by=beto.actor, at=late - timedelta(seconds=1))
    assert SealedSecret.objects.exists()
    bulk_assigning.forget_expired(by=beto.actor, at=late)
    assert not SealedSecret.objects.exists()
    assert not BulkUpload.objects.exists()
    assert events(EventName.BULK_DISCARDED) == events(EventName.SECRETS_FORGOTTEN) == 1


def test_what_was_confirmed_does_not_expire(waiting: list[Provider], beto: Member, now: datetime) -> None:
    made = upload(rows(waiting, now), beto, now)
    confirm(made, beto, now)
    bulk_assigning.forget_expired(by=beto.actor, at=now + timedelta(days=1))
    bulk_assigning.discard(upload_id=made.id, account=beto.account(now), by=beto.actor, at=now)
    assert BulkUpload.objects.get().confirmed_at


def test_discarded_it_is_gone(waiting: list[Provider], beto: Member, now: datetime) -> None:
    made = upload(rows(waiting, now), beto, now)
    bulk_assigning.discard(upload_id=made.id, account=beto.account(now), by=beto.actor, at=now)
    assert not SealedSecret.objects.exists()
    with pytest.raises(UploadGone):
        confirm(made, beto, now)


def test_a_second_upload_takes_the_place_of_the_first(waiting: list[Provider], beto: Member, now: datetime) -> None:
    first = upload(rows(waiting, now), beto, now)
    second = upload(rows(waiting, now, seed=2), beto, now)
    with pytest.raises(UploadGone):
        confirm(first, beto, now)
    assert confirm(second, beto, now) == ()


@pytest.mark.usefixtures("broken_trail")
def test_without_its_event_no_file_is_kept(waiting: list[Provider], beto: Member, now: datetime) -> None:
    beto.account(now)
    before = everything()
    with pytest.raises(RuntimeError):
        upload(rows(waiting, now), beto, now)
    assert everything() == before


def failing(broken: EventName) -> tuple[Callable[..., None], Callable[..., None]]:
    """Both ways to the trail, of which neither can write events of this name."""
    record, record_all = trail.record, trail.record_all

    def one(name: EventName, **details: object) -> None:
        if name is broken:
            raise RuntimeError(name)
        record(name, **details)  # type: ignore[arg-type]

    def many(entries: object, **details: object) -> None:
        found = list(entries)  # type: ignore[call-overload]
        if any(entry.name is broken for entry in found):
            raise RuntimeError(broken)
        record_all(found, **details)  # type: ignore[arg-type]

    return one, many


@pytest.mark.parametrize(
    "name",
    [
        EventName.SECRET_OPENED,
        EventName.SECRET_SEALED,
        EventName.REQUEST_ASSIGNED,
        EventName.SECRETS_FORGOTTEN,
        EventName.BULK_ASSIGNED,
    ],
)
def test_without_any_of_its_events_nothing_is_assigned(
    waiting: list[Provider], beto: Member, now: datetime, name: EventName, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = upload(rows(waiting, now), beto, now)
    beto.account(now)
    before = everything()
    one, many = failing(name)
    monkeypatch.setattr(trail, "record", one)
    monkeypatch.setattr(trail, "record_all", many)
    with pytest.raises(RuntimeError):
        confirm(made, beto, now)
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_files_that_overlap_exactly_one_is_assigned_and_the_other_is_told(
    beto: Member, berta: Member, now: datetime
) -> None:
    waiting = crowd(12, now)
    made = [
        (upload(rows(waiting[:8], now), beto, now), beto, beto.account(now)),
        (upload(rows(waiting[4:][::-1], now, seed=2), berta, now), berta, berta.account(now)),
    ]

    class Told(Exception):
        pass

    def attempt(one: tuple[BulkUpload, Member, object]) -> None:
        upload_made, official, account = one
        faults = bulk_assigning.confirm(upload_id=upload_made.id, account=account, by=official.actor, at=now)  # type: ignore[arg-type]
        if faults:
            assert {fault.code for fault in faults} == {provider.code for provider in waiting[4:8]}
            raise Told

    assert who_wins(attempt, made, loses_with=Told) == [False, True]
    assert Credential.objects.count() == 24
    assert Request.objects.filter(state="asignado").count() == 8


@pytest.mark.django_db(transaction=True)
def test_confirmed_twice_in_one_moment_it_is_assigned_once(beto: Member, now: datetime) -> None:
    made, account = upload(rows(crowd(4, now), now), beto, now), beto.account(now)

    def attempt(_: int) -> None:
        assert bulk_assigning.confirm(upload_id=made.id, account=account, by=beto.actor, at=now) == ()

    assert who_wins(attempt, (1, 2), loses_with=AlreadyConfirmed) == [False, True]
    assert Credential.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_discarded_and_confirmed_in_one_moment_it_is_one_of_both(beto: Member, now: datetime) -> None:
    made, account = upload(rows(crowd(4, now), now), beto, now), beto.account(now)

    def attempt(deed: Callable[..., object]) -> None:
        deed(upload_id=made.id, account=account, by=beto.actor, at=now)

    won = who_wins(attempt, (bulk_assigning.confirm, bulk_assigning.discard), loses_with=UploadGone)
    assert won in ([False, True], [True, True])
    assert Credential.objects.count() == (12 if all(won) else 0)
    assert SealedSecret.objects.count() == 2 * Credential.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_client_id_that_a_colleague_gives_out_in_that_moment_stops_everything(
    beto: Member, berta: Member, now: datetime
) -> None:
    waiting = crowd(4, now)
    table = rows(waiting[:3], now)
    made = upload(table, beto, now)
    request, values = Request.objects.get(provider=waiting[3]), people.pairs(now.date())
    values["desarrollo"] = replace(values["desarrollo"], client_id=UUID(table[4][3]))
    accounts = {member.login: member.account(now) for member in (beto, berta)}

    class Told(Exception):
        pass

    def in_bulk() -> None:
        if bulk_assigning.confirm(upload_id=made.id, account=accounts[beto.login], by=beto.actor, at=now):
            raise Told

    def alone() -> None:
        try:
            actions.assign(request_id=request.id, values=values, account=accounts[berta.login], by=berta.actor, at=now)
        except actions.PairRefused as refused:
            raise Told from refused

    assert who_wins(lambda deed: deed(), (in_bulk, alone), loses_with=Told) == [False, True]
    assert Client.objects.count() in (3, 9)
    assert Credential.objects.count() == Client.objects.count()


def test_five_times_the_lines_ask_no_more_questions(
    beto: Member, now: datetime, django_assert_max_num_queries: Any
) -> None:
    waiting = crowd(60, now)
    few = upload(rows(waiting[:10], now), beto, now)
    with django_assert_max_num_queries(60):
        confirm(few, beto, now)
    many = upload(rows(waiting[10:], now, seed=3), beto, now)
    with django_assert_max_num_queries(60):
        confirm(many, beto, now)
