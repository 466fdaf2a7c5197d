"""What a delegate does with a request besides making it: draft, mend, withdraw, renew, replace."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.credentials import requesting
from llaves.credentials.lifecycle import Kind, MoveNotAllowed
from llaves.credentials.models import Credential, Draft, Request
from llaves.credentials.queries import draft_of, kinds_open_to
from llaves.credentials.requesting import FIELDS, AlreadyRequested, KindNotOpen
from llaves.credentials.telling import FIELD_NAMES
from llaves.identity.models import Acceptance
from llaves.notifications.models import Notice
from tests import people
from tests.people import ENTERED, Member
from tests.races import who_wins
from tests.web.doors import everything

pytestmark = pytest.mark.django_db
MENDED = replace(ENTERED, lead_phone="3109876543")


@pytest.fixture
def beto(now: datetime) -> Member:
    beto = people.beto(now)
    beto.account(now)
    return beto


def names() -> list[str]:
    return list(Event.objects.filter(name__startswith="credentials.").order_by("id").values_list("name", flat=True))


def save(member: Member, typed: dict[str, str], at: datetime) -> None:
    assert member.provider
    account = member.account(at)
    requesting.save_draft(provider=member.provider, entered=typed, account=account, by=member.actor, at=at)


def mend(request: Request, member: Member, at: datetime) -> None:
    requesting.mend(
        request_id=request.id,
        entered=MENDED,
        accepts=people.request_texts(),
        account=member.account(at),
        by=member.actor,
        at=at,
    )


def withdraw(request: Request, member: Member, at: datetime) -> None:
    requesting.withdraw(request_id=request.id, account=member.account(at), by=member.actor, at=at)


# Drafts


def test_a_draft_keeps_what_was_typed_and_nothing_else(alicia: Member, now: datetime) -> None:
    save(alicia, {"software_name": "HIS", "terms": "on", "csrfmiddlewaretoken": "x", "lead_name": "A\0" * 300}, now)
    draft = Draft.objects.get()
    assert draft.entered.keys() == {"software_name", "lead_name"}
    assert len(draft.entered["lead_name"]) <= 254
    assert "\0" not in draft.entered["lead_name"]


def test_a_draft_is_one_row_and_one_event_however_often_it_is_saved(alicia: Member, now: datetime) -> None:
    for text in ("H", "HI", "HIS"):
        save(alicia, {"software_name": text}, now)
    assert Draft.objects.get().entered == {"software_name": "HIS"}
    assert names() == ["credentials.draft.begun"]


def test_a_draft_is_its_authors_alone(alicia: Member, now: datetime) -> None:
    save(alicia, {"software_name": "HIS"}, now)
    assert alicia.provider
    assert draft_of(alicia.provider, people.carla(now).account(now)) is None


def test_drafts_go_when_the_request_is_made_a_colleagues_too(alicia: Member, now: datetime) -> None:
    save(alicia, {"software_name": "HIS"}, now)
    ana = people.delegate("52111333", "Ana Sol", "899999063", "1900100077", "OTRA", now)
    save(Member(ana.person, alicia.organization, alicia.provider, alicia.role), {"software_name": "OTRO"}, now)
    people.asked(alicia, now)
    assert not Draft.objects.exists()


def test_without_its_event_no_draft_is_kept(alicia: Member, now: datetime, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        save(alicia, {"software_name": "HIS"}, now)
    assert not Draft.objects.exists()


def test_a_draft_that_nobody_touched_for_a_month_is_cleared(alicia: Member, now: datetime) -> None:
    save(alicia, {"software_name": "HIS"}, now)
    job = Actor(kind=ActorKind.SYSTEM, name="test")
    assert requesting.clear_drafts(by=job, at=now + timedelta(days=30)) == 0
    assert requesting.clear_drafts(by=job, at=now + timedelta(days=31)) == 1
    assert not Draft.objects.exists()
    assert names() == ["credentials.draft.begun", "credentials.draft.cleared"]


# Mending


def test_a_mended_request_waits_again_with_its_age(alicia: Member, beto: Member, now: datetime) -> None:
    request = people.returned(people.asked(alicia, now - timedelta(days=3)), beto, now - timedelta(days=1))
    mend(request, alicia, now)
    request.refresh_from_db()
    assert (request.state_label, request.lead_phone) == ("Token solicitados por primera vez", "3109876543")
    assert (request.requested_at, request.mended_at) == (now - timedelta(days=3), now)
    assert names()[-1] == "credentials.request.mended"
    assert Event.objects.get(name="credentials.request.mended").details["fields"] == ["lead_phone"]
    accepted = Acceptance.objects.filter(account=alicia.account(now)).values_list("agreement__kind", flat=True)
    assert sorted(accepted.exclude(agreement__kind="confidencialidad")) == ["datos-personales"] * 2 + ["terminos"] * 2


def test_the_officials_are_told_of_it_and_of_the_people_only_the_new_ones(
    alicia: Member, beto: Member, now: datetime
) -> None:
    request = people.returned(people.asked(alicia, now), beto, now)
    Notice.objects.all().delete()
    mend(request, alicia, now)
    assert set(Notice.objects.values_list("letter", "recipient")) == {("request_mended", "beto@ministerio.example")}


def test_somebody_named_now_is_told(alicia: Member, beto: Member, now: datetime) -> None:
    request = people.returned(people.asked(alicia, now), beto, now)
    Notice.objects.all().delete()
    entered = replace(ENTERED, lead_email="otro@hospital.example", protection_officer_name="Otra Persona")
    requesting.mend(
        request_id=request.id,
        entered=entered,
        accepts=people.request_texts(),
        account=alicia.account(now),
        by=alicia.actor,
        at=now,
    )
    told = set(Notice.objects.values_list("letter", "recipient"))
    assert ("lead_named", "otro@hospital.example") in told
    assert ("protection_officer_named", "alicia@hospital.example") in told


# Withdrawing


@pytest.mark.parametrize("state", ["solicitado", "devuelto"])
def test_an_open_request_can_be_withdrawn_and_another_made(
    alicia: Member, beto: Member, now: datetime, state: str
) -> None:
    request = people.asked(alicia, now)
    if state == "devuelto":
        people.returned(request, beto, now)
    withdraw(request, alicia, now)
    request.refresh_from_db()
    assert (request.state_label, request.withdrawn_at) == ("Token retirados por primera vez", now)
    assert names()[-1] == "credentials.request.withdrawn"
    assert Notice.objects.get(letter="request_withdrawn").recipient == "beto@ministerio.example"
    assert people.asked(alicia, now).id != request.id


@pytest.mark.parametrize("move", [mend, withdraw])
def test_what_is_assigned_is_neither_mended_nor_withdrawn(
    alicia: Member, beto: Member, now: datetime, move: Callable[..., None]
) -> None:
    request = people.assigned(people.asked(alicia, now), beto, now)
    before = everything()
    with pytest.raises(MoveNotAllowed):
        move(request, alicia, now)
    assert everything() == before


@pytest.mark.parametrize("move", [mend, withdraw])
def test_without_its_event_nothing_moves(
    alicia: Member, beto: Member, now: datetime, move: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    asked = people.returned(people.asked(alicia, now), beto, now)
    before = everything()
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError):
        move(asked, alicia, now)
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_of_withdrawing_and_assigning_at_once_one_wins(alicia: Member, beto: Member, now: datetime) -> None:
    request = people.asked(alicia, now)
    moves = [lambda: withdraw(request, alicia, now), lambda: people.assigned(request, beto, now)]
    assert who_wins(lambda move: move(), moves, loses_with=MoveNotAllowed) == [False, True]
    request.refresh_from_db()
    assert Credential.objects.count() == (3 if request.assigned_at else 0)


# Renewing and replacing


def test_keys_are_renewed_from_sixty_days_before_they_expire(alicia: Member, beto: Member, now: datetime) -> None:
    people.assigned(people.asked(alicia, now), beto, now)  # they expire in 365 days
    with pytest.raises(KindNotOpen):
        people.asked(alicia, now + timedelta(days=304), Kind.RENEWAL)
    request = people.asked(alicia, now + timedelta(days=305), Kind.RENEWAL)
    assert request.state_label == "Token solicitados por renovación"


def test_renewed_keys_go_on_for_thirty_days(alicia: Member, beto: Member, now: datetime) -> None:
    people.assigned(people.asked(alicia, now), beto, now)
    later = now + timedelta(days=310)
    request = people.assigned(people.asked(alicia, later, Kind.RENEWAL), beto, later, seed=2)
    old = Credential.objects.exclude(request=request)
    assert set(old.values_list("standing", "overlap_ends_on")) == {
        ("vigente", timezone.localdate(later) + timedelta(days=30))
    }
    assert set(request.credentials.values_list("standing", "overlap_ends_on")) == {("vigente", None)}
    replaced = Event.objects.filter(name="credentials.request.assigned").latest("id").details["replaces"]
    assert set(replaced) == {str(key) for key in old.values_list("id", flat=True)}


def test_a_renewal_may_keep_the_client_id(alicia: Member, beto: Member, now: datetime) -> None:
    people.assigned(people.asked(alicia, now), beto, now)
    later = now + timedelta(days=310)
    request = people.assigned(people.asked(alicia, later, Kind.RENEWAL), beto, later, seed=1)
    assert request.credentials.count() == 3


def test_a_replacement_marks_the_old_keys_at_once_and_ends_them_when_others_are_there(
    alicia: Member, beto: Member, now: datetime
) -> None:
    people.assigned(people.asked(alicia, now), beto, now)
    request = people.asked(alicia, now, Kind.REPLACEMENT)
    assert set(Credential.objects.values_list("standing", "exposed_at")) == {("vigente", now)}
    people.assigned(request, beto, now, seed=2)
    old = Credential.objects.exclude(request=request)
    assert set(old.values_list("standing", "ended_at", "ended_by")) == {("reemplazada", now, beto.account(now).id)}


def test_keys_marked_as_exposed_stay_marked_when_the_request_is_withdrawn(
    alicia: Member, beto: Member, now: datetime
) -> None:
    people.assigned(people.asked(alicia, now), beto, now)
    withdraw(people.asked(alicia, now, Kind.REPLACEMENT), alicia, now)
    assert not Credential.objects.filter(exposed_at=None).exists()


@pytest.mark.parametrize("kind", [Kind.RENEWAL, Kind.REPLACEMENT])
def test_who_never_had_keys_can_only_ask_for_the_first(alicia: Member, now: datetime, kind: Kind) -> None:
    with pytest.raises(KindNotOpen):
        people.asked(alicia, now, kind)
    assert not Request.objects.exists()
    assert alicia.provider
    assert kinds_open_to(alicia.provider, on=now.date()) == (Kind.FIRST,)


def test_one_open_request_of_any_kind(alicia: Member, beto: Member, now: datetime) -> None:
    people.assigned(people.asked(alicia, now), beto, now)
    people.returned(people.asked(alicia, now, Kind.REPLACEMENT), beto, now)
    with pytest.raises(AlreadyRequested):
        people.asked(alicia, now, Kind.REPLACEMENT)


def test_every_field_of_a_request_can_be_in_a_draft_and_has_a_short_name(alicia: Member, now: datetime) -> None:
    save(alicia, dict.fromkeys(FIELDS, "x"), now)
    assert tuple(FIELD_NAMES) == FIELDS
    assert set(Draft.objects.get().entered) == set(FIELDS)
