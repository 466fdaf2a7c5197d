"""«Comprobar llaves» and «Probar mi llave»: what Entra answers, in words, beside the pair that it is about."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves import clients, jobs
from llaves.audit.models import Event
from llaves.credentials import revoking
from llaves.credentials.ledger import ledger_of
from llaves.credentials.models import BulkUpload, Credential, Environment, Proof, Request
from llaves.credentials.models import Client as EntraClient
from llaves.notifications.models import Notice
from tests import entra as emulated
from tests import people
from tests.crowd import as_csv, rows_for
from tests.entra import Entra, Tenant
from tests.people import PASSWORD, Member
from tests.web.doors import Page, everything, text_of

if TYPE_CHECKING:
    from pytest_django import Settings

CODES = ("desarrollo", "preproduccion", "produccion")
SECRET_ID = "7c2fd5a0-41c9-4f0e-9a53-0d2f3e4b5a61"


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> None:
    cache.clear()


@pytest.fixture
def tenants(entra: Entra, settings: "Settings") -> Iterator[dict[str, Tenant]]:
    """A tenant of the emulator for each environment, and a portal that knows where they are."""
    settings.ENTRA_CA = entra.ca_file.read_text()
    found = {code: entra.new_tenant() for code in CODES}
    for code, tenant in found.items():
        Environment.objects.filter(code=code).update(authority=entra.url, tenant_id=tenant.id)
    yield found
    clients.verification(entra.url).close()
    clients.verification_at.cache_clear()


@pytest.fixture
def pairs(tenants: dict[str, Tenant]) -> dict[str, emulated.Pair]:
    """A pair made by hand in each tenant."""
    return {code: tenant.seed() for code, tenant in tenants.items()}


def typed(pairs: dict[str, emulated.Pair], **changed: str) -> dict[str, str]:
    """The form with these pairs in it."""
    found: dict[str, str] = {}
    for place, (code, pair) in enumerate(pairs.items()):
        found |= {
            f"{code}-client_id": pair.app_id,
            f"{code}-client_secret": pair.secret,
            f"{code}-expires_on": (timezone.localdate() + timedelta(days=300)).isoformat(),
            f"{code}-subscription_key": f"{place + 1:032x}",
        }
    return found | {name.replace("__", "-"): value for name, value in changed.items()}


def address(request: Request) -> str:
    return reverse("official:assign", args=[request.id])


def answer_beside(page: Page, code: str) -> str:
    return text_of(page.one("div", id=f"proof-{code}"))


def proved(client: Client, asked: Request, values: dict[str, str], which: str = "produccion") -> Page:
    """What the page says after its button; it has saved nothing and shows no secret."""
    before = {table: content for table, content in everything().items() if table != "audit_event"}
    response = client.post(address(asked), {**values, "prove": which})
    assert {table: content for table, content in everything().items() if table != "audit_event"} == before
    assert not [value for name, value in values.items() if "secret" in name and value in response.content.decode()]
    return Page(response)


def test_a_right_pair_is_said_to_work_and_nothing_is_assigned(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]
) -> None:
    page = proved(at_betos, waiting, typed(pairs))
    assert answer_beside(page, "produccion").startswith("Funciona Entra acepta la llave.")
    assert answer_beside(page, "desarrollo") == ""
    waiting.refresh_from_db()
    assert waiting.assigned_at is None
    assert page.value("produccion-client_id") == pairs["produccion"].app_id
    assert page.value("desarrollo-client_id") == pairs["desarrollo"].app_id
    assert "escriba otra vez los secretos" in page.text


def test_two_fields_are_enough_to_be_proved(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]
) -> None:
    pair = pairs["produccion"]
    values = {"produccion-client_id": pair.app_id, "produccion-client_secret": pair.secret}
    page = proved(at_betos, waiting, values)
    assert answer_beside(page, "produccion").startswith("Funciona")
    assert not page.all("div", class_="field--invalid")


def test_each_verdict_says_what_happened_and_what_to_do(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair], tenants: dict[str, Tenant]
) -> None:
    here = tenants["produccion"]
    told = {
        "no es de este ClientID, o ya fue retirado. Copie otra vez el Value": replace(
            pairs["produccion"], secret="zz18Q~not-the-right-one"
        ),
        "ya venció en Entra. Genere otro secreto": here.seed(secrets=[{"start": -99, "end": -9}]),
        "no conoce este ClientID": pairs["desarrollo"],
        "le falta su entidad de servicio": here.seed(principal=False),
        "está desactivada en Entra. Actívela": here.seed(disabled=True),
    }
    for words, pair in told.items():
        page = proved(at_betos, waiting, typed({**pairs, "produccion": pair}))
        assert words in answer_beside(page, "produccion")
        assert page.all("div", class_="notice--error")


def test_all_are_proved_at_once(at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]) -> None:
    pairs["preproduccion"] = replace(pairs["preproduccion"], secret="zz18Q~not-the-right-one")
    page = proved(at_betos, waiting, typed(pairs), "all")
    assert [answer_beside(page, code).split(" Entra")[0] for code in CODES] == ["Funciona", "No funciona", "Funciona"]


def test_all_are_those_of_which_entra_can_be_asked(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]
) -> None:
    Environment.objects.filter(code="desarrollo").update(authority="")
    values = {name: value for name, value in typed(pairs).items() if not name.startswith("desarrollo")}
    page = proved(at_betos, waiting, values, "all")
    assert not page.all("div", class_="field--invalid")
    assert answer_beside(page, "produccion").startswith("Funciona")


def test_n2_a_secret_id_is_said_to_be_one_and_entra_is_not_asked(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair], tenants: dict[str, Tenant]
) -> None:
    values = typed(pairs, produccion__client_secret=SECRET_ID)
    response = at_betos.post(address(waiting), {**values, "prove": "produccion"})
    page = Page(response)
    assert response.status_code == 422
    assert page.error_beside("produccion-client_secret").endswith("Ese es el Secret ID; copie el Value.")
    assert answer_beside(page, "produccion") == "No se comprobó Ese es el Secret ID; copie el Value."
    assert not tenants["produccion"].log()["lines"]


def test_n20_a_pair_of_another_environment_is_refused_when_it_is_saved(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]
) -> None:
    swapped = {**pairs, "desarrollo": pairs["produccion"], "produccion": pairs["desarrollo"]}
    page = Page(at_betos.post(address(waiting), typed(swapped)))
    for code in ("desarrollo", "produccion"):
        assert "no conoce este ClientID" in page.error_beside(f"{code}-client_id")
    assert not Credential.objects.exists()


def test_what_entra_refuses_is_not_assigned_and_the_reason_stands_beside_its_field(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]
) -> None:
    pairs["produccion"] = replace(pairs["produccion"], secret="zz18Q~not-the-right-one")
    response = at_betos.post(address(waiting), typed(pairs))
    page = Page(response)
    assert response.status_code == 422
    assert "Entra no acepta el ClientSecret" in page.error_beside("produccion-client_secret")
    assert not Credential.objects.exists()


def test_right_pairs_are_assigned(at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]) -> None:
    response = at_betos.post(address(waiting), typed(pairs), follow=True)
    assert Credential.objects.count() == 3
    assert "sin comprobar" not in Page(response).text


@pytest.mark.parametrize("prove", [{"prove": "all"}, {}])
def test_what_entra_cannot_say_is_no_fault_of_the_pair_and_hinders_no_assignment(
    at_betos: Client,
    waiting: Request,
    pairs: dict[str, emulated.Pair],
    tenants: dict[str, Tenant],
    prove: dict[str, str],
) -> None:
    for tenant in tenants.values():
        tenant.goes_wrong({"kind": "throttled", "on": "token", "times": 9, "retry_after": 60})
    response = at_betos.post(address(waiting), {**typed(pairs), **prove})
    if not prove:
        assert response.status_code == 302
        assert Credential.objects.count() == 3
        told = Page(at_betos.get(response.url)).text
        assert "sin comprobar en Entra: Desarrollo, Preproducción, Producción. No se pudo consultar a Entra" in told
        return
    page = Page(response)
    assert response.status_code == 200
    for code in CODES:
        assert "No se pudo consultar a Entra. La llave puede estar bien." in answer_beside(page, code)


def test_our_own_wrong_settings_are_said_to_be_ours_and_hinder_nothing(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]
) -> None:
    Environment.objects.filter(code="produccion").update(scope="api://nobody/.default")
    page = proved(at_betos, waiting, typed(pairs))
    assert "No es un error de la llave. Puede guardarla." in answer_beside(page, "produccion")
    saved = at_betos.post(address(waiting), typed(pairs), follow=True)
    assert "sin comprobar en Entra: Producción. Entra no admite el Scope del ambiente." in Page(saved).text


@pytest.fixture
def closed(tenants: dict[str, Tenant]) -> None:
    """An API of production that serves only those who were given a role: a refusal that is in no table of ours."""
    tenants["produccion"].seed(identifier_uris=["api://closed"], requires_assignment=True)
    Environment.objects.filter(code="produccion").update(scope="api://closed/.default")


@pytest.mark.usefixtures("closed")
def test_a_refusal_that_nobody_foresaw_is_named_by_its_number_and_hinders_nothing(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair]
) -> None:
    told = answer_beside(proved(at_betos, waiting, typed(pairs)), "produccion")
    assert told.startswith("Respuesta desconocida Entra respondió algo que el portal no reconoce: AADSTS501051.")
    saved = Page(at_betos.post(address(waiting), typed(pairs), follow=True)).text
    assert Credential.objects.count() == 3
    assert "sin comprobar en Entra: Producción. Entra respondió algo que el portal no reconoce: AADSTS501051." in saved


def test_n14_a_pair_that_the_portal_itself_has_revoked_is_said_to_be_that(
    at_betos: Client, alicia: Member, beto: Member, waiting: Request, pairs: dict[str, emulated.Pair], now: datetime
) -> None:
    at_betos.post(address(waiting), typed(pairs))
    assert alicia.provider
    ids = list(Credential.objects.values_list("id", flat=True))
    who = {"account": beto.account(now), "by": beto.actor, "at": now}
    revoking.revoke(provider=alicia.provider, credential_ids=ids, reason="Se filtraron", **who)
    again = people.asked(alicia, now, people.Kind.REPLACEMENT)
    taken_out = replace(pairs["produccion"], secret="zz18Q~taken-out-of-entra")
    page = proved(at_betos, again, typed({**pairs, "produccion": taken_out}))
    assert f"llaves revocadas desde el {timezone.localtime(now):%d/%m/%Y}" in answer_beside(page, "produccion")


@pytest.fixture
def revoked(
    at_betos: Client, alicia: Member, beto: Member, waiting: Request, pairs: dict[str, emulated.Pair]
) -> Credential:
    """Alicia's key of production, revoked here a moment ago."""
    at_betos.post(address(waiting), typed(pairs))
    assert alicia.provider
    credential, at = Credential.objects.get(environment__code="produccion"), timezone.now()
    who = {"account": beto.account(at), "by": beto.actor, "at": at}
    revoking.revoke(provider=alicia.provider, credential_ids=[credential.id], reason="Se filtraron", **who)
    return credential


def test_n14_a_revoked_key_that_entra_still_accepts_is_not_ticked_off(
    at_betos: Client, revoked: Credential, tenants: dict[str, Tenant], pairs: dict[str, emulated.Pair]
) -> None:
    tick = reverse("official:tick_off", args=[revoked.id])
    page = Page(at_betos.post(tick, follow=True))
    assert "Entra todavía acepta esta llave, que aquí ya terminó. Borre en Entra el secreto" in page.text
    revoked.refresh_from_db()
    assert revoked.removed_at is None
    everything_of_it = reverse("official:provider", args=["1900100001"])
    assert "Entra todavía la acepta" in Page(at_betos.get(everything_of_it)).text

    tenants["produccion"].seed(app_id=pairs["produccion"].app_id)  # with another secret
    assert "Quedó registrado" in Page(at_betos.post(tick, follow=True)).text
    revoked.refresh_from_db()
    assert revoked.removed_at
    assert "Retirada de Entra" in Page(at_betos.get(everything_of_it)).text
    assert not Notice.objects.filter(letter__startswith="credential_fails").exists()


def test_n14_where_entra_cannot_say_the_official_is_believed(
    at_betos: Client, revoked: Credential, tenants: dict[str, Tenant]
) -> None:
    tenants["produccion"].goes_wrong({"kind": "throttled", "on": "token", "times": 9, "retry_after": 60})
    page = Page(at_betos.post(reverse("official:tick_off", args=[revoked.id]), follow=True))
    assert "Quedó registrado, sin comprobar: no se pudo consultar a Entra." in page.text
    revoked.refresh_from_db()
    assert revoked.removed_at


def test_n14_who_ticks_off_too_much_is_asked_to_wait_and_nothing_is_ticked_off_unproved(
    at_betos: Client, revoked: Credential, tenants: dict[str, Tenant], settings: "Settings"
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "prove": "1/5m/user"}
    tick = reverse("official:tick_off", args=[revoked.id])
    assert "Entra todavía acepta" in Page(at_betos.post(tick, follow=True)).text
    asked = len(tenants["produccion"].log()["lines"])
    page = Page(at_betos.post(tick, follow=True))
    assert "esta no se comprobó. Espere unos minutos y márquela otra vez." in page.text
    assert "Quedó registrado" not in page.text
    revoked.refresh_from_db()
    assert revoked.removed_at is None
    assert len(tenants["produccion"].log()["lines"]) == asked
    Environment.objects.update(authority="")  # of which nobody can be asked, nobody is asked too often
    assert "sin comprobar" in Page(at_betos.post(tick, follow=True)).text


def test_who_proves_too_much_is_asked_to_wait_and_entra_is_left_alone(
    at_betos: Client,
    waiting: Request,
    pairs: dict[str, emulated.Pair],
    tenants: dict[str, Tenant],
    settings: "Settings",
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "prove": "1/5m/user"}
    at_betos.post(address(waiting), {**typed(pairs), "prove": "produccion"})
    asked = len(tenants["produccion"].log()["lines"])
    response = at_betos.post(address(waiting), {**typed(pairs), "prove": "produccion"})
    assert response.status_code == 429
    assert "Espere unos minutos" in answer_beside(Page(response), "produccion")
    assert len(tenants["produccion"].log()["lines"]) == asked


def test_what_is_saved_by_who_proved_too_much_is_said_to_be_unproved_and_is_proved_in_the_next_minutes(
    at_betos: Client,
    waiting: Request,
    pairs: dict[str, emulated.Pair],
    tenants: dict[str, Tenant],
    settings: "Settings",
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "prove": "1/5m/user"}
    at_betos.post(address(waiting), {**typed(pairs), "prove": "all"})
    asked = len(tenants["produccion"].log()["lines"])
    pairs["produccion"] = replace(pairs["produccion"], secret="zz18Q~not-the-right-one")
    page = Page(at_betos.post(address(waiting), typed(pairs), follow=True))
    assert "El registro se realizó de manera correcta" in page.text
    assert "sin comprobar en Entra: Desarrollo, Preproducción, Producción. Usted comprobó muchas llaves" in page.text
    assert "El portal le pregunta a Entra en unos minutos" in page.text
    assert len(tenants["produccion"].log()["lines"]) == asked
    assert not Proof.objects.exists()
    Credential.objects.update(assigned_at=timezone.now() - timedelta(minutes=3))
    jobs.prove_due(0)
    said = dict(Credential.objects.values_list("environment__code", "last_proof__finding"))
    assert said == {"desarrollo": "valid", "preproduccion": "valid", "produccion": "wrong_secret"}
    assert Notice.objects.filter(letter="credential_fails_officials", recipient="beto@ministerio.example").exists()


def test_a_try_leaves_its_event_without_the_secret(
    at_betos: Client, beto: Member, waiting: Request, pairs: dict[str, emulated.Pair]
) -> None:
    proved(at_betos, waiting, typed(pairs))
    event = Event.objects.get(name="credentials.pair.tried")
    assert (event.actor, event.provider, event.details["environment"]) == (beto.login, "1900100001", "produccion")
    assert pairs["produccion"].secret not in json.dumps(event.details)


def test_where_entra_cannot_be_asked_nothing_is_offered(at_betos: Client, waiting: Request) -> None:
    page = Page(at_betos.get(address(waiting)))
    assert not page.all("button", name="prove")
    tampered = at_betos.post(address(waiting), {"prove": "produccion", "produccion-client_id": str(uuid4())})
    assert tampered.status_code == 422
    assert not Event.objects.filter(name="credentials.pair.tried").exists()


def test_a_correction_is_proved_like_an_assignment(
    at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair], tenants: dict[str, Tenant]
) -> None:
    at_betos.post(address(waiting), typed(pairs))
    place = reverse("official:correct", args=[waiting.id, "produccion"])
    better = tenants["produccion"].seed()
    values = {**typed({"produccion": better}), "reason": "Estaba mal", "produccion-subscription_key": f"{77:032x}"}
    page = Page(at_betos.post(place, {**values, "prove": "produccion"}))
    assert answer_beside(page, "produccion").startswith("Funciona")
    assert page.value("reason") == "Estaba mal"
    worse = {**values, "produccion-client_secret": "zz18Q~not-the-right-one"}
    assert "no acepta" in Page(at_betos.post(place, worse)).error_beside("produccion-client_secret")
    tenants["produccion"].goes_wrong({"kind": "throttled", "on": "token", "times": 9, "retry_after": 60})
    page = Page(at_betos.post(place, values, follow=True))
    assert "Las llaves quedaron corregidas" in page.text
    assert "sin comprobar en Entra: Producción. No se pudo consultar" in page.text
    assert EntraClient.objects.filter(client_id=better.app_id).exists()


# The delegate


@pytest.fixture
def hers(at_betos: Client, waiting: Request, pairs: dict[str, emulated.Pair], now: datetime) -> Credential:
    """Alicia's key of production, assigned long enough ago."""
    assert at_betos.post(address(waiting), typed(pairs)).status_code == 302
    Credential.objects.update(assigned_at=now - timedelta(minutes=3))
    return Credential.objects.get(environment__code="produccion")


def own(credential: Credential) -> str:
    return reverse("delegate:try_own", args=[credential.id])


def test_a_delegate_proves_her_key_after_her_password_and_sees_no_secret(
    at_alicias: Client, alicia: Member, hers: Credential, pairs: dict[str, emulated.Pair], now: datetime
) -> None:
    assert "No las muestra" in Page(at_alicias.get(own(hers))).text
    assert Page(at_alicias.post(own(hers), {"password": "otra"})).error_beside("password")
    assert not Proof.objects.exists()
    response = at_alicias.post(own(hers), {"password": PASSWORD})
    assert "Entra acepta la llave." in Page(response).text
    assert pairs["produccion"].secret not in response.content.decode()
    proof = Proof.objects.get()
    assert (proof.finding, proof.origin, proof.by) == ("valid", "delegate", alicia.login)
    assert ledger_of(hers.provider, [hers], at=now) == []


def test_her_page_and_the_officials_say_when_it_was_proved_and_what_to_do(
    at_alicias: Client,
    at_betos: Client,
    hers: Credential,
    tenants: dict[str, Tenant],
    pairs: dict[str, emulated.Pair],
) -> None:
    keys, all_of_it = reverse("delegate:keys"), reverse("official:provider", args=["1900100001"])
    assert "Última comprobación: todavía no." in Page(at_alicias.get(keys)).text
    pair = pairs["produccion"]
    tenants["produccion"].seed(app_id=pair.app_id, secrets=[{"secret": pair.secret, "start": -99, "end": -9}])
    at_alicias.post(own(hers), {"password": PASSWORD})
    told = Page(at_alicias.get(keys)).text
    assert "Última comprobación: Vencida en Entra" in told
    assert "Pida la renovación" in told
    page = Page(at_betos.get(all_of_it))
    assert "Comprobó llaves: Producción (Vencida en Entra)" in page.text
    cells = page.all("td", data_label="Última comprobación")
    assert [re.sub(r" \d\d/.*", "", text_of(cell)) for cell in cells] == ["–", "–", "Vencida en Entra"]


@pytest.mark.usefixtures("closed")
def test_a_delegate_is_given_the_number_that_the_ministry_needs(at_alicias: Client, hers: Credential) -> None:
    told = Page(at_alicias.post(own(hers), {"password": PASSWORD})).text
    assert "AADSTS501051. La llave puede estar bien." in told
    assert "informe al Ministerio ese código" in told


def test_n15_a_key_of_this_minute_is_not_yet_and_not_wrong(
    at_alicias: Client, hers: Credential, tenants: dict[str, Tenant]
) -> None:
    Credential.objects.update(assigned_at=timezone.now())
    tenants["produccion"].goes_wrong({"kind": "too early", "on": "token", "times": 1})
    page = Page(at_alicias.post(own(hers), {"password": PASSWORD}))
    assert "Todavía no: la llave es nueva" in page.text
    assert "Espere dos minutos" in page.text


def test_a_delegate_who_proves_too_often_is_asked_to_wait(
    at_alicias: Client, hers: Credential, settings: "Settings"
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "try_own": "1/10m/user"}
    at_alicias.post(own(hers), {"password": PASSWORD})
    response = at_alicias.post(own(hers), {"password": PASSWORD})
    assert response.status_code == 429
    assert "Espere diez minutos" in Page(response).text
    assert Proof.objects.count() == 1


def test_n3_another_delegates_key_is_unknown_and_an_unproved_environment_too(
    at_alicias: Client, at_carlas: Client, hers: Credential
) -> None:
    assert at_carlas.post(own(hers), {"password": PASSWORD}).status_code == 404
    Environment.objects.update(authority="")
    assert at_alicias.post(own(hers), {"password": PASSWORD}).status_code == 404
    assert "Probar mi llave" not in Page(at_alicias.get(reverse("delegate:keys"))).text


# Many at once


def test_what_was_assigned_in_bulk_is_proved_by_itself_and_its_report_says_which_do_not_work(
    at_betos: Client, waiting: Request, tenants: dict[str, Tenant], pairs: dict[str, emulated.Pair], alicia: Member
) -> None:
    table = rows_for(["1900100001"], timezone.localdate())
    for row, pair in zip(table, pairs.values(), strict=True):
        row[3:5] = pair.app_id, pair.secret
    table[2][4] = "zz18Q~not-the-right-one"
    file = io.BytesIO(as_csv(table))
    file.name = "llaves.csv"
    check = at_betos.post(reverse("official:bulk_upload"), {"file": file})["Location"]
    report = at_betos.post(check)["Location"]
    assert "Por comprobar 3" in Page(at_betos.get(report)).text

    moments = {"assigned_at": timezone.now() - timedelta(minutes=3)}
    Credential.objects.update(**moments)
    BulkUpload.objects.update(confirmed_at=moments["assigned_at"])
    jobs.prove_due(0)
    told = Page(at_betos.get(report)).text
    assert "Funcionan 2 No funcionan 1 Por comprobar 0" in told
    assert "Producción: Entra no acepta el ClientSecret" in told
    letters = Notice.objects.filter(letter="credential_fails").values_list("recipient", flat=True)
    assert alicia.person.email in letters
