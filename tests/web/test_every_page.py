"""What holds for every page, whoever reads it."""

import re
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.credentials.models import Credential, Request
from llaves.identity.models import Account, SingleUseLink
from llaves.notifications.links import token_for
from tests import people
from tests.crowd import as_csv, rows_for
from tests.people import PASSWORD, Member
from tests.web.doors import Page, everything, published, text_of, walk

NOW = timezone.now()
INLINE = re.compile(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)
ELSEWHERE = re.compile(r"<(?:script|link|img|iframe|use|form)[^>]+(?:src|href|action)=\"(?:https?:)?//", re.IGNORECASE)


@pytest.fixture
def answers(
    visitor: Client,
    at_alicias: Client,
    at_carlas: Client,
    at_betos: Client,
    assigned: Request,
    alicia: Member,
    now: datetime,
) -> dict[str, HttpResponse]:
    """One answer of every kind that the portal gives as HTML."""
    credential = Credential.objects.filter(request=assigned).first()
    assert credential
    link = SingleUseLink.objects.create(
        account=Account.objects.get(login=alicia.login), sent_to=alicia.person.email, made_at=now
    )
    reveal = reverse("delegate:reveal", kwargs={"credential_id": credential.id})
    return {
        **_visitors(visitor, reverse("public:activate", args=[link.id, token_for(link.id)])),
        "delegate:start": at_alicias.get(reverse("delegate:start")),
        "choose": at_alicias.get(reverse("delegate:choose_provider")),
        "choose, refused": at_alicias.post(reverse("delegate:choose_provider"), {"provider": "x"}),
        "request": at_carlas.get(reverse("delegate:request")),
        "request, refused": at_carlas.post(reverse("delegate:request"), {"x": ""}),
        "keys": at_alicias.get(reverse("delegate:keys")),
        "prove": at_alicias.get(reveal),
        "prove, refused": at_alicias.post(reveal, {"password": "otra"}),
        "revealed": at_alicias.post(reveal, {"password": PASSWORD}),
        "replace": at_alicias.get(reverse("delegate:replace")),
        "replace, refused": at_alicias.post(reverse("delegate:replace"), {"x": ""}),
        "download": at_alicias.get(reverse("delegate:download", args=[credential.id])),
        "download, refused": at_alicias.post(reverse("delegate:download", args=[credential.id]), {"x": ""}),
        "what next": at_alicias.get(reverse("delegate:what_next")),
        "official:start": at_betos.get(reverse("official:start")),
        "pending, none": at_betos.get(reverse("official:pending")),
        "undelivered": at_betos.get(reverse("official:undelivered")),
        "attended": at_betos.get(reverse("official:assign", args=[assigned.id])),
        "assigned": at_betos.get(reverse("official:assigned", args=[assigned.id])),
        **_of_many(at_betos),
        **_officials(at_betos, assigned),
        "calendar": at_alicias.get(reverse("delegate:calendar")),
        "looks": at_alicias.get(reverse("delegate:looks")),
        "expiries": at_betos.get(reverse("official:expiries")),
        "removals, none": at_betos.get(reverse("official:removals")),
        "404 inside": at_betos.get("/no-existe/"),
        **_after_a_new_version(alicia, now),
    }


def _after_a_new_version(alicia: Member, now: datetime) -> dict[str, HttpResponse]:
    """The threshold, for whoever logs in after a text was published."""
    published("confidencialidad", "ACUERDO\nVersión dos")
    client = Client()
    client.force_login(alicia.account(now))
    address = reverse("account:agreement")
    return {"agreement": client.get(address), "agreement, refused": client.post(address, {"x": ""})}


def _of_many(official: Client) -> dict[str, HttpResponse]:
    """«Asignar varias», but for what needs a request that waits."""
    address = reverse("official:bulk_upload")
    table = as_csv(rows_for(["1900100001"], timezone.localdate()))
    return {
        "bulk": official.get(address),
        "bulk, refused": official.post(address),
        "bulk, faults": official.post(address, {"file": SimpleUploadedFile("llaves.csv", table)}),
        "bulk, gone": official.get(reverse("official:bulk_check", args=[UUID(int=7)])),
    }


def _officials(at_betos: Client, assigned: Request) -> dict[str, HttpResponse]:
    provider, revoke = (reverse(f"official:{name}", args=["1900100001"]) for name in ("provider", "revoke"))
    correct = reverse("official:correct", args=[assigned.id, "produccion"])
    asked = people.asked(people.delegate("52999888", "Ana Sol", "899999063", "0500100099", "OTRA", NOW), NOW)
    return {
        "find": at_betos.get(reverse("official:find")),
        "found": at_betos.get(reverse("official:find") + "?q=alisos"),
        "provider": at_betos.get(provider),
        "revoke": at_betos.get(revoke),
        "revoke, refused": at_betos.post(revoke, {"x": ""}),
        "correct": at_betos.get(correct),
        "correct, refused": at_betos.post(correct, {"x": ""}),
        "pending": at_betos.get(reverse("official:pending")),
        "assign": at_betos.get(reverse("official:assign", args=[asked.id])),
        "send back": at_betos.get(reverse("official:send_back", args=[asked.id])),
        "send back, refused": at_betos.post(reverse("official:send_back", args=[asked.id]), {"x": ""}),
    }


def _visitors(visitor: Client, activation: str) -> dict[str, HttpResponse]:
    names = (
        "home",
        "applications",
        "register_delegate",
        "register_other_user",
        "activated",
        "recover",
        "recovery_sent",
    )
    pages = {name: visitor.get(reverse(f"public:{name}")) for name in names}
    return {
        **pages,
        "user_types": visitor.get(reverse("public:user_types", args=["ihce"])),
        "register, refused": visitor.post(reverse("public:register_delegate"), {"x": ""}),
        "activate": visitor.get(activation),
        "activate, refused": visitor.post(activation, {"password": "corta", "repeated": "otra"}),
        "link spent": visitor.get(activation[:-2] + "/"),
        "login": visitor.get(reverse("login")),
        "login, refused": visitor.post(reverse("login"), {"login": "x", "password": "y"}),
        "404": visitor.get("/no-existe/"),
        "csrf": Client(enforce_csrf_checks=True).post(reverse("login"), {"x": ""}),
    }


def test_its_headers_let_nothing_in_from_elsewhere(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'", name
        assert {policy[kind] for kind in ("script-src", "style-src", "img-src", "connect-src", "form-action")} == {
            "'self'"
        }
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", name
        assert "unsafe" not in answer["Content-Security-Policy"], name
        assert answer["X-Frame-Options"] == "DENY", name
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", name


def test_no_cache_keeps_it(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        assert "no-store" in answer["Cache-Control"], name


def test_it_holds_no_inline_script_nor_style_nor_anything_from_elsewhere(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        html = answer.content.decode()
        assert not INLINE.findall(html), name
        assert not ELSEWHERE.findall(html), name


def test_it_is_well_formed_spanish_html_with_one_heading_of_the_first_order(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        page = Page(answer)
        assert dict(page.one("html").attributes)["lang"] == "es-CO", name
        page.one("h1")
        page.one("main")
        assert page.title.endswith("IHCE – Administración de Llaves de acceso"), name


def test_its_ids_are_its_own_and_what_is_named_exists(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        page = Page(answer)
        ids = [dict(element.attributes)["id"] for element in walk(page.root) if "id" in dict(element.attributes)]
        # The three environments on the page of keys show no values, so nothing points to their equal names.
        assert len(ids) == len(set(ids)), (name, sorted(i for i in ids if ids.count(i) > 1))
        assert set(_named(page)) <= set(ids), (name, set(_named(page)) - set(ids))


def test_every_control_has_a_label(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        page = Page(answer)
        labelled = {dict(label.attributes).get("for") for label in page.all("label")}
        inside = {id(inner) for label in page.all("label") for inner in walk(label)}
        for control in (element for tag in ("input", "select", "textarea") for element in page.all(tag)):
            told = dict(control.attributes)
            if told.get("type") != "hidden" and told.get("aria-hidden") != "true":
                assert told.get("id") in labelled or id(control) in inside, (name, told)


def test_a_refused_form_says_so_in_its_title_and_leads_to_each_field(answers: dict[str, HttpResponse]) -> None:
    refused = [name for name in answers if "refused" in name]
    assert len(refused) == 13
    for name in refused:
        page = Page(answers[name])
        assert answers[name].status_code == 422, name
        assert page.title.startswith("Error:"), name
        summary = page.one("div", class_="error-summary")
        assert dict(summary.attributes)["role"] == "alert"
        assert text_of(summary), name


ENGLISH = re.compile(r"\b(?:this|the|field|required|enter|valid|please|error:? \w+ing|password|must|forbidden|found)\b")


def test_nothing_is_said_in_english(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        assert not ENGLISH.findall(Page(answer).text.lower()), name


def test_a_visitor_leaves_no_trace_but_registering(visitor: Client) -> None:
    before = everything()
    for name in ("home", "applications", "register_delegate", "register_other_user", "activated", "recovery_sent"):
        visitor.get(reverse(f"public:{name}"))
    assert everything() == before
    assert settings.SESSION_COOKIE_NAME not in visitor.cookies


def _named(page: Page) -> Iterator[str]:
    for element in walk(page.root):
        told = dict(element.attributes)
        yield from (told.get("aria-describedby") or "").split()
        yield from (told.get("aria-labelledby") or "").split()
        yield from [told["for"]] if "for" in told else []
        href = told.get("href") or ""
        yield from [href[1:]] if href.startswith("#") else []
