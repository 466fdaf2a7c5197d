"""Versions of the texts that people accept: published once, never changed, and what is kept of who accepted which."""

from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from django.db import ProgrammingError, connection, transaction

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.identity import consent
from llaves.identity.administration import NothingChanged
from llaves.identity.agreements import AgreementKind
from llaves.identity.models import Acceptance, Account, Agreement
from llaves.identity.queries import agreements_in_force, current_agreement, has_accepted, last_acceptance
from tests import people
from tests.people import VISITOR
from tests.races import who_wins

pytestmark = pytest.mark.django_db

ANA = Actor(kind=ActorKind.OPERATOR, name="ana agreement publish")
KIND = AgreementKind.CONFIDENTIALITY
SECOND = "ACUERDO\nVersión 2. Ñandú.\n"


@pytest.fixture
def account(now: datetime) -> Account:
    return people.alicia(now).account(now)


def publish(now: datetime, content: bytes = SECOND.encode(), kind: AgreementKind = KIND) -> Agreement:
    return consent.publish(kind=kind, content=content, by=ANA, at=now)


def test_the_next_version_is_in_force_with_the_hash_of_its_exact_text(now: datetime) -> None:
    agreement = publish(now)
    assert current_agreement(KIND) == agreement
    assert (agreement.version, agreement.text, agreement.published_at) == (2, SECOND, now)
    assert agreement.sha256 == sha256(SECOND.encode()).hexdigest()
    assert {each.kind: each.version for each in agreements_in_force()} == {
        "confidencialidad": 2,
        "datos-personales": 1,
        "terminos": 1,
    }


def test_publishing_leaves_its_event(now: datetime) -> None:
    agreement = publish(now)
    event = Event.objects.get()
    assert (event.name, event.actor) == ("identity.agreement.published", ANA.name)
    assert event.details == {
        "agreement": "confidencialidad",
        "version": 2,
        "sha256": agreement.sha256,
        "characters": len(SECOND),
    }


def test_without_its_event_nothing_is_published(now: datetime, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        publish(now)
    assert current_agreement(KIND).version == 1


@pytest.mark.parametrize("written", ["\ufeffACUERDO\r\nVersión 2. Ñandú.  \r\n\r\n", "ACUERDO\rVersión\u00a02. Ñandú."])
def test_how_an_editor_ends_its_lines_makes_no_other_text(now: datetime, written: str) -> None:
    assert publish(now, written.encode()).text == SECOND


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vac"),
        (b" \n\t\r\n \xc2\xa0", "vac"),
        (b"\xef\xbb\xbf", "vac"),
        ("Versión 2".encode("utf-16"), "UTF-8"),
        ("Versión 2".encode("latin-1"), "UTF-8"),
        (b"\xff\xd8\xff\xe0", "UTF-8"),
        (b"a\x00b", "no se ven"),
        ("a\u200bb".encode(), "no se ven"),
        ("a\u202eb".encode(), "no se ven"),
        (b"a" * 100_001, "100 kB"),
    ],
)
def test_what_is_no_text_to_accept_is_refused(now: datetime, content: bytes, said: str) -> None:
    with pytest.raises(NothingChanged, match=said):
        publish(now, content)
    assert current_agreement(KIND).version == 1
    assert not Event.objects.exists()


def test_a_hundred_kilobytes_are_accepted(now: datetime) -> None:
    assert publish(now, b"a" * 100_000).version == 2


def test_the_text_in_force_is_not_published_again_but_an_older_one_may_return(now: datetime) -> None:
    first = current_agreement(KIND).text.encode()
    with pytest.raises(NothingChanged, match="igual al de la versión 1"):
        publish(now, b"\n" + first)
    publish(now)
    assert publish(now, first).version == 3


@pytest.mark.django_db(transaction=True)
def test_of_several_who_publish_at_once_one_wins(now: datetime) -> None:
    def attempt(number: int) -> None:
        publish(now, f"Texto del intento {number}".encode())

    wins = who_wins(attempt, range(4), loses_with=NothingChanged)
    assert wins.count(True) >= 1
    versions = list(Agreement.objects.filter(kind=KIND).order_by("version").values_list("version", flat=True))
    assert versions == list(range(1, wins.count(True) + 2))
    assert Event.objects.count() == wins.count(True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity_agreement SET text = 'otro'",
        "UPDATE identity_agreement SET version = 7 WHERE version = 1",
        "DELETE FROM identity_agreement",
        "UPDATE identity_acceptance SET accepted_at = now()",
        "DELETE FROM identity_acceptance",
    ],
)
def test_the_database_refuses_to_change_what_was_published_or_accepted(account: Account, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Acceptance.objects.get().account == account


@pytest.mark.parametrize("statement", ["TRUNCATE identity_agreement CASCADE", "TRUNCATE identity_acceptance"])
def test_nor_to_empty_its_tables(statement: str) -> None:
    with pytest.raises(ProgrammingError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_accepting_a_new_version_keeps_which_text_when_and_from_where(account: Account, now: datetime) -> None:
    agreement = publish(now)
    assert not has_accepted(account, KIND)
    later = now + timedelta(hours=1)
    consent.accept_new_version(account=account, agreement=agreement, by=VISITOR, at=later)
    assert has_accepted(account, KIND)
    kept = last_acceptance(account, KIND)
    assert kept
    assert (kept.agreement, kept.sha256, kept.accepted_at, kept.address) == (
        agreement,
        agreement.sha256,
        later,
        "127.0.0.1",
    )
    event = Event.objects.latest("id")
    assert (event.name, event.nit, event.details) == (
        "identity.agreement.accepted",
        "890303841",
        {"agreement": "confidencialidad", "version": 2, "sha256": agreement.sha256},
    )


def test_without_its_event_nothing_is_accepted(account: Account, now: datetime, request: pytest.FixtureRequest) -> None:
    agreement = publish(now)
    request.getfixturevalue("broken_trail")
    with pytest.raises(RuntimeError):
        consent.accept_new_version(account=account, agreement=agreement, by=VISITOR, at=now)
    assert not has_accepted(account, KIND)


def test_another_text_or_an_older_version_is_not_the_newest(account: Account, now: datetime) -> None:
    publish(now)
    others = [current_agreement(AgreementKind.TERMS), Agreement.objects.get(kind=KIND, version=1)]
    consent.accept(account, others, by=VISITOR, at=now)
    assert not has_accepted(account, KIND)
