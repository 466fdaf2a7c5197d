"""N21: the pages of «Generar en Entra» ask the database a dozen times at most, whatever they show."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from llaves.credentials import generating
from llaves.credentials.models import Generation, GenerationRun, Reconciliation, Request, SharedSubscriptionKey
from llaves.credentials.queries import EVERYBODY
from tests.crowd import crowd
from tests.entra import Tenant
from tests.generation import make_automatic
from tests.people import Member

MOST = 12


@pytest.fixture
def run(tenant: Tenant, beto: Member, now: datetime) -> GenerationRun:
    make_automatic(tenant, now)
    crowd(40, now)
    return generating.order_many(wanted=EVERYBODY, account=beto.account(now), by=beto.actor, at=now)


@pytest.mark.parametrize("what", ["all in order", "all failed", "keys lacking", "paused"])
def test_n21_no_page_asks_more_often_the_more_it_shows(
    at_betos: Client, run: GenerationRun, now: datetime, what: str, django_assert_max_num_queries: Any
) -> None:
    if what == "all failed":
        Generation.objects.update(stage="fallida", fault="refused")
    if what == "keys lacking":
        Generation.objects.update(stage="fallida", fault="no subscription key")
        SharedSubscriptionKey.objects.all().delete()
    if what == "paused":
        GenerationRun.objects.update(paused_at=now, fault="quota")
    unlike = {"kind": "missing", "application": "a", "about": ""}
    for tenant in ("t-1", "t-2", "t-3"):
        Reconciliation.objects.create(
            tenant_id=tenant, at=now, applications=7, in_bin=2, count=300, differences=[unlike] * 300
        )
    asked = Request.objects.all()[0]
    for name, args in (
        ("generate", [asked.id]),
        ("generate_many", []),
        ("generation_run", [run.id]),
        ("reconciliation", []),
    ):
        with django_assert_max_num_queries(MOST):
            assert at_betos.get(reverse(f"official:{name}", args=args)).status_code == 200


def test_n21_choosing_among_many_asks_no_more_often(
    at_betos: Client, run: GenerationRun, django_assert_max_num_queries: Any
) -> None:
    Generation.objects.all().delete()
    with django_assert_max_num_queries(MOST):
        at_betos.get(reverse("official:generate_many"))
