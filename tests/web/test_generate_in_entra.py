"""«Generar en Entra» at the official's: of one request, of many, and what happens to it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.credentials.generation import Fault, Stage
from llaves.credentials.models import (
    Environment,
    Generation,
    GenerationRun,
    Reconciliation,
    Request,
    SharedSubscriptionKey,
)
from llaves.providers.models import Provider
from tests.crowd import crowd
from tests.generation import make_automatic, work_off
from tests.people import Member
from tests.web.doors import Page, text_of

if TYPE_CHECKING:
    from tests.entra import Tenant

KEY = "fedcba9876543210fedcba9876543210"
ENTERED_BY_HAND = {
    "produccion-client_id": "0b1f6f0e-7d1c-4c0b-9f43-0f5f4f6a9f01",
    "produccion-client_secret": "abc8Q~secreto-escrito-a-mano-para-produccion",
    "produccion-expires_on": (timezone.localdate() + timezone.timedelta(days=200)).isoformat(),
    "produccion-subscription_key": KEY,
}


@pytest.fixture
def automatic(tenant: "Tenant", now: datetime) -> "Tenant":
    make_automatic(tenant, now)
    return tenant


def page_of(request: Request) -> str:
    return reverse("official:generate", args=[request.id])


def states(client: Client, request: Request) -> list[str]:
    page = Page(client.get(page_of(request)))
    return [text_of(cell) for cell in page.all("td", data_label="Estado")]


def test_an_official_has_the_pairs_of_a_request_generated(
    automatic: "Tenant", at_betos: Client, waiting: Request, now: datetime
) -> None:
    assert page_of(waiting) in at_betos.get(reverse("official:assign", args=[waiting.id])).content.decode()
    assert states(at_betos, waiting) == ["Sin generar"] * 3
    answer = at_betos.post(page_of(waiting), {}, follow=True)
    assert "El portal genera las llaves" in answer.content.decode()
    assert states(at_betos, waiting) == ["En espera"] * 3
    work_off(automatic, timezone.now())
    assert states(at_betos, waiting) == ["Asignada"] * 3
    assert "Token asignados" in at_betos.get(page_of(waiting)).content.decode()


def test_a_subscription_key_that_nobody_has_told_is_asked_for(
    automatic: "Tenant", at_betos: Client, waiting: Request
) -> None:
    SharedSubscriptionKey.objects.filter(environment__code="produccion").delete()
    answer = at_betos.post(page_of(waiting), {"produccion": "corta"})
    assert answer.status_code == 422
    assert "incompleta" in Page(answer).error_beside("produccion")
    assert not Generation.objects.exists()
    answer = at_betos.post(page_of(waiting), {"produccion": KEY}, follow=True)
    assert KEY not in answer.content.decode()
    assert Generation.objects.filter(environment__code="produccion", subscription_key__isnull=False).exists()


def test_what_failed_says_what_to_do_and_can_be_tried_again_or_cancelled(
    automatic: "Tenant", at_betos: Client, waiting: Request, now: datetime
) -> None:
    at_betos.post(page_of(waiting), {})
    failed = Generation.objects.filter(environment__code="produccion")
    failed.update(
        stage=Stage.FAILED.value, fault=Fault.POLICY.value, fault_code="CredentialInvalidLifetime", attempts=2
    )
    page = Page(at_betos.get(page_of(waiting)))
    assert "Una política del directorio no permite secretos" in page.text
    tokens = page.all("input", name="csrfmiddlewaretoken")
    assert len(tokens) == len(page.all("form", method="post")), "a browser's click would be refused"
    address = reverse("official:change_generation", args=[waiting.id, failed.get().id])
    at_betos.post(address, {"que": "reintentar"})
    assert states(at_betos, waiting) == ["En espera"] * 3
    assert "ya no es posible" in at_betos.post(address, {"que": "reintentar"}, follow=True).content.decode()
    at_betos.post(address, {"que": "cancelar"})
    assert states(at_betos, waiting)[2] == "Por deshacer"
    assert at_betos.post(address, {"que": "otra cosa"}).status_code == 404


def test_where_some_environments_are_entered_by_hand_the_form_asks_only_for_those(
    tenant: "Tenant", at_betos: Client, waiting: Request, now: datetime
) -> None:
    make_automatic(tenant, now, but=("produccion",))
    at_betos.post(page_of(waiting), {})
    work_off(tenant, timezone.now(), hours=0.02)
    assert states(at_betos, waiting) == ["Probada", "Probada", "Se registra a mano"]
    address = reverse("official:assign", args=[waiting.id])
    page = Page(at_betos.get(address))
    assert not page.all(name="desarrollo-client_id")
    assert at_betos.post(address, ENTERED_BY_HAND).status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "asignado"
    assert set(Generation.objects.values_list("stage", flat=True)) == {"asignada"}


def test_whose_key_was_taken_away_meanwhile_gets_it_on_the_same_page(
    automatic: "Tenant", at_betos: Client, waiting: Request, now: datetime
) -> None:
    at_betos.post(page_of(waiting), {})
    SharedSubscriptionKey.objects.filter(environment__code="produccion").delete()
    work_off(automatic, timezone.now(), hours=0.02)
    page = Page(at_betos.get(page_of(waiting)))
    assert "Falta la APIM subscription key" in page.text
    assert [one.name for one in page.all(name="produccion")] == ["input"]
    assert not page.all(name="desarrollo")
    at_betos.post(page_of(waiting), {"produccion": KEY})
    work_off(automatic, timezone.now())
    assert states(at_betos, waiting) == ["Asignada"] * 3


def test_what_is_entered_by_hand_beside_a_pair_without_its_key_leads_to_where_that_is_given(
    tenant: "Tenant", at_betos: Client, waiting: Request, now: datetime
) -> None:
    make_automatic(tenant, now, but=("produccion",))
    at_betos.post(page_of(waiting), {})
    work_off(tenant, timezone.now(), hours=0.02)
    SharedSubscriptionKey.objects.filter(environment__code="desarrollo").delete()
    answer = at_betos.post(reverse("official:assign", args=[waiting.id]), ENTERED_BY_HAND, follow=True)
    page = Page(answer)
    assert "Falta una APIM subscription key" in page.text
    at_betos.post(page_of(waiting), {"desarrollo": KEY})
    at_betos.post(reverse("official:assign", args=[waiting.id]), ENTERED_BY_HAND)
    assert states(at_betos, waiting)[:2] == ["Asignada"] * 2


def test_for_a_suspended_provider_the_page_says_so_and_orders_nothing(
    automatic: "Tenant", at_betos: Client, waiting: Request
) -> None:
    Provider.objects.update(is_enabled=False)
    page = Page(at_betos.get(page_of(waiting)))
    assert "El prestador está suspendido" in page.text
    assert not [one for one in page.all("button") if text_of(one) == "Generar en Entra"]
    assert "ya no es posible" in at_betos.post(page_of(waiting), {}, follow=True).content.decode()
    assert "No hay más solicitudes por generar" in at_betos.get(reverse("official:generate_many")).content.decode()
    assert not Generation.objects.exists()


def order_all(client: Client) -> GenerationRun:
    client.post(reverse("official:generate_many"), {"which": "todas", "confirmed": "1"})
    return GenerationRun.objects.get()


def test_many_are_ordered_at_once_and_followed(
    automatic: "Tenant", at_betos: Client, now: datetime, django_assert_max_num_queries: Any
) -> None:
    crowd(20, now)
    run = order_all(at_betos)
    assert Generation.objects.filter(run=run).count() == 60
    address = reverse("official:generation_run", args=[run.id])
    with django_assert_max_num_queries(14):
        page = Page(at_betos.get(address))
    assert "Listas 0 de 60 llaves; en camino 60; fallidas 0." in page.text
    work_off(automatic, timezone.now())
    assert "Listas 60 de 60 llaves" in Page(at_betos.get(address)).text
    assert len(automatic.applications()) == 60


def test_everybody_is_asked_for_twice(automatic: "Tenant", at_betos: Client, now: datetime) -> None:
    crowd(3, now)
    told = Page(at_betos.post(reverse("official:generate_many"), {"which": "todas"}))
    assert "las llaves de 3 solicitudes en Desarrollo, Preproducción, Producción" in told.text
    assert told.value("confirmed") == "1"
    assert not Generation.objects.exists()


def test_where_one_environment_is_entered_by_hand_the_run_ends_and_says_what_is_missing(
    automatic: "Tenant", at_betos: Client, now: datetime
) -> None:
    Environment.objects.filter(code="desarrollo").update(is_automatic=False)
    crowd(2, now)
    run = order_all(at_betos)
    work_off(automatic, timezone.now())
    told = Page(at_betos.get(reverse("official:generation_run", args=[run.id]))).text
    assert "Terminó lo que se genera solo" in told
    assert "Listas 0 de 4 llaves; en camino 0; fallidas 0." in told
    assert "Probadas, en espera de las de otro ambiente: 4." in told
    assert "Falta" not in told


def test_only_some_are_ordered(automatic: "Tenant", at_betos: Client, now: datetime) -> None:
    crowd(3, now)
    chosen = Request.objects.order_by("requested_at")[1]
    answer = at_betos.post(reverse("official:generate_many"), {"which": "elegidas"})
    assert "Marque al menos una" in Page(answer).error_beside("requests")
    at_betos.post(reverse("official:generate_many"), {"which": "elegidas", "requests": [str(chosen.id)]})
    assert set(Generation.objects.values_list("request", flat=True)) == {chosen.id}


def test_a_run_is_paused_resumed_and_cancelled(automatic: "Tenant", at_betos: Client, now: datetime) -> None:
    crowd(2, now)
    run = order_all(at_betos)
    change = reverse("official:change_run", args=[run.id])
    assert "En pausa" in at_betos.post(change, {"que": "pausar"}, follow=True).content.decode()
    work_off(automatic, timezone.now())
    assert automatic.applications() == []
    assert "En pausa" not in at_betos.post(change, {"que": "reanudar"}, follow=True).content.decode()
    page = at_betos.post(change, {"que": "cancelar"}, follow=True).content.decode()
    assert "Cancelada" in page
    assert set(Generation.objects.values_list("stage", flat=True)) == {"deshecha"}
    assert "ya no es posible" in at_betos.post(change, {"que": "cancelar"}, follow=True).content.decode()


PAUSED = "está en pausa. Reanúdela en su página de avance."


def test_what_waits_in_a_paused_run_says_so_and_leads_to_where_it_is_resumed(
    automatic: "Tenant", at_betos: Client, waiting: Request
) -> None:
    run = order_all(at_betos)
    at_betos.post(reverse("official:change_run", args=[run.id]), {"que": "pausar"})
    page = Page(at_betos.get(page_of(waiting)))
    assert page.text.count(PAUSED) == 3
    assert "sigue solo" not in page.text
    assert len(page.all("a", href=reverse("official:generation_run", args=[run.id]))) == 3


def test_trying_again_in_a_paused_run_does_not_promise_that_it_goes_on(
    automatic: "Tenant", at_betos: Client, waiting: Request, now: datetime
) -> None:
    order_all(at_betos)
    failed = Generation.objects.filter(environment__code="produccion")
    failed.update(stage=Stage.FAILED.value, fault=Fault.REFUSED.value, attempts=2)
    GenerationRun.objects.update(paused_at=now)
    address = reverse("official:change_generation", args=[waiting.id, failed.get().id])
    page = Page(at_betos.post(address, {"que": "reintentar"}, follow=True))
    assert PAUSED in text_of(page.one("div", class_="notice--warning"))
    assert "El portal lo intenta de nuevo." not in page.text


def test_a_request_of_the_evening_is_offered_with_its_day_in_bogota(automatic: "Tenant", at_betos: Client) -> None:
    crowd(1, datetime(2026, 11, 21, 3, tzinfo=UTC))  # asked one day before
    assert "19/11/2026" in Page(at_betos.get(reverse("official:generate_many"))).text


def test_without_a_subscription_key_for_everybody_many_are_not_ordered(
    automatic: "Tenant", at_betos: Client, waiting: Request
) -> None:
    SharedSubscriptionKey.objects.filter(environment__code="produccion").delete()
    answer = at_betos.post(reverse("official:generate_many"), {"which": "todas", "confirmed": "1"})
    assert answer.status_code == 422
    assert "no tiene una APIM subscription key" in answer.content.decode()


def test_nothing_is_offered_where_no_environment_is_automatic(at_betos: Client, waiting: Request) -> None:
    assert "Ningún ambiente es automático" in at_betos.get(reverse("official:generate_many")).content.decode()
    assert page_of(waiting) not in at_betos.get(reverse("official:assign", args=[waiting.id])).content.decode()


def test_carla_and_alicia_see_nothing_of_it(
    automatic: "Tenant", at_betos: Client, at_alicias: Client, at_carlas: Client, waiting: Request, beto: Member
) -> None:
    run = order_all(at_betos)
    for client in (at_alicias, at_carlas):
        for address in (page_of(waiting), reverse("official:generation_run", args=[run.id])):
            assert client.get(address).status_code == 404
            assert client.post(address, {}).status_code == 404


def test_the_comparison_with_entra_says_what_does_not_fit_and_what_to_do(at_betos: Client, now: datetime) -> None:
    address = reverse("official:reconciliation")
    assert "Todavía no se ha comparado" in at_betos.get(address).content.decode()
    unknown = {"kind": "unknown", "application": "llaves-0000000000-produccion", "about": ""}
    Reconciliation.objects.create(tenant_id="t-1", at=now, applications=7, in_bin=2, count=1, differences=[unknown])
    page = Page(at_betos.get(address))
    assert "llaves-0000000000-produccion" in page.text
    assert "el portal no la conoce" in page.text
    assert "2 en la papelera" in page.text


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("missing", "pida al delegado que solicite la reposición, o corríjalas a mano en la página del prestador"),
        ("secret missing", "Revóquelas; el delegado debe pedir la reposición."),
        ("expires earlier", "Pida al delegado la reposición antes de esa fecha."),
    ],
)
def test_what_does_not_fit_asks_of_an_official_only_what_he_can_do(
    at_betos: Client, now: datetime, kind: str, advice: str
) -> None:
    found = {"kind": kind, "application": "1900100001 produccion", "about": ""}
    Reconciliation.objects.create(tenant_id="t-1", at=now, applications=7, in_bin=2, count=1, differences=[found])
    told = Page(at_betos.get(reverse("official:reconciliation"))).text
    assert advice in told
    assert "Genere" not in told
    assert "genere" not in told


def test_what_entra_goes_on_refusing_is_shown_with_why_and_what_it_means(
    automatic: "Tenant", at_betos: Client, waiting: Request
) -> None:
    at_betos.post(page_of(waiting), {})
    work_off(automatic, timezone.now())
    automatic.goes_wrong({"kind": "denied", "on": "change-application", "probability": 1})
    Provider.objects.update(is_enabled=False)
    work_off(automatic, timezone.now(), hours=0.001)
    page = Page(at_betos.get(reverse("official:reconciliation")))
    assert "Lo que Entra todavía no ha hecho" in page.text
    assert text_of(page.all("td", data_label="Qué falta")[0]).startswith("Suspenderla: mientras tanto Entra le sigue")
    assert "Entra no se lo permite al portal" in text_of(page.all("td", data_label="Por qué")[0])
    automatic.goes_wrong()
    work_off(automatic, timezone.now() + timezone.timedelta(hours=1))
    assert "todavía no ha hecho" not in Page(at_betos.get(reverse("official:reconciliation"))).text
    told = Page(at_betos.get(reverse("official:provider", args=[waiting.provider.code]))).text
    assert "El portal Suspendió las llaves en Entra: Producción" in told


def test_n19_that_nobody_can_know_the_own_end_is_said_with_what_to_do(at_betos: Client, now: datetime) -> None:
    unknown = {"kind": "own end unknown", "application": "portal", "about": ""}
    Reconciliation.objects.create(tenant_id="t-1", at=now, applications=7, in_bin=2, count=1, differences=[unknown])
    page = Page(at_betos.get(reverse("official:reconciliation")))
    assert "No se puede saber cuándo vence la credencial propia del portal" in page.text
    assert "Pida a soporte" in page.text
