"""Rows that must not be are refused by the database itself, whatever writes them."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from llaves.credentials.models import Credential, Request
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def assigned(now: datetime) -> Request:
    return people.assigned(people.asked(people.alicia(now), now), people.beto(now), now)


@pytest.fixture
def waiting(assigned: Request, now: datetime) -> Request:
    """Of another provider."""
    return people.asked(people.carla(now), now)


def refused(statement: str, *values: object) -> str:
    """The name of the constraint that refuses a statement."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError) as fault, transaction.atomic():
            cursor.execute(statement, values)
    return str(fault.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'perdido'", "request_is_in_a_known_state"),
        ("kind = 'por gusto'", "request_is_of_a_known_kind"),
        ("state = 'asignado'", "assigned_requests_say_when_and_by_whom"),
        ("assigned_at = now()", "assigned_requests_say_when_and_by_whom"),
        ("state = 'devuelto'", "returned_requests_say_why"),
        ("state = 'devuelto', returned_at = now(), returned_by_id = requested_by_id", "returned_requests_say_why"),
        ("state = 'retirado'", "withdrawn_requests_say_when_and_by_whom"),
        ("withdrawn_at = now()", "withdrawn_requests_say_when_and_by_whom"),
        ("claimed_at = now()", "only_what_waits_is_claimed"),
        ("claimed_by_id = requested_by_id", "only_what_waits_is_claimed"),
    ],
)
def test_a_request_that_contradicts_itself(waiting: Request, change: str, constraint: str) -> None:
    assert refused(f"UPDATE credentials_request SET {change} WHERE id = %s", waiting.id) == constraint  # noqa: S608


def test_an_assigned_request_that_somebody_has_open(assigned: Request) -> None:
    change = "UPDATE credentials_request SET claimed_at = now(), claimed_by_id = requested_by_id WHERE id = %s"
    assert refused(change, assigned.id) == "only_what_waits_is_claimed"


@pytest.mark.parametrize("state", ["solicitado", "devuelto"])
def test_a_second_open_request_of_any_kind(waiting: Request, state: str) -> None:
    Request.objects.filter(id=waiting.id).update(
        state=state,
        returned_at=waiting.requested_at,
        returned_by=waiting.requested_by,
        return_reason=people.ReturnReason.objects.first(),
    )
    waiting.id, waiting.kind = uuid4(), "por reposición"
    with pytest.raises(IntegrityError, match="one_open_request_per_provider"), transaction.atomic():
        waiting.save(force_insert=True)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("standing = 'nueva'", "credential_has_a_known_standing"),
        ("standing = 'reemplazada'", "credentials_end_at_a_moment"),
        ("ended_at = now()", "credentials_end_at_a_moment"),
        ("standing = 'revocada', ended_at = now(), end_reason = 'x'", "revoked_credentials_say_why_and_by_whom"),
        (
            "standing = 'revocada', ended_at = now(), ended_by_id = (SELECT id FROM identity_account LIMIT 1)",
            "revoked_credentials_say_why_and_by_whom",
        ),
        ("overlap_ends_on = expires_on + 1", "overlap_ends_before_expiry"),
        ("client_secret_id = subscription_key_id", "two_secrets_are_two_envelopes"),
        (
            "provider_id = (SELECT id FROM providers_provider WHERE code = '0500100007')",
            "credential_is_where_its_client_is",
        ),
    ],
)
def test_a_credential_that_contradicts_itself(
    assigned: Request, waiting: Request, change: str, constraint: str
) -> None:
    one = assigned.credentials.get(environment__code="desarrollo")
    assert refused(f"UPDATE credentials_credential SET {change} WHERE id = %s", one.id) == constraint  # noqa: S608


def test_two_current_credentials_in_one_environment(assigned: Request) -> None:
    one, other = assigned.credentials.order_by("environment__position")[:2]
    change = "UPDATE credentials_credential SET environment_id = %s, client_id = %s WHERE id = %s"
    assert refused(change, one.environment_id, one.client_id, other.id) == "one_current_credential_per_environment"


def test_what_is_whole_is_taken(assigned: Request, now: datetime) -> None:
    carla = people.carla(now)
    assert people.returned(people.asked(carla, now), people.beto(now), now).state == "devuelto"
    assert Credential.objects.count() == 3
