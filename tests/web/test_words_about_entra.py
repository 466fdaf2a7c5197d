"""What pages say of what the portal does by itself in Entra, and of what it cannot."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from llaves.credentials.models import Credential, Environment, Request
from llaves.credentials.revoking import revoke
from tests.people import Member
from tests.web.doors import Page

ENTRA = {"tenant_id": "t", "authority": "https://x", "graph_base": "https://x/v1.0", "is_automatic": True}
BY_ITSELF = "espera a un funcionario"


@pytest.mark.parametrize("page", ["keys", "renew", "replace"])
def test_where_keys_are_renewed_by_the_portal_the_delegate_reads_that_it_takes_minutes(
    at_alicias: Client, assigned: Request, page: str
) -> None:
    Credential.objects.update(expires_on=assigned.requested_at.date())
    address = reverse(f"delegate:{page}")
    assert BY_ITSELF not in Page(at_alicias.get(address)).text
    Environment.objects.exclude(code="produccion").update(**ENTRA, renews_by_itself=True)
    assert BY_ITSELF not in Page(at_alicias.get(address)).text  # one that is entered by hand is waited for
    Environment.objects.update(**ENTRA, renews_by_itself=True)
    assert BY_ITSELF in Page(at_alicias.get(address)).text


def test_a_first_request_always_waits_for_an_official(at_alicias: Client) -> None:
    Environment.objects.update(**ENTRA, renews_by_itself=True)
    assert BY_ITSELF not in Page(at_alicias.get(reverse("delegate:request"))).text


def test_an_official_reads_why_pairs_made_by_hand_are_not_rotated(at_betos: Client, assigned: Request) -> None:
    page = Page(at_betos.get(reverse("official:provider", args=[assigned.provider.code])))
    assert "Entra solo le deja cambiar las aplicaciones que él creó" in page.text


def test_whoever_revokes_and_whose_keys_are_revoked_read_that_tokens_live_on(
    at_betos: Client, at_alicias: Client, beto: Member, assigned: Request, now: datetime
) -> None:
    code = assigned.provider.code
    assert "hasta 90 minutos más" in Page(at_betos.get(reverse("official:revoke", args=[code]))).text
    assert "hasta 90 minutos más" in Page(at_betos.get(reverse("official:removals"))).text
    assert "90 minutos" not in Page(at_alicias.get(reverse("delegate:keys"))).text
    ids = list(Credential.objects.values_list("id", flat=True))
    revoke(
        provider=assigned.provider,
        credential_ids=ids,
        reason="prueba",
        account=beto.account(now),
        by=beto.actor,
        at=now,
    )
    assert "hasta 90 minutos más" in Page(at_alicias.get(reverse("delegate:keys"))).text
