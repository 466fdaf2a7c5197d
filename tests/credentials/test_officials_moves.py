"""What an official does besides assigning: opening, returning, correcting, revoking; and what ends by itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, ActorKind, EventName
from llaves.audit.models import Event
from llaves.credentials import actions, attending, revoking
from llaves.credentials.actions import NothingToCorrect, NotRevealed, PairRefused
from llaves.credentials.attending import ClaimedByAnother
from llaves.credentials.lifecycle import Kind, MoveNotAllowed
from llaves.credentials.models import Client, Credential, Request
from llaves.credentials.queries import credentials_of, newest_of_each_environment
from llaves.notifications.models import Notice
from tests import people
from tests.people import Member
from tests.races import who_wins
from tests.web.doors import everything, letters

pytestmark = pytest.mark.django_db
JOB = Actor(kind=ActorKind.SYSTEM, name="test")
REASON = "Aparecieron en un repositorio público"


@dataclass(frozen=True)
class Town:
    """Alicia's entity and two officials."""

    alicia: Member
    beto: Member
    berta: Member
    now: datetime

    def asked(self, kind: Kind = Kind.FIRST) -> Request:
        return people.asked(self.alicia, self.now, kind)

    def assigned(self) -> Request:
        return people.assigned(self.asked(), self.beto, self.now)

    def claim(self, request: Request, official: Member, at: datetime) -> None:
        attending.claim(request_id=request.id, account=official.account(at), by=official.actor, at=at)

    def correct(self, request: Request, seed: int = 2, codes: tuple[str, ...] = ("produccion",)) -> None:
        pairs = people.pairs(timezone.localdate(self.now), seed)
        actions.correct(
            request_id=request.id,
            values={code: pairs[code] for code in codes},
            reason="se copió el de otro",
            account=self.beto.account(self.now),
            by=self.beto.actor,
            at=self.now,
        )

    def revoke(self, credentials: list[Credential], member: Member | None = None) -> None:
        provider = (member or self.alicia).provider
        assert provider
        revoking.revoke(
            provider=provider,
            credential_ids=[one.id for one in credentials],
            reason=REASON,
            account=self.beto.account(self.now),
            by=self.beto.actor,
            at=self.now,
        )

    @property
    def credentials(self) -> list[Credential]:
        assert self.alicia.provider
        return list(credentials_of(self.alicia.provider))


@pytest.fixture
def town(now: datetime) -> Town:
    town = Town(people.alicia(now), people.beto(now), people.berta(now), now)
    for member in (town.alicia, town.beto, town.berta):
        member.account(now)
    return town


def last_event() -> Event:
    return Event.objects.latest("id")


# Opening


def test_an_opened_request_is_shown_as_such_for_fifteen_minutes(town: Town) -> None:
    request = town.asked()
    town.claim(request, town.beto, town.now)
    request.refresh_from_db()
    assert request.claimed_by == town.beto.account(town.now)
    assert request.is_claimed(at=town.now + timedelta(minutes=14, seconds=59))
    assert not request.is_claimed(at=town.now + timedelta(minutes=15))
    assert (last_event().name, last_event().actor) == ("credentials.request.claimed", town.beto.login)


def test_the_second_is_told_and_the_firsts_claim_stands(town: Town) -> None:
    request = town.asked()
    town.claim(request, town.beto, town.now)
    before = everything()
    with pytest.raises(ClaimedByAnother):
        town.claim(request, town.berta, town.now + timedelta(minutes=3))
    assert everything() == before


def test_a_claim_can_be_renewed_by_its_owner_and_taken_over_when_it_ended(town: Town) -> None:
    request = town.asked()
    for official, minutes in ((town.beto, 0), (town.beto, 10), (town.berta, 25)):
        town.claim(request, official, town.now + timedelta(minutes=minutes))
    request.refresh_from_db()
    assert request.claimed_by == town.berta.account(town.now)


def test_a_claim_hinders_nobody_and_is_gone_after_the_assignment(town: Town) -> None:
    request = town.asked()
    town.claim(request, town.beto, town.now)
    people.assigned(request, town.berta, town.now)
    assert request.claimed_by is None
    with pytest.raises(MoveNotAllowed):
        town.claim(request, town.beto, town.now)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_at_once_one_is_told(town: Town) -> None:
    request = town.asked()
    officials = (town.beto, town.berta)
    assert who_wins(lambda one: town.claim(request, one, town.now), officials, loses_with=ClaimedByAnother) == [
        False,
        True,
    ]
    assert Event.objects.filter(name="credentials.request.claimed").count() == 1


# Returning


def test_the_delegate_is_told_what_to_mend_and_why(town: Town) -> None:
    request = people.returned(town.asked(), town.beto, town.now)
    assert request.state_label == "Token devueltos por primera vez"
    assert (last_event().name, last_event().details["fields"]) == ("credentials.request.returned", ["lead_phone"])
    (letter,) = [letter for letter in letters(town.now) if letter.subject.startswith("Corrija")]
    assert letter.to == ["alicia@hospital.example"]
    for told in (
        "no permiten contactarlo",
        "El teléfono no contesta.",
        "Teléfono del líder técnico",
        town.alicia.login,
    ):
        assert told in letter.body


def test_what_was_returned_cannot_be_assigned_nor_returned_again(town: Town) -> None:
    request = people.returned(town.asked(), town.beto, town.now)
    before = everything()
    for move in (people.returned, people.assigned):
        with pytest.raises(MoveNotAllowed):
            move(request, town.berta, town.now)  # type: ignore[operator]
    assert everything() == before


# Correcting


def test_a_wrong_pair_is_corrected_and_stays_in_the_history(town: Town) -> None:
    request = town.assigned()
    town.correct(request)
    assert last_event().name == "credentials.request.corrected"
    assert town.alicia.provider
    newest = {one.environment.code: one for one in newest_of_each_environment(town.alicia.provider)}
    assert {one.standing for one in newest.values()} == {"vigente"}
    shown = actions.reveal(newest["produccion"], by=town.alicia.actor, at=town.now)
    assert shown == people.pairs(timezone.localdate(town.now), 2)["produccion"]
    (wrong,) = [one for one in town.credentials if one.standing == "revocada"]
    assert (wrong.environment.code, wrong.end_reason) == ("produccion", "Corregida: se copió el de otro")
    assert len(town.credentials) == 4
    assert Notice.objects.get(letter="credentials_corrected").about["environments"] == "Producción"


def test_a_client_id_entered_by_mistake_goes_to_whom_it_belongs(town: Town) -> None:
    wrong = people.pairs(timezone.localdate(town.now), seed=1)["produccion"].client_id
    request = town.assigned()
    town.correct(request)
    carla = people.carla(town.now)
    hers = people.asked(carla, town.now)
    pairs = people.pairs(timezone.localdate(town.now), seed=9)
    pairs["produccion"] = replace(pairs["produccion"], client_id=wrong)
    account = town.beto.account(town.now)
    actions.assign(request_id=hers.id, values=pairs, account=account, by=town.beto.actor, at=town.now)
    assert Credential.objects.get(client__client_id=wrong, standing="vigente").provider == carla.provider
    assert Credential.objects.get(client__client_id=wrong, standing="revocada").provider == town.alicia.provider


def test_the_client_id_may_stay_when_only_the_secret_was_wrong(town: Town) -> None:
    request = town.assigned()
    town.correct(request, seed=1)
    assert Client.objects.count() == 3


def test_a_correction_follows_the_rules_of_an_assignment(town: Town, now: datetime) -> None:
    request = town.assigned()
    carlas = people.assigned(people.asked(people.carla(now), now), town.beto, now, seed=5)
    before = everything()
    with pytest.raises(PairRefused):
        town.correct(request, seed=5)
    assert carlas.credentials.count() == 3
    assert everything() == before


def test_there_is_nothing_to_correct_where_nothing_is_valid(town: Town) -> None:
    request = town.assigned()
    town.revoke([one for one in town.credentials if one.environment.code == "produccion"])
    before = everything()
    for codes in (("produccion",), ("desarrollo", "produccion"), ()):
        with pytest.raises(NothingToCorrect):
            town.correct(request, codes=codes)
    assert everything() == before


def test_a_request_that_waits_is_not_corrected(town: Town) -> None:
    with pytest.raises(MoveNotAllowed):
        town.correct(town.asked())


# Revoking


def test_one_is_revoked_and_the_delegate_told_why(town: Town) -> None:
    town.assigned()
    one, *others = town.credentials
    town.revoke([one])
    one.refresh_from_db()
    assert (one.standing, one.end_reason, one.ended_at) == ("revocada", REASON, town.now)
    assert {other.standing for other in others} == {"vigente"}
    assert (last_event().name, last_event().details) == (
        "credentials.credential.revoked",
        {"credentials": [str(one.id)], "reason": REASON},
    )
    (letter,) = [letter for letter in letters(town.now) if letter.subject.startswith("Llaves de acceso revocadas")]
    assert REASON in letter.body
    assert "90 minutos" in letter.body


def test_what_was_revoked_is_shown_to_nobody(town: Town) -> None:
    town.assigned()
    one = town.credentials[0]
    town.revoke([one])
    before = everything()
    with pytest.raises(NotRevealed):
        actions.reveal(one, by=town.alicia.actor, at=town.now)
    assert everything() == before


def test_all_or_none_and_only_the_providers_own(town: Town, now: datetime) -> None:
    town.assigned()
    carla = people.carla(now)
    people.assigned(people.asked(carla, now), town.beto, now, seed=5)
    assert carla.provider
    mine, theirs = town.credentials, list(credentials_of(carla.provider))
    town.revoke(mine[:1])
    before = everything()
    for wanted in (mine, [*mine[1:], theirs[0]], theirs, [], [Credential(id=uuid4())]):
        with pytest.raises(MoveNotAllowed):
            town.revoke(wanted)
    assert everything() == before


def test_after_a_revocation_the_provider_may_ask_for_others(town: Town) -> None:
    town.assigned()
    town.revoke(town.credentials)
    request = people.assigned(town.asked(Kind.REPLACEMENT), town.beto, town.now, seed=2)
    assert set(request.credentials.values_list("standing", flat=True)) == {"vigente"}


# Ending


def test_what_ended_is_written_down_once(town: Town) -> None:
    town.assigned()
    later = town.now + timedelta(days=310)
    renewed = people.assigned(people.asked(town.alicia, later, Kind.RENEWAL), town.beto, later, seed=2)
    Credential.objects.filter(request=renewed).update(expires_on=timezone.localdate(later))
    much_later = later + timedelta(days=31)
    assert revoking.write_down_what_ended(by=JOB, at=later) == 0
    assert revoking.write_down_what_ended(by=JOB, at=much_later) == 6
    assert revoking.write_down_what_ended(by=JOB, at=much_later) == 0
    assert set(Credential.objects.filter(request=renewed).values_list("standing", flat=True)) == {"vencida"}
    assert set(Credential.objects.exclude(request=renewed).values_list("standing", flat=True)) == {"reemplazada"}
    told = Event.objects.filter(name="credentials.credential.ended")
    assert told.count() == 6
    assert set(told.values_list("provider", flat=True)) == {town.alicia.provider.code}  # type: ignore[union-attr]


def test_an_expired_credential_is_shown_to_nobody_even_before_the_night(town: Town) -> None:
    town.assigned()
    with pytest.raises(NotRevealed):
        actions.reveal(town.credentials[0], by=town.alicia.actor, at=town.now + timedelta(days=366))


# Every action and a trail that cannot be written


def _return(town: Town, request: Request) -> None:
    people.returned(request, town.beto, town.now)


def _correct(town: Town, request: Request) -> None:
    town.correct(people.assigned(request, town.beto, town.now))


def _revoke(town: Town, request: Request) -> None:
    town.revoke(list(people.assigned(request, town.beto, town.now).credentials.all()))


def _end(town: Town, request: Request) -> None:
    people.assigned(request, town.beto, town.now)
    revoking.write_down_what_ended(by=JOB, at=town.now + timedelta(days=400))


def _export(town: Town, _: Request) -> None:
    attending.note_export(form="csv", filters={}, by=town.beto.actor, at=town.now)


ACTIONS: dict[str, Callable[[Town, Request], None]] = {
    "claim": lambda town, request: town.claim(request, town.beto, town.now),
    "return": _return,
    "correct": _correct,
    "revoke": _revoke,
    "end": _end,
    "export": _export,
}
LAST_EVENT = {
    "claim": EventName.REQUEST_CLAIMED,
    "return": EventName.REQUEST_RETURNED,
    "correct": EventName.ASSIGNMENT_CORRECTED,
    "revoke": EventName.CREDENTIALS_REVOKED,
    "end": EventName.CREDENTIALS_ENDED,
    "export": EventName.REQUESTS_EXPORTED,
}


def without(name: EventName, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the trail fail at events of this name."""
    record = trail.record

    def fail(event: EventName, **details: object) -> None:
        if event is name:
            raise RuntimeError(event)
        record(event, **details)  # type: ignore[arg-type]

    monkeypatch.setattr(trail, "record", fail)


@pytest.mark.parametrize("action", ACTIONS)
def test_without_its_event_nothing_is_done(town: Town, action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = town.asked()
    without(LAST_EVENT[action], monkeypatch)
    with pytest.raises(RuntimeError):
        ACTIONS[action](town, request)
    request.refresh_from_db()
    assert not Event.objects.filter(name=LAST_EVENT[action].value).exists()
    assert request.state in {"solicitado", "asignado"}
    assert request.claimed_by is None
    assert not Credential.objects.exclude(standing="vigente").exists()
    assert not Notice.objects.filter(letter__in=["request_returned", "credentials_revoked"]).exists()


@pytest.mark.parametrize("kind", [Kind.RENEWAL, Kind.REPLACEMENT])
@pytest.mark.parametrize("step", range(7))
def test_n22_killed_at_any_step_a_usable_key_remains(
    town: Town, kind: Kind, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six secrets are sealed and the assignment told of: the trail fails at each of these in turn."""
    town.assigned()
    later = town.now + timedelta(days=310)
    request = people.asked(town.alicia, later, kind)
    write, left = trail._event, iter(range(step))  # noqa: SLF001

    def fail(entry: trail.Entry, *, by: Actor, at: datetime) -> Event:
        if next(left, None) is None:
            raise RuntimeError("killed")
        return write(entry, by=by, at=at)

    with monkeypatch.context() as broken:
        broken.setattr(trail, "_event", fail)
        with pytest.raises(RuntimeError):
            people.assigned(request, town.beto, later, seed=2)
    for credential in town.credentials:
        assert actions.reveal(credential, by=town.alicia.actor, at=later).client_secret.startswith("zz1")
    people.assigned(request, town.beto, later, seed=2)
    assert {one.standing for one in newest_of_each_environment(town.alicia.provider)} == {"vigente"}  # type: ignore[arg-type]


def test_n2_what_is_revealed_after_every_move_is_what_was_entered(town: Town) -> None:
    request = town.assigned()
    town.correct(request, seed=3, codes=("desarrollo", "preproduccion"))
    later = town.now + timedelta(days=310)
    people.assigned(people.asked(town.alicia, later, Kind.RENEWAL), town.beto, later, seed=4)
    entered = {
        pair.client_id: pair for seed in (1, 3, 4) for pair in people.pairs(timezone.localdate(town.now), seed).values()
    }
    for credential in Credential.objects.filter(ended_at=None).select_related(
        "client__provider", "client__environment"
    ):
        shown = actions.reveal(credential, by=town.alicia.actor, at=later)
        assert replace(shown, expires_on=entered[shown.client_id].expires_on) == entered[shown.client_id]
