"""What is answered to nonsense and in distress: Spanish, a right status, nothing of the inside."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse

from llaves.credentials.models import Request
from tests.web.doors import Page, everything

SECRET_WORDS = "clave-que-nadie-debe-ver"


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET_WORDS)


urlpatterns = [path("rota/", broken), path("", include("llaves.config.urls"))]


def test_a_fault_of_the_portal_is_told_without_its_inside(at_alicias: Client, settings: object) -> None:
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]
    at_alicias.raise_request_exception = False
    answer = at_alicias.get("/rota/")
    assert answer.status_code == 500
    assert "El portal tuvo una falla" in Page(answer).text
    assert "no-store" in answer["Cache-Control"]
    assert not re.search(
        rf"{SECRET_WORDS}|Traceback|RuntimeError|django|python", answer.content.decode(), re.IGNORECASE
    )


@pytest.mark.parametrize(
    "address", ["/no-existe/", "/delegado/../../etc/passwd", "/funcionario/generar-llaves/7/", "/%00"]
)
def test_an_unknown_address_is_told_in_spanish(visitor: Client, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 404
    assert "No encontramos esta página" in Page(answer).text
    assert not re.search(r"Traceback|urlpatterns|django|DEBUG", answer.content.decode())


@pytest.mark.parametrize("address", ["/registro/otro/", "/registro/sispro/"])
def test_a_system_that_registers_nobody_here_has_no_user_types(visitor: Client, address: str) -> None:
    assert visitor.get(address).status_code == 404


def test_a_body_that_is_too_long_is_refused_in_spanish(at_betos: Client, waiting: Request) -> None:
    before = everything()
    address = reverse("official:assign", args=[waiting.id])
    answer = at_betos.post(address, {"desarrollo-client_id": "x" * 300_000})
    _is_refused_in_spanish(answer)
    assert everything() == before


def test_a_body_that_is_too_long_is_refused_before_the_login_too() -> None:
    visitor = Client(enforce_csrf_checks=True)
    _is_refused_in_spanish(visitor.post(reverse("login"), {"login": "x" * 300_000}))


def test_too_many_fields_are_refused_in_spanish(visitor: Client) -> None:
    _is_refused_in_spanish(visitor.post(reverse("login"), {f"f{number}": "" for number in range(1200)}))


def test_a_foreign_host_name_is_refused_in_spanish(visitor: Client) -> None:
    _is_refused_in_spanish(visitor.get("/", headers={"host": "evil.example"}))


@pytest.mark.parametrize("key", ["%00", "x" * 3000, "..%2f..", "%ff", "é", "' OR 1=1 --", "😀"])
def test_an_image_code_that_never_was_is_no_fault(visitor: Client, key: str) -> None:
    assert visitor.get(f"/codigo/{key}/").status_code in {404, 410}


@pytest.mark.parametrize("page", ["login", "public:register_delegate", "public:register_other_user"])
@pytest.mark.parametrize(
    "nonsense",
    ["\0", "\ud83d", "😀", "xy" * 5000, "' OR 1=1 --", "\u202e", "<script>"],
    ids=lambda text: ascii(text[:8]),
)
def test_nonsense_in_every_field_is_no_fault(visitor: Client, page: str, nonsense: str) -> None:
    fields = ("login", "password", "proof_of_work", "entity_type", "nit", "document_type", "document_number")
    more = ("image_code_0", "image_code_1", "confidentiality", "next", "username")
    body = {name: nonsense.encode("utf-8", "surrogatepass") for name in (*fields, *more)}
    answer = visitor.post(reverse(page), urlencode(body), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    assert "<script>" not in answer.content.decode()


@pytest.mark.parametrize(
    "payload", ["", "e30=", "bnVsbA==", "W10=", "IiI=", "!!!", "eyJjaGFsbGVuZ2UiOiAxfQ==", "é", "====="]
)
def test_a_proof_of_work_that_cannot_be_read_is_no_fault(visitor: Client, payload: str) -> None:
    answer = visitor.post(reverse("login"), {"login": "x", "password": "y", "proof_of_work": payload})
    assert answer.status_code == 422
    assert Page(answer).error_beside("proof_of_work")


def _is_refused_in_spanish(answer: HttpResponse) -> None:
    assert 400 <= answer.status_code < 500
    page = Page(answer)
    assert dict(page.one("html").attributes)["lang"] == "es-CO"
    assert "Inicio" in page.text or "inicio" in page.text
    assert str(Path.cwd()) not in page.html
