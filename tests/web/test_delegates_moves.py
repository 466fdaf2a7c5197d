"""Drafts, mending, withdrawing, renewing and replacing, and what is taken home as a file."""

import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.credentials import requesting, revoking
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Credential, Draft, Environment, Request
from llaves.providers.models import Delegation
from llaves.web.delegate import pages
from llaves.web.delegate.files import FORMS, NAMES, as_env
from tests import people
from tests.people import PASSWORD, Member
from tests.web.doors import Page, everything, force, text_of
from tests.web.test_request_keys import GOOD, TEXTS

KEYS, DRAFT = "/delegado/inscripcion-token/llaves/", "/delegado/inscripcion-token/borrador/"


@pytest.fixture
def returned(waiting: Request, beto: Member, now: datetime) -> Request:
    return people.returned(waiting, beto, now)


@pytest.fixture
def expiring(assigned: Request, now: datetime) -> Request:
    Credential.objects.update(expires_on=timezone.localdate(now) + timedelta(days=40))
    return assigned


def links(page: Page) -> set[str]:
    return {dict(link.attributes).get("href", "") or "" for link in page.all("a")}


def revoke(request: Request, beto: Member, now: datetime) -> None:
    revoking.revoke(
        provider=request.provider,
        credential_ids=list(request.credentials.values_list("id", flat=True)),
        reason="Aparecieron en un repositorio público",
        account=beto.account(now),
        by=beto.actor,
        at=now,
    )


# Drafts


def test_what_was_typed_is_there_when_one_comes_back(at_alicias: Client) -> None:
    half = {"software_name": "HISUR", "lead_phone": "300", "terms": "on", "page": "request"}
    assert at_alicias.post(DRAFT, half).url == reverse("delegate:request")
    page = Page(at_alicias.get(reverse("delegate:request")))
    assert (page.value("software_name"), page.value("lead_phone"), page.value("vendor_name")) == ("HISUR", "300", "")
    assert not page.is_checked("terms")
    assert "Borrador guardado el" in page.text


def test_the_script_is_answered_without_a_page(at_alicias: Client) -> None:
    answer = at_alicias.post(DRAFT, {"software_name": "HISUR"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert Draft.objects.get().entered == {"software_name": "HISUR"}


@pytest.mark.parametrize("page", ["https://elsewhere.example/", "//x", "start", "official:start", ""])
def test_a_draft_leads_back_to_no_other_place(at_alicias: Client, page: str) -> None:
    assert at_alicias.post(DRAFT, {"page": page}).url == reverse("delegate:token")


def test_a_colleague_does_not_see_the_draft(at_alicias: Client, alicia: Member, now: datetime) -> None:
    at_alicias.post(DRAFT, {"software_name": "HISUR"})
    ana = people.delegate("52111333", "Ana Sol", "899999063", "1900100077", "OTRA", now)
    Delegation.objects.create(person=ana.person, organization=alicia.organization, starts_on=now.date())
    colleague = Member(ana.person, alicia.organization, alicia.provider, alicia.role)
    assert "HISUR" not in Page(force(colleague, now).get(reverse("delegate:request"))).html


# Mending and withdrawing


def test_the_officials_reason_stands_beside_the_field(at_alicias: Client, returned: Request) -> None:
    assert reverse("delegate:mend") in links(Page(at_alicias.get(KEYS)))
    page = Page(at_alicias.get(reverse("delegate:mend")))
    assert page.value("lead_phone") == returned.lead_phone
    hints = [text_of(hint) for hint in page.all(class_="field__hint")]
    assert any(hint.startswith("Corrija este dato: Los datos del líder técnico") for hint in hints)
    assert "El teléfono no contesta." in page.text


def test_what_was_mended_waits_again(at_alicias: Client, returned: Request) -> None:
    answer = at_alicias.post(reverse("delegate:mend"), {**GOOD, "lead_phone": "3109876543"})
    assert answer.url == KEYS
    returned.refresh_from_db()
    assert (returned.state, returned.lead_phone) == ("solicitado", "3109876543")
    before = everything()
    assert at_alicias.post(reverse("delegate:mend"), GOOD).url == KEYS
    assert everything() == before


def test_a_fault_in_what_was_mended_is_told_beside_its_field(at_alicias: Client, returned: Request) -> None:
    before = everything()
    answer = at_alicias.post(reverse("delegate:mend"), {**GOOD, "lead_phone": "12", "terms": ""})
    assert answer.status_code == 422
    assert "diez dígitos" in Page(answer).error_beside("lead_phone")
    assert Page(answer).error_beside("terms")
    assert everything() == before


def test_withdrawing_is_asked_about_first(at_alicias: Client, waiting: Request) -> None:
    address = reverse("delegate:withdraw")
    assert address in links(Page(at_alicias.get(KEYS)))
    before = everything()
    assert "El Ministerio ya no la atenderá" in Page(at_alicias.get(address)).text
    assert everything() == before
    page = Page(at_alicias.post(address, follow=True))
    assert "Token retirados por primera vez" in page.text
    assert reverse("delegate:request") in links(page)


def test_what_was_assigned_meanwhile_cannot_be_withdrawn(
    at_alicias: Client, waiting: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Request.objects.select_related("requested_by__person").get()
    Request.objects.update(state="asignado", assigned_at=found.requested_at, assigned_by=found.requested_by)
    monkeypatch.setattr(pages, "open_request_of", lambda _: found)
    assert "ya no se puede retirar" in Page(at_alicias.post(reverse("delegate:withdraw"), follow=True)).text


# Renewing and replacing


def test_renewing_is_offered_when_the_keys_are_about_to_expire(at_alicias: Client, expiring: Request) -> None:
    page = Page(at_alicias.get(KEYS))
    assert {reverse("delegate:renew"), reverse("delegate:replace")} <= links(page)
    assert page.text.count("Por vencer") == 3
    assert "Vencen en 40 días" in page.text
    assert "Sus llaves vencen el" in Page(at_alicias.get(reverse("delegate:start"))).text


def test_renewing_is_not_offered_before(at_alicias: Client, assigned: Request) -> None:
    page = Page(at_alicias.get(KEYS))
    assert reverse("delegate:renew") not in links(page)
    assert reverse("delegate:replace") in links(page)
    before = everything()
    assert at_alicias.post(reverse("delegate:renew"), GOOD).url == KEYS
    assert everything() == before


@pytest.mark.parametrize(("name", "kind"), [("renew", "por renovación"), ("replace", "por reposición")])
def test_another_request_begins_with_what_was_said_last(
    at_alicias: Client, expiring: Request, name: str, kind: str
) -> None:
    page = Page(at_alicias.get(reverse(f"delegate:{name}")))
    assert {field: page.value(field) for field in TEXTS} == {field: getattr(expiring, field) for field in TEXTS}
    at_alicias.post(reverse(f"delegate:{name}"), GOOD)
    assert f"Token solicitados {kind}" in Page(at_alicias.get(KEYS)).text


def test_after_a_replacement_was_asked_for_the_old_keys_are_shown_as_marked(
    at_alicias: Client, assigned: Request
) -> None:
    at_alicias.post(reverse("delegate:replace"), GOOD)
    page = Page(at_alicias.get(KEYS))
    assert page.text.count("Por retirar") == 3
    assert "Marcadas por posible exposición" in page.text
    assert reverse("delegate:replace") not in links(page)


def test_during_the_overlap_both_can_be_shown(
    at_alicias: Client, expiring: Request, alicia: Member, beto: Member, now: datetime
) -> None:
    people.assigned(people.asked(alicia, now, Kind.RENEWAL), beto, now, seed=2)
    page = Page(at_alicias.get(KEYS))
    assert page.text.count("Llaves anteriores: sirven hasta el") == 3
    assert len(page.all("section", class_="environment")) == 6


# What is good for nothing any more


def test_what_was_revoked_is_history_and_opens_no_more(
    at_alicias: Client, assigned: Request, beto: Member, now: datetime
) -> None:
    revoke(assigned, beto, now)
    page = Page(at_alicias.get(KEYS))
    assert page.text.count("Aparecieron en un repositorio público") == 3
    assert not page.all("section", class_="environment")
    before = everything()
    for credential in Credential.objects.all():
        for name in ("reveal", "download"):
            address = reverse(f"delegate:{name}", args=[credential.id])
            assert at_alicias.get(address).status_code == 404
            assert at_alicias.post(address, {"password": PASSWORD, "form": "json"}).status_code == 404
    assert everything() == before


def test_n1_in_every_state_but_assigned_no_page_has_a_byte_of_a_secret(
    at_alicias: Client, at_betos: Client, assigned: Request, alicia: Member, beto: Member, now: datetime
) -> None:
    """Also those of a renewal that is asked for, returned, mended and withdrawn while the old keys are in force."""
    told = people.pairs(timezone.localdate(now)).values()
    request = people.asked(alicia, now, Kind.REPLACEMENT)

    def look() -> None:
        pages = [reverse(f"delegate:{name}") for name in ("start", "keys", "request", "replace", "mend", "withdraw")]
        bodies = [at_alicias.get(page).content.decode() for page in pages]
        bodies += [at_betos.get(reverse("official:assign", args=[request.id])).content.decode()]
        assert not [
            pair for pair in told for body in bodies if pair.client_secret[:10] in body or pair.subscription_key in body
        ]

    look()
    people.returned(request, beto, now)
    look()
    requesting.withdraw(request_id=request.id, account=alicia.account(now), by=alicia.actor, at=now)
    look()


def test_n6_when_the_delegation_ends_a_pending_proof_opens_nothing(
    at_alicias: Client, assigned: Request, now: datetime
) -> None:
    credential = Credential.objects.first()
    assert credential
    address = reverse("delegate:download", args=[credential.id])
    assert at_alicias.get(address).status_code == 200
    Delegation.objects.update(ends_on=timezone.localdate(now) - timedelta(days=1))
    answer = at_alicias.post(address, {"password": PASSWORD, "form": "env"})
    assert (answer.status_code, "Content-Disposition" in answer) == (302, False)
    assert not Event.objects.filter(name="vault.secret.opened").exists()


# Files


def take(client: Client, form: str, code: str = "produccion", **fields: str) -> Any:
    credential = Credential.objects.get(environment__code=code)
    address = reverse("delegate:download", args=[credential.id])
    return client.post(address, {"password": PASSWORD, "form": form, **fields})


@pytest.mark.parametrize("form", FORMS)
def test_a_file_needs_the_proof_leaves_the_events_and_is_kept_nowhere(
    at_alicias: Client, alicia: Member, assigned: Request, form: str
) -> None:
    refused = take(at_alicias, form, password="otra")
    assert refused.status_code == 422
    assert not Event.objects.filter(name="vault.secret.opened").exists()
    answer = take(at_alicias, form)
    assert answer["Cache-Control"] == "no-store"
    name = f"ihce-1900100001-produccion{FORMS[form].ending}"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    opened = Event.objects.filter(name="vault.secret.opened", actor=alicia.login)
    assert {event.details["content"] for event in opened} == {"client_secret", "subscription_key"}


def test_without_a_format_nothing_is_opened(at_alicias: Client, assigned: Request) -> None:
    for form in ("", "xlsx", "../env"):
        answer = take(at_alicias, form)
        assert answer.status_code == 422
        assert Page(answer).error_beside("form")
    assert not Event.objects.filter(name="vault.secret.opened").exists()


def test_every_file_holds_the_seven_values(at_alicias: Client, assigned: Request, now: datetime) -> None:
    Environment.objects.update(endpoint="https://e.example/ihce", tenant_id="t-1", scope="api://s/.default")
    pair = people.pairs(timezone.localdate(now))["produccion"]
    expected = {
        "IHCE_PRESTADOR": "1900100001",
        "IHCE_AMBIENTE": "produccion",
        "IHCE_CLIENT_ID": str(pair.client_id),
        "IHCE_CLIENT_SECRET": pair.client_secret,
        "IHCE_EXPIRATION_DATE": pair.expires_on.isoformat(),
        "IHCE_ENDPOINT": "https://e.example/ihce",
        "IHCE_TENANT_ID": "t-1",
        "IHCE_SCOPE": "api://s/.default",
        "IHCE_SUBSCRIPTION_KEY": pair.subscription_key,
    }
    assert json.loads(take(at_alicias, "json").content) == expected
    postman = json.loads(take(at_alicias, "postman").content)
    assert {one["key"]: one["value"] for one in postman["values"]} == expected
    assert {one["key"] for one in postman["values"] if one["type"] == "secret"} == {
        "IHCE_CLIENT_SECRET",
        "IHCE_SUBSCRIPTION_KEY",
    }
    lines = dict(line.split("=", 1) for line in take(at_alicias, "env").content.decode().splitlines())
    assert lines == {key: f"'{value}'" for key, value in expected.items()}


def test_a_shell_reads_back_whatever_was_written(tmp_path: Path) -> None:
    nasty = """a'b"c$(touch /tmp/x)`id`\\n\\\\ #;&|<>!*?~ é\nend='"""
    values = dict.fromkeys(NAMES, nasty)
    (tmp_path / "it.env").write_text(as_env(values), encoding="utf-8")
    script = 'set -a; . ./it.env; printf "%s" "$IHCE_CLIENT_SECRET"'
    for shell in ("sh", "bash"):
        read = subprocess.run([shell, "-c", script], cwd=tmp_path, capture_output=True, check=True)
        assert read.stdout.decode() == nasty


@pytest.mark.parametrize("form", ["json", "postman"])
def test_json_reads_back_whatever_was_written(form: str) -> None:
    nasty = 'a"b\\c</script>\n\u2028é'
    read = json.loads(FORMS[form].write(dict.fromkeys(NAMES, nasty)))
    values = read.values() if form == "json" else [one["value"] for one in read["values"]]
    assert set(values) == {nasty}


def test_n21_the_page_of_keys_costs_the_same_with_a_long_history(
    at_alicias: Client, assigned: Request, alicia: Member, beto: Member, now: datetime
) -> None:
    with CaptureQueriesContext(connection) as few:
        at_alicias.get(KEYS)
    for seed in range(2, 6):
        people.assigned(people.asked(alicia, now, Kind.REPLACEMENT), beto, now, seed=seed)
    with CaptureQueriesContext(connection) as many:
        at_alicias.get(KEYS)
    assert len(few) == len(many) <= 12


def test_the_errors_of_entra_are_explained(at_alicias: Client) -> None:
    page = Page(at_alicias.get(reverse("delegate:what_next")))
    for code in ("AADSTS7000215", "AADSTS7000222", "AADSTS700016", "AADSTS90002"):
        assert code in page.text
    assert "client_credentials" in page.html
