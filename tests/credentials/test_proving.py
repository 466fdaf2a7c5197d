"""What Entra says of credentials: kept, told once when it is bad news, and never taken for what it is not."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.credentials import proving, revoking
from llaves.credentials.ledger import ledger_of
from llaves.credentials.models import Credential, EntraApplication, Environment, Proof
from llaves.credentials.proving import LEASE, NotProvable
from llaves.credentials.verdicts import EVERY, FRESH, PAUSE, SILENCE, Finding, Origin
from llaves.integrations.entra.verification import Outcome, Verdict
from llaves.notifications.models import Notice
from llaves.vault.models import SealedSecret
from tests import people
from tests.generation import as_if_generated
from tests.people import Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db
JOB = Actor(kind=ActorKind.SYSTEM, name="jobs.prove_due")
VALID = Outcome(Verdict.VALID)
WRONG = Outcome(Verdict.WRONG_SECRET, "7000215", "trace-1", "correlation-1")
SILENT = Outcome(Verdict.UNKNOWN, is_silence=True)
Round = Callable[[Outcome, datetime], Finding | None]


@pytest.fixture
def production() -> Iterator[Environment]:
    """The one environment in which Entra can be asked."""
    places = Environment.objects.filter(code="produccion")
    places.update(authority="https://login.example", tenant_id="tenant-1", scope="api://ihce/.default")
    yield places.get()
    places.update(authority="", tenant_id="", scope="")  # no test's end empties the catalogue


@pytest.fixture
def held(production: Environment, alicia: Member, beto: Member, now: datetime) -> Credential:
    """Alicia's credential for production, assigned now."""
    return people.assigned(people.asked(alicia, now), beto, now).credentials.get(environment=production)


@pytest.fixture
def later(now: datetime) -> datetime:
    """When nothing is fresh any more."""
    return now + FRESH


@pytest.fixture
def a_round(held: Credential) -> Round:
    """Entra is asked by the clock, if anything is due, and answers this; what is the last thing known then."""

    def ask(outcome: Outcome, at: datetime) -> Finding | None:
        due = proving.open_due(environment=held.environment, by=JOB, at=at)
        if due:
            proving.record_round(outcomes=dict.fromkeys(due, outcome), by=JOB, at=at)
        return told(held)

    return ask


def told(credential: Credential) -> Finding | None:
    last = Credential.objects.get(id=credential.id).last_proof
    return Finding(last.finding) if last else None


def letters() -> list[str]:
    return sorted(Notice.objects.filter(letter__startswith="credential_fails").values_list("letter", flat=True))


def test_what_is_opened_for_entra_is_the_pair_that_was_assigned_and_its_place(
    held: Credential, beto: Member, now: datetime
) -> None:
    pair = people.pairs(now.date())["produccion"]
    question = proving.open_one(credential_id=held.id, by=beto.actor, at=now)
    assert (question.authority, question.tenant_id, question.scope) == (
        "https://login.example",
        "tenant-1",
        "api://ihce/.default",
    )
    assert (question.pair.client_id, question.pair.client_secret) == (str(pair.client_id), pair.client_secret)
    assert pair.client_secret not in repr(question) + repr(question.pair)


def test_opening_for_entra_leaves_an_event_and_is_nobodys_look(held: Credential, alicia: Member, now: datetime) -> None:
    proving.open_one(credential_id=held.id, by=alicia.actor, at=now)
    event = Event.objects.get(name="vault.secrets.used")
    assert (event.actor, event.provider) == (alicia.login, "1900100001")
    assert event.details == {"purpose": "proof", "secrets": [str(held.client_secret_id)]}
    assert ledger_of(held.provider, [held], at=now) == []


def test_nothing_is_opened_without_its_event(held: Credential, now: datetime, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        proving.open_one(credential_id=held.id, by=JOB, at=now)
    with pytest.raises(RuntimeError):
        proving.open_due(environment=held.environment, by=JOB, at=now)


def test_what_is_over_or_nowhere_to_be_asked_is_not_opened(held: Credential, beto: Member, now: datetime) -> None:
    elsewhere = held.request.credentials.get(environment__code="desarrollo")
    account = beto.account(now)
    ids = [held.id]
    revoking.revoke(provider=held.provider, credential_ids=ids, reason="Cerró", account=account, by=beto.actor, at=now)
    for one in (held, elsewhere):
        with pytest.raises(NotProvable):
            proving.open_one(credential_id=one.id, by=JOB, at=now)
    assert not proving.open_due(environment=held.environment, by=JOB, at=now)
    assert not Event.objects.filter(name="vault.secrets.used").exists()


def test_what_is_in_force_is_not_asked_about_as_if_it_were_over(held: Credential, beto: Member, now: datetime) -> None:
    with pytest.raises(NotProvable):
        proving.open_over(credential_id=held.id, by=beto.actor, at=now)


def test_without_its_event_what_is_over_is_not_opened(
    held: Credential, beto: Member, now: datetime, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    account, ids = beto.account(now), [held.id]
    revoking.revoke(provider=held.provider, credential_ids=ids, reason="Cerró", account=account, by=beto.actor, at=now)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError):
        proving.open_over(credential_id=held.id, by=beto.actor, at=now)


def test_one_secret_that_does_not_open_holds_up_no_other(held: Credential, later: datetime) -> None:
    other = people.assigned(
        people.asked(people.carla(later), later), people.berta(later), later, seed=2
    ).credentials.get(environment=held.environment)
    SealedSecret.objects.filter(id=held.client_secret_id).update(envelope="roto")
    assert set(proving.open_due(environment=held.environment, by=JOB, at=later)) == {other.id}


def test_a_verdict_is_kept_with_what_microsoft_asks_for_and_its_event(
    held: Credential, beto: Member, later: datetime
) -> None:
    found = proving.record(credential_id=held.id, outcome=WRONG, origin=Origin.OFFICIAL, by=beto.actor, at=later)
    assert found is Finding.WRONG_SECRET
    proof = Proof.objects.get()
    assert (proof.credential_id, proof.at, proof.by, proof.origin) == (held.id, later, beto.login, "official")
    assert (proof.error_code, proof.trace_id, proof.correlation_id) == ("7000215", "trace-1", "correlation-1")
    event = Event.objects.get(name="credentials.credential.proved")
    assert (event.actor, event.provider) == (beto.login, "1900100001")
    assert event.details == {
        "credential": str(held.id),
        "environment": "produccion",
        "finding": "wrong_secret",
        "code": "7000215",
        "trace": "trace-1",
        "correlation": "correlation-1",
    }


def test_without_its_event_no_verdict_is_kept(held: Credential, later: datetime, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        proving.record(credential_id=held.id, outcome=WRONG, origin=Origin.OFFICIAL, by=JOB, at=later)
    with pytest.raises(RuntimeError):
        proving.record_round(outcomes={held.id: VALID}, by=JOB, at=later)
    assert not Proof.objects.exists()
    assert not letters()
    held.refresh_from_db()
    assert held.prove_at is None


def test_n15_a_fresh_pair_is_valid_after_three_proofs_in_a_row(a_round: Round, now: datetime) -> None:
    assert a_round(VALID, now) is None
    assert a_round(VALID, now + PAUSE / 2) is None  # too soon to be asked
    assert a_round(VALID, now + PAUSE) is None
    assert a_round(VALID, now + 2 * PAUSE) is Finding.VALID


def test_n15_a_refusal_in_between_begins_the_count_anew(a_round: Round, now: datetime) -> None:
    for turn, outcome in enumerate((VALID, VALID, WRONG, VALID, VALID)):
        assert a_round(outcome, now + turn * PAUSE) is None
    assert not letters()
    assert a_round(VALID, now + 5 * PAUSE) is Finding.VALID


@pytest.mark.parametrize("verdict", [Verdict.WRONG_SECRET, Verdict.APP_NOT_FOUND, Verdict.NO_SERVICE_PRINCIPAL])
def test_n15_a_fresh_pair_that_is_refused_is_not_yet_and_after_two_minutes_wrong(
    a_round: Round, held: Credential, now: datetime, later: datetime, verdict: Verdict
) -> None:
    early = proving.record(credential_id=held.id, outcome=Outcome(verdict), origin=Origin.DELEGATE, by=JOB, at=now)
    assert early is Finding.NOT_YET
    assert a_round(Outcome(verdict), now + PAUSE) is None
    assert not letters()
    assert a_round(Outcome(verdict), later) == verdict.value


def test_an_expired_or_disabled_one_is_said_at_once_however_fresh(held: Credential, now: datetime) -> None:
    for verdict in (Verdict.EXPIRED, Verdict.DISABLED):
        found = proving.record(credential_id=held.id, outcome=Outcome(verdict), origin=Origin.ROUND, by=JOB, at=now)
        assert found == verdict.value


def test_somebody_who_asks_three_times_in_a_second_makes_nothing_valid(held: Credential, now: datetime) -> None:
    for _ in range(3):
        found = proving.record(credential_id=held.id, outcome=VALID, origin=Origin.DELEGATE, by=JOB, at=now)
        assert found is Finding.NOT_YET


def test_each_valid_one_is_asked_about_once_a_day(a_round: Round, held: Credential, later: datetime) -> None:
    a_round(VALID, later)
    assert not proving.open_due(environment=held.environment, by=JOB, at=later + EVERY - PAUSE)
    a_round(VALID, later + EVERY)
    proof = Proof.objects.get()
    assert (proof.first_at, proof.at, proof.times) == (later, later + EVERY, 2)


def test_a_round_leaves_one_event_and_one_for_each_of_which_the_answer_is_new(
    a_round: Round, held: Credential, later: datetime
) -> None:
    for turn, outcome in enumerate((VALID, VALID, SILENT, VALID, WRONG, WRONG)):
        held.refresh_from_db()
        a_round(outcome, max(later + turn * EVERY, held.prove_at or later))
    rounds = Event.objects.filter(name="credentials.round.proved").order_by("id")
    assert [event.details["answered"] for event in rounds] == [1, 1, 0, 1, 1, 1]
    changes = Event.objects.filter(name="credentials.credential.proved").order_by("id")
    assert [event.details["finding"] for event in changes] == ["valid", "wrong_secret"]


def test_of_one_that_stops_working_everybody_responsible_is_told_once(
    a_round: Round, beto: Member, later: datetime
) -> None:
    a_round(VALID, later)
    for day in (1, 2, 3):
        a_round(WRONG, later + day * EVERY)
    to = Notice.objects.filter(letter="credential_fails").values_list("recipient", flat=True)
    assert sorted(to) == ["alicia@hospital.example", "lina.torres@hospital.example"]
    to = Notice.objects.filter(letter="credential_fails_officials").values_list("recipient", flat=True)
    assert list(to) == ["beto@ministerio.example"]


def test_officials_are_not_asked_to_copy_again_what_the_portal_itself_has_generated(
    a_round: Round, held: Credential, later: datetime
) -> None:
    a_round(VALID, later)
    as_if_generated(held.request, later)
    a_round(WRONG, later + EVERY)
    (advice,) = Notice.objects.filter(letter="credential_fails_officials").values_list("about__advice", flat=True)
    assert "Copie otra vez" not in advice
    assert "Pida al delegado que solicite la reposición" in advice


def test_of_another_verdict_and_of_a_second_time_they_are_told_again(a_round: Round, later: datetime) -> None:
    answers = (WRONG, Outcome(Verdict.DISABLED, "7000112"), VALID, WRONG)
    for day, outcome in enumerate(answers):
        a_round(outcome, later + day * EVERY)
    assert letters().count("credential_fails_officials") == 3


def test_what_the_portal_itself_suspended_alarms_nobody(a_round: Round, held: Credential, later: datetime) -> None:
    EntraApplication.objects.create(
        id=uuid4(),
        client_id=held.client.client_id,
        provider=held.provider,
        environment=held.environment,
        made_at=later,
        disabled_at=later,
    )
    a_round(VALID, later)
    assert a_round(Outcome(Verdict.DISABLED, "7000112"), later + EVERY) is Finding.DISABLED
    assert not letters()


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.TENANT_NOT_FOUND, Verdict.OUR_CONFIGURATION])
def test_an_answer_that_says_nothing_of_the_pair_overwrites_and_alarms_nothing(
    a_round: Round, held: Credential, later: datetime, verdict: Verdict
) -> None:
    a_round(VALID, later)
    assert a_round(Outcome(verdict), later + EVERY) is Finding.VALID
    proving.record(credential_id=held.id, outcome=Outcome(verdict), origin=Origin.DELEGATE, by=JOB, at=later + EVERY)
    assert told(held) is Finding.VALID
    assert not letters()
    held.refresh_from_db()
    assert held.prove_at == later + EVERY + SILENCE


def test_when_too_many_fail_at_once_entra_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, a_round: Round, held: Credential, later: datetime
) -> None:
    monkeypatch.setattr(proving, "MOST_FAILURES", 1)
    other = people.assigned(
        people.asked(people.carla(later), later), people.berta(later), later - FRESH, seed=2
    ).credentials.get(environment=held.environment)
    for one in (held, other):
        proving.record_round(outcomes={one.id: WRONG}, by=JOB, at=later)
    assert (told(held), told(other)) == (Finding.WRONG_SECRET, None)
    proving.record_round(outcomes={other.id: WRONG}, by=JOB, at=later + timedelta(days=1))
    assert told(other) is Finding.WRONG_SECRET


def test_what_one_round_has_taken_another_leaves_alone_until_it_must_have_died(
    held: Credential, later: datetime
) -> None:
    taken = proving.open_due(environment=held.environment, by=JOB, at=later)
    assert set(taken) == {held.id}
    assert not proving.open_due(environment=held.environment, by=JOB, at=later + LEASE - PAUSE)
    assert set(proving.open_due(environment=held.environment, by=JOB, at=later + LEASE)) == {held.id}


def test_what_was_assigned_just_now_comes_before_what_was_proved(
    a_round: Round, held: Credential, later: datetime
) -> None:
    a_round(VALID, later)
    tomorrow = later + EVERY
    new = people.assigned(
        people.asked(people.carla(later), later), people.berta(later), tomorrow, seed=2
    ).credentials.get(environment=held.environment)
    assert set(proving.open_due(environment=held.environment, most=1, by=JOB, at=tomorrow)) == {new.id}


def test_n14_one_that_was_revoked_while_entra_was_asked_alarms_nobody(
    held: Credential, beto: Member, later: datetime
) -> None:
    proving.open_one(credential_id=held.id, by=JOB, at=later)
    account, ids = beto.account(later), [held.id]
    revoking.revoke(
        provider=held.provider, credential_ids=ids, reason="Cerró", account=account, by=beto.actor, at=later
    )
    proving.record(credential_id=held.id, outcome=WRONG, origin=Origin.ROUND, by=JOB, at=later)
    assert not letters()


def test_a_pair_that_is_nobodys_yet_leaves_its_trace_and_nothing_of_itself(
    held: Credential, beto: Member, now: datetime
) -> None:
    found = proving.note_tried(request=held.request, environment=held.environment, outcome=WRONG, by=beto.actor, at=now)
    assert found is Finding.WRONG_SECRET
    event = Event.objects.get(name="credentials.pair.tried")
    assert (event.actor, event.details["finding"], event.details["code"]) == (beto.login, "wrong_secret", "7000215")
    assert not Proof.objects.exists()


def test_without_its_event_a_try_is_refused(held: Credential, now: datetime, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        proving.note_tried(request=held.request, environment=held.environment, outcome=WRONG, by=JOB, at=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_rounds_at_once_each_takes_what_the_other_has_not(held: Credential, later: datetime) -> None:
    people.assigned(people.asked(people.carla(later), later), people.berta(later), later, seed=2)
    taken: list[set[object]] = []

    def take(_: int) -> None:
        taken.append(set(proving.open_due(environment=held.environment, by=JOB, at=later)))

    who_wins(take, range(4), loses_with=())
    credentials = [one for each in taken for one in each]
    assert len(credentials) == len(set(credentials)) == 2
