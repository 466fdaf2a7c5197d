"""Registering: who may, under which login, and what is left of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from llaves.audit.models import Event
from llaves.identity import actions
from llaves.identity.actions import AlreadyActive, LinkSpent, RegistrationRefused
from llaves.identity.agreements import AgreementKind
from llaves.identity.models import Acceptance, Account, SingleUseLink
from llaves.identity.queries import current_agreement
from llaves.identity.roles import Role
from llaves.notifications.models import Notice
from llaves.providers.models import Delegation, Organization, Person
from tests import people
from tests.people import PASSWORD, VISITOR, Member
from tests.races import who_wins

pytestmark = pytest.mark.django_db


def register(member: Member, now: datetime, role: Role | None = None) -> Account:
    return actions.register(
        role=role or member.role,
        document_type=member.person.document_type,
        document_number=member.person.document_number,
        nit=member.organization.nit,
        accepts=[current_agreement(AgreementKind.CONFIDENTIALITY)],
        by=VISITOR,
        at=now,
    )


def test_a_delegate_gets_his_login_and_a_letter_at_the_registrys_address(now: datetime) -> None:
    account = register(people.alicia(now), now)
    assert account.login == "CC1020304050-890303841"
    assert not account.has_usable_password()
    assert not account.is_active
    assert Notice.objects.get().recipient == "alicia@hospital.example"


def test_an_official_gets_a_login_without_nit(now: datetime) -> None:
    assert register(people.beto(now), now).login == "CC79888777"


def test_it_leaves_its_event_and_what_was_accepted(now: datetime) -> None:
    account = register(people.alicia(now), now)
    event = Event.objects.get()
    assert (event.name, event.nit, event.details["login"]) == (
        "identity.account.registered",
        "890303841",
        account.login,
    )
    accepted = Acceptance.objects.get()
    assert (accepted.agreement.kind, accepted.sha256, accepted.accepted_at) == (
        "confidencialidad",
        accepted.agreement.sha256,
        now,
    )
    assert accepted.address == "127.0.0.1"


def test_without_its_event_nothing_is_registered(now: datetime, broken_trail: None) -> None:
    alicia = people.alicia(now)
    with pytest.raises(RuntimeError):
        register(alicia, now)
    assert not Account.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda: Delegation.objects.all().delete(), "document_number"),
        (lambda: Delegation.objects.update(starts_on="2027-01-01"), "document_number"),
        (lambda: Delegation.objects.update(starts_on="2026-01-01", ends_on="2026-11-22"), "document_number"),
        (lambda: Person.objects.update(document_number="1"), "document_number"),
        (lambda: Organization.objects.update(nit="1"), "nit"),
    ],
)
def test_a_missing_prerequisite_is_named_beside_its_field(
    now: datetime, change: Callable[[], object], field: str
) -> None:
    alicia = people.alicia(now)
    change()
    with pytest.raises(RegistrationRefused) as refused:
        register(alicia, now)
    assert refused.value.field == field
    assert not Account.objects.exists()


def test_the_last_day_of_a_delegation_counts_in_bogota(now: datetime) -> None:
    alicia = people.alicia(now)
    Delegation.objects.update(ends_on=now.date())
    late = now.replace(hour=23, minute=59)
    assert register(alicia, late)
    with pytest.raises(RegistrationRefused):
        register(alicia, late + timedelta(minutes=1))


def test_registering_again_keeps_the_account_and_replaces_the_link(now: datetime) -> None:
    alicia = people.alicia(now)
    first = register(alicia, now)
    again = register(alicia, now + timedelta(hours=1))
    assert first == again
    assert [link.stands(now + timedelta(hours=2)) for link in SingleUseLink.objects.order_by("made_at")] == [
        False,
        True,
    ]


def test_an_active_account_is_not_registered_again(now: datetime) -> None:
    alicia = people.alicia(now)
    alicia.account(now)
    with pytest.raises(RegistrationRefused, match=alicia.login):
        register(alicia, now)
    assert not Notice.objects.exists()


def test_nobody_becomes_an_official_without_the_ministrys_own_delegation(now: datetime) -> None:
    alicia = people.alicia(now)
    people.beto(now)
    with pytest.raises(RegistrationRefused):
        actions.register(
            role=Role.OFFICIAL, document_type="CC", document_number=alicia.person.document_number, by=VISITOR, at=now
        )


def test_an_independent_professional_is_his_own_delegate(now: datetime) -> None:
    person = Person.objects.create(
        document_type="CC", document_number="52333444", name="Irene Paz", email="i@x.example"
    )
    Organization.objects.create(nit="52333444", name="IRENE PAZ", is_natural_person=True)
    account = actions.register(
        role=Role.DELEGATE, document_type="CC", document_number="52333444", nit="52333444", by=VISITOR, at=now
    )
    assert account.login == "CC52333444-52333444"
    assert account.person == person


def test_another_document_with_the_professionals_number_is_not_him(now: datetime) -> None:
    Person.objects.create(document_type="PA", document_number="52333444", name="Otro Paz", email="o@x.example")
    Organization.objects.create(nit="52333444", name="IRENE PAZ", is_natural_person=True)
    with pytest.raises(RegistrationRefused):
        actions.register(
            role=Role.DELEGATE, document_type="PA", document_number="52333444", nit="52333444", by=VISITOR, at=now
        )


def test_the_entity_type_that_was_chosen_is_kept_with_its_tables_version(now: datetime) -> None:
    people.alicia(now)
    fields = {"role": Role.DELEGATE, "document_type": "CC", "document_number": "1020304050", "nit": "890303841"}
    account = actions.register(**fields, entity_type="PSS", by=VISITOR, at=now)  # type: ignore[arg-type]
    assert account.entity_type == "PSS"
    details = Event.objects.get().details
    assert (details["entity_type"], details["entity_types_version"]) == ("PSS", 1)


def test_a_type_that_was_withdrawn_is_refused_beside_its_field(now: datetime) -> None:
    people.alicia(now)
    fields = {"role": Role.DELEGATE, "document_number": "1020304050", "nit": "890303841"}
    for types, field in (
        ({"document_type": "XX"}, "document_type"),
        ({"document_type": "CC", "entity_type": "EPS"}, "entity_type"),
    ):
        with pytest.raises(RegistrationRefused) as refused:
            actions.register(**fields, **types, by=VISITOR, at=now)  # type: ignore[arg-type]
        assert refused.value.field == field
    assert not Account.objects.exists()


@pytest.mark.parametrize("is_activated", [True, False])
def test_a_suspended_user_is_not_registered_again(now: datetime, *, is_activated: bool) -> None:
    alicia = people.alicia(now)
    alicia.account(now)
    Account.objects.update(suspended_at=now, activated_at=now if is_activated else None)
    with pytest.raises(RegistrationRefused, match="suspendido"):
        register(alicia, now)
    assert not Notice.objects.exists()
    assert not Event.objects.exists()


def test_after_a_new_delegation_the_old_user_serves_again(now: datetime) -> None:
    alicia = people.alicia(now)
    alicia.account(now)
    Delegation.objects.update(ends_on=now.date() - timedelta(days=10))
    with pytest.raises(RegistrationRefused, match="su delegación terminó"):
        register(alicia, now)
    Delegation.objects.create(person=alicia.person, organization=alicia.organization, starts_on=now.date())
    with pytest.raises(AlreadyActive, match="recupérela"):
        register(alicia, now)
    assert Account.objects.count() == 1


def test_after_a_new_delegation_whoever_never_activated_gets_a_fresh_link(now: datetime) -> None:
    alicia = people.alicia(now)
    first = register(alicia, now)
    Delegation.objects.update(ends_on=now.date())
    Delegation.objects.create(
        person=alicia.person, organization=alicia.organization, starts_on=now.date() + timedelta(days=5)
    )
    assert register(alicia, now + timedelta(days=6)) == first
    assert SingleUseLink.objects.filter(spent_at__isnull=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [False, True], ids=["for the first time", "again"])
def test_of_several_registrations_at_once_one_account_with_one_live_link_is_left(
    now: datetime, *, is_known: bool
) -> None:
    alicia = people.alicia(now)
    if is_known:
        register(alicia, now)
    assert who_wins(lambda _: register(alicia, now), range(6), loses_with=KeyError) == [True] * 6
    assert Account.objects.count() == 1
    assert SingleUseLink.objects.filter(spent_at__isnull=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_registration_that_meets_an_activation_never_leaves_an_active_account_with_a_live_link(now: datetime) -> None:
    alicia = people.alicia(now)
    link = register(alicia, now).links.get()

    def attempt(what: str) -> None:
        if what == "activate":
            actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=now)
        else:
            register(alicia, now)

    wins = who_wins(attempt, ["activate", "register"], loses_with=(LinkSpent, AlreadyActive))
    is_active = Account.objects.get().is_active
    live = SingleUseLink.objects.filter(spent_at__isnull=True).count()
    assert (wins, is_active, live) in [([False, True], True, 0), ([False, True], False, 1)]
