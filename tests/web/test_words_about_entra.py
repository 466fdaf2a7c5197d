"""What pages say of what the portal does by itself in Entra, and of what it cannot."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from llaves.credentials.actions import reveal
from llaves.credentials.generation import Stage
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential, Environment, Generation, Request
from llaves.credentials.queries import credentials_of
from llaves.credentials.revoking import revoke
from tests import people
from tests.generation import as_if_generated
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
    told = Page(at_alicias.get(reverse("delegate:keys"))).text
    assert "hasta 90 minutos más" in told
    assert "Entra puede aceptarlas hasta que se retiren" in told
    assert "no sirven" not in told


def test_whoever_replaces_her_keys_reads_how_long_entra_goes_on_accepting_the_old_ones(
    at_alicias: Client, assigned: Request
) -> None:
    told = Page(at_alicias.get(reverse("delegate:replace"))).text
    assert "las que generó el portal, cuando usted abra las nuevas o a los 30 días" in told
    assert "las registradas a mano, cuando el Ministerio las borre" in told
    assert "dejan de servir" not in told


def test_who_saw_keys_that_are_over_is_not_said_to_have_seen_what_is_good_for_nothing(
    at_alicias: Client, alicia: Member, beto: Member, assigned: Request, now: datetime
) -> None:
    reveal(credentials_of(assigned.provider)[0], by=alicia.actor, at=now)
    people.assigned(people.asked(alicia, now, Kind.REPLACEMENT), beto, now, seed=2)
    told = Page(at_alicias.get(reverse("delegate:looks"))).text
    assert "(terminadas)" in told
    assert "no sirven" not in told


def test_a_delegate_reads_why_pairs_made_by_hand_are_not_rotated_and_of_which_that_is_said(
    at_alicias: Client, assigned: Request, now: datetime
) -> None:
    why = "Entra solo le deja cambiar las aplicaciones que él creó"
    keys = reverse("delegate:keys")
    assert why in Page(at_alicias.get(keys)).text
    as_if_generated(assigned, now, but=("produccion",))
    told = Page(at_alicias.get(keys)).text
    assert "Las llaves de Producción se registraron a mano" in told
    as_if_generated(assigned, now, but=("desarrollo", "preproduccion"))
    assert why not in Page(at_alicias.get(keys)).text


def test_a_renewal_that_the_portal_makes_is_promised_within_minutes_only_while_it_is_on_the_way(
    at_alicias: Client, assigned: Request, alicia: Member, now: datetime, django_assert_max_num_queries: Any
) -> None:
    Environment.objects.update(**ENTRA, renews_by_itself=True)
    people.asked(alicia, now, Kind.REPLACEMENT)
    keys = reverse("delegate:keys")
    with django_assert_max_num_queries(12):
        at_alicias.get(keys)
    assert "El portal ya las está generando: suele tardar unos minutos" in Page(at_alicias.get(keys)).text
    Generation.objects.filter(environment__code="produccion").update(stage=Stage.FAILED.value, fault="quota")
    told = Page(at_alicias.get(keys)).text
    assert "El portal no pudo generarlas solo; un funcionario del Ministerio las atiende." in told
    assert "unos minutos" not in told
    Generation.objects.update(stage=Stage.CANCELLED.value, fault="")
    told = Page(at_alicias.get(keys)).text
    assert "Espere a que le asigne las llaves solicitadas" in told
    assert "unos minutos" not in told
