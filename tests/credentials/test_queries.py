"""The pending list: oldest first, whole, narrowed by what is typed, at a constant number of queries."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from llaves.credentials.lifecycle import Kind, State
from llaves.credentials.models import Request
from llaves.credentials.queries import Wanted, awaiting_assignment, count_awaiting
from llaves.providers.models import Organization
from tests import people

pytestmark = pytest.mark.django_db
NAMES = ("CLÍNICA LOS ALISOS", "HOSPITAL LA PEÑA", "UNIDAD MÉDICA SAN JOSÉ", "CENTRO O'HIGGINS & CÍA.")


def waiting(count: int, now: datetime, *, minutes: tuple[int, ...] = (0,)) -> list[Request]:
    """Requests of as many providers; their age goes round the minutes given."""
    account = people.alicia(now).account(now)
    organization = Organization.objects.get(nit=account.organization.nit)
    return [
        Request.objects.create(
            id=UUID(int=1000 - number),
            provider=people.provider(organization, f"19{number:08}", NAMES[number % len(NAMES)], now),
            kind=Kind.FIRST.value,
            state=State.REQUESTED.value,
            requested_at=now - timedelta(minutes=minutes[number % len(minutes)]),
            requested_by=account,
        )
        for number in range(count)
    ]


def all_pages(length: int, text: str = "") -> list[Request]:
    found, page = [], awaiting_assignment(length=length, wanted=Wanted(text))
    found += page.requests
    while page.next:
        page = awaiting_assignment(length=length, wanted=Wanted(text), after=page.next)
        assert page.requests
        found += page.requests
    return found


class Pages(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(count=st.integers(0, 12), length=st.integers(1, 5), minutes=st.tuples(*[st.integers(0, 3)] * 3))
    def test_the_pages_together_are_the_list_oldest_first(
        self, count: int, length: int, minutes: tuple[int, ...]
    ) -> None:
        now = datetime.fromisoformat("2026-11-23T09:00-05:00")
        made = waiting(count, now, minutes=minutes)
        expected = sorted(made, key=lambda request: (request.requested_at, request.id))
        assert all_pages(length) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", 4),
        ("alisos", 4),  # the organization's own name
        ("peña", 1),
        ("PENA hosp", 1),
        ("medica jose", 1),
        ("o'higgins & cía", 1),
        ("1900000002", 1),
        ("890303841", 4),
        ("890.303.841-8", 4),
        ("890303841-8 peña", 1),
        ("nada", 0),
        ("a & | ! : * ( ) ' \\ <->", 4),
        ("'", 4),
        ("\u0000", 4),
        ("🙂", 4),
        ("x" * 5000, 0),
    ],
)
def test_typed_words_narrow_the_list_by_code_nit_and_names(text: str, found: int, now: datetime) -> None:
    waiting(4, now)
    assert len(awaiting_assignment(wanted=Wanted(text)).requests) == found


def test_the_cost_is_one_query_whatever_waits(now: datetime, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    waiting(12, now)
    for length in (1, 12):
        with django_assert_num_queries(1):
            page = awaiting_assignment(length=length)
            assert [request.provider.organization.nit for request in page.requests] == ["890303841"] * length


def test_counting_stops_at_the_most_that_is_asked(now: datetime) -> None:
    waiting(5, now)
    assert count_awaiting() == 5
    assert count_awaiting(most=3) == 4


def test_an_assigned_request_waits_no_more(now: datetime) -> None:
    first, *_ = waiting(2, now)
    account = people.beto(now).account(now)
    Request.objects.filter(id=first.id).update(state="asignado", assigned_at=now, assigned_by=account)
    assert len(awaiting_assignment().requests) == 1
    assert count_awaiting() == 1
