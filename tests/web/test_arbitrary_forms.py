"""Whatever is sent to whatever address by whomever: never a fault of the portal, never a half-written row."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest
from captcha.models import CaptchaStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from llaves.audit.models import Event
from tests import people
from tests.people import PASSWORD, Member
from tests.web.doors import box, everything
from tests.web.test_who_may_pass import GET, GOOD_VALUES, PEOPLE, REFUSED_POST, Town, town

__all__ = ["town"]

URLENCODED = "application/x-www-form-urlencoded"
FORMS = sorted(REFUSED_POST)
MAY_CHANGE = {"audit_event"}
"""What a refusal may leave: its event. Sessions, image codes and throttles are not counted by `everything`."""
REFUSALS = {"identity.session.refused", "identity.proof.refused"}

arbitrarily = settings(
    max_examples=80,
    deadline=None,
    database=None,
    # Each example ends in a rollback, so it finds the fixtures as they were; pages that hash passwords are slow.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

NASTY = [
    *(
        "",
        "\0",
        "a\0b",
        "\ufffd",
        "\u202e",
        "\u200f",
        "\ufeff",
        "😀",
        "ﷺ",
        "\x1b[2J",
        "\r\n",
        "\x85",
        "\u2028",
        "%00",
        "%",
    ),
    *(
        "' OR 1=1 --",
        "<script>",
        "{{ 7*7 }}",
        "${x}",
        "../../etc/passwd",
        "//[x",
        "http://[",
        "//evil.example",
        "\\\\x",
    ),
    *("9" * 400, "-1", "1e999", "NaN", "Infinity", "٣", "0" * 5000, "1" + "0" * 4400),
    *("0000-00-00", "0001-01-01", "9999-12-31", "31/02/2027", "2027-06-01T00:00", "10000-01-01", "-2027-06-01"),
    *("x" * 100_000, "😀" * 20_000, "\u0301" * 20_000, "-" * 100_000, "[" * 100_000, '{"a":' * 20_000),
    *("W" * 100_000 + "==", "bnVsbA==", "eyJzYWx0IjoxfQ==", "===="),
    *(str(UUID(int=7)), "CC1020304050-890303841", "CC79888777", "890303841", "1020304050", "CC", "on", PASSWORD),
]
texts = st.sampled_from(NASTY) | st.text(max_size=30) | st.text("0123456789-/.@ abcXYZ", max_size=20)
# Bytes are what a form really sends: also those that no UTF-8 text has, and halves of a surrogate pair.
raw = texts.map(str.encode) | st.binary(max_size=30) | st.just("\ud83d".encode("utf-8", "surrogatepass"))

KNOWN = [
    *("login", "password", "repeated", "confidentiality", "proof_of_work", "image_code_0", "image_code_1", "remember"),
    *("entity_type", "nit", "document_type", "document_number", "next", "username", "csrfmiddlewaretoken"),
    *("provider", "q", "desde", "tras", "_method", "id", "account", "code"),
    *(name for values in GOOD_VALUES.values() for name in values),
]
names = st.sampled_from(KNOWN) | st.text(max_size=12)
pairs = st.lists(st.tuples(names.map(lambda name: name.encode("utf-8", "replace")), raw), max_size=8)
queries = st.lists(st.tuples(names, texts.filter(lambda text: len(text) < 6000)), max_size=5)


@pytest.fixture(autouse=True)
def _unthrottled(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def here(town: Callable[..., Town], beto: Member, now: datetime) -> Town:
    """Everybody; and somebody whose request waits, so that the official's form is open."""
    dora = people.delegate("63444555", "Dora Pinto Sol", "892000401", "5000100003", "CLÍNICA EL SAMÁN", now)
    built = town()
    built.arguments["official:assign"] = {"request_id": people.asked(dora, now).id}
    for client in built.clients.values():
        client.raise_request_exception = False
    return built


@contextmanager
def unharmed() -> Iterator[list[HttpResponse]]:
    """Collects the answers to one example, looks at them, and takes back what was written."""
    answers: list[HttpResponse] = []
    with transaction.atomic():
        before, last = everything(), _last_event()
        yield answers
        for answer in answers:
            assert answer.status_code < 500, getattr(answer, "exc_info", None)
        changed = {table for table, rows in everything().items() if rows != before[table]}
        left = set(Event.objects.filter(id__gt=last).values_list("name", flat=True))
        if any(map(_succeeded, answers)):
            assert not changed or left, "a change that leaves no event"
        else:
            assert changed <= MAY_CHANGE
            assert left <= REFUSALS
        transaction.set_rollback(True)


def _last_event() -> int:
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _succeeded(answer: HttpResponse) -> bool:
    """Led on by a form, or keys shown; sent to the login is no success."""
    if answer.status_code == 302:
        return not answer["Location"].startswith(reverse("login"))
    return answer.status_code == 200


everyone = st.sampled_from(PEOPLE)


def good_for(page: str, here: Town) -> dict[str, str]:
    """Values with which the page's form might succeed, challenge and all."""
    key = CaptchaStore.generate_key()
    return {
        "image_code_0": key,
        "image_code_1": CaptchaStore.objects.get(hashkey=key).challenge,
        "entity_type": "PSS",
        "nit": "890303841",
        "document_type": "CC",
        "document_number": "1020304050",
        "confidentiality": box("confidencialidad"),
        "login": "CC1020304050-890303841",
        "password": PASSWORD,
        "repeated": PASSWORD,
        **GOOD_VALUES.get(page, {}),
    }


@arbitrarily
@given(page=st.sampled_from(FORMS), who=everyone, fields=pairs, query=queries)
def test_arbitrary_fields(here: Town, page: str, who: str, fields: list[tuple[bytes, bytes]], query: Any) -> None:
    address = f"{here.address(page)}?{urlencode(query, errors='surrogatepass')}"[:20_000]
    with unharmed() as answers:
        answers.append(here.clients[who].post(address, urlencode(fields), content_type=URLENCODED))


@arbitrarily
@given(page=st.sampled_from(FORMS), who=everyone, data=st.data())
def test_a_good_form_with_some_fields_spoilt(here: Town, page: str, who: str, data: st.DataObject) -> None:
    with unharmed() as answers:
        fields = {name: value.encode() for name, value in good_for(page, here).items()}
        own = sorted(GOOD_VALUES.get(page, fields))
        for name in data.draw(st.lists(st.sampled_from(own), max_size=2, unique=True), label="spoilt"):
            fields[name] = data.draw(raw)
        more = data.draw(st.lists(st.tuples(st.sampled_from(own).map(str.encode), raw), max_size=1), label="repeated")
        body = urlencode([*more, *((name.encode(), value) for name, value in fields.items())])
        answers.append(here.clients[who].post(here.address(page), body, content_type=URLENCODED))


@arbitrarily
@given(page=st.sampled_from(FORMS), who=everyone, data=st.data())
def test_files_instead_of_texts(here: Town, page: str, who: str, data: st.DataObject) -> None:
    with unharmed() as answers:
        good: dict[str, Any] = good_for(page, here)
        for name in data.draw(st.lists(st.sampled_from(sorted(good)), max_size=3)):
            file = SimpleUploadedFile(data.draw(st.sampled_from(["a.txt", "../x", "a\0b", "ñ" * 300])), b"\0\xff" * 50)
            good[name] = data.draw(st.sampled_from([file, [file, "x"], ["x", file, file]]))
        answers.append(here.clients[who].post(here.address(page), good))


TYPES = [
    *(URLENCODED, MULTIPART_CONTENT, "multipart/form-data", "multipart/mixed; boundary=x", "application/json"),
    *("text/plain", "", "multipart/form-data; boundary=" + "x" * 500, "multipart/form-data; boundary=\u00e9", ";;;=,/"),
]


@arbitrarily
@given(page=st.sampled_from(FORMS), who=everyone, data=st.data())
def test_broken_bodies_of_any_type(here: Town, page: str, who: str, data: st.DataObject) -> None:
    with unharmed() as answers:
        good = good_for(page, here)
        whole = data.draw(st.sampled_from([encode_multipart(BOUNDARY, good), urlencode(good).encode()]))
        cut, at = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, len(whole)))
        inserted = data.draw(
            st.binary(max_size=12) | st.sampled_from([b"\r\n--", b"\0", b"Content-Transfer-Encoding: base64"])
        )
        broken = whole[:at] + inserted + whole[at:cut]
        body = data.draw(st.sampled_from([whole, broken, json.dumps(good).encode(), b"[" * 50_000, b"a&" * 900, b""]))
        kind = data.draw(st.sampled_from(TYPES))
        lengths = ["", "-1", *(["9"] if len(body) >= 9 else [])]  # the test's own client sends no less than it says
        options = {"CONTENT_LENGTH": length} if (length := data.draw(st.sampled_from(lengths))) else {}
        address = f"{here.address(page)}?q=%ff%00&next=%c3"
        request = here.clients[who].generic("POST", address, body, **{"CONTENT_TYPE": kind, **options})
        answers.append(request)


@example(page="login", who="visitor", query=[("next", "//[x")], method="get")
@example(page="login", who="alicia", query=[("next", "http://[")], method="get")
@arbitrarily
@given(
    page=st.sampled_from(sorted(GET)), who=everyone, query=queries, method=st.sampled_from(["get", "head", "options"])
)
def test_arbitrary_queries(here: Town, page: str, who: str, query: Any, method: str) -> None:
    deep = urlencode(query, errors="surrogatepass")[:20_000]
    with unharmed() as answers:
        answers.append(getattr(here.clients[who], method)(f"{here.address(page)}?{deep}"))


moments = st.datetimes(timezones=st.timezones() | st.just(None)).map(lambda moment: moment.isoformat())
offsets = st.from_regex(
    r"(0001|2026|9999)-(01|12)-(01|31)T(00:00|23:59)(:00)?[+-][0-2][0-9]:[0-5][0-9]", fullmatch=True
)


@example(since="2026-01-01T00:00:00+20:00", after=str(UUID(int=7)), words="")
@arbitrarily
@given(since=moments | offsets | texts, after=st.uuids().map(str) | texts, words=texts)
def test_the_list_of_the_official_from_any_place(here: Town, since: str, after: str, words: str) -> None:
    query = urlencode({"desde": since[:500], "tras": after[:500], "q": words[:500]}, errors="surrogatepass")
    with unharmed() as answers:
        answers.append(here.clients["beto"].get(f"{reverse('official:pending')}?{query}"))


@st.composite
def cookies(draw: st.DrawFn) -> str:
    """As a `Cookie:` header has them; in quotation marks it spells any byte as three octal digits."""
    pieces = []
    for name in draw(st.lists(st.sampled_from(["sesion", "csrf", "messages", "sessionid", "", "ñ"]), max_size=4)):
        value = draw(
            st.text(st.characters(codec="latin-1"), max_size=40) | st.sampled_from(["x" * 32, "x" * 9000, "=;="])
        )
        octal = "".join(f"\\{ord(character):03o}" for character in value[:100])
        pieces.append(name + "=" + draw(st.sampled_from([value, f'"{octal}"', f'"{value}'])))
    return "; ".join(pieces)


@example(page="start", header='sesion="' + r"\000" * 32 + '"', method="get")
@arbitrarily
@given(page=st.sampled_from(sorted(GET)), header=cookies(), method=st.sampled_from(["get", "post"]))
def test_arbitrary_cookies(here: Town, page: str, header: str, method: str) -> None:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    with unharmed() as answers:
        answers.append(getattr(client, method)(here.address(page), headers={"cookie": header}))
        assert answers[0].status_code != 302 or method == "get" or page == "logout"


HEADERS = [
    *("user-agent", "referer", "origin", "accept", "accept-language", "x-forwarded-for", "x-forwarded-proto"),
    *("x-requested-with", "if-modified-since", "if-none-match", "range", "host", "x-forwarded-host", "sec-purpose"),
]
header_values = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40) | st.sampled_from(
    ["XMLHttpRequest", "application/json", "1.2.3.4, nonsense", "::1%x", "http://[", "localhost:99999", "x" * 8000]
)


@arbitrarily
@given(
    page=st.sampled_from(sorted(GET)),
    who=everyone,
    headers=st.dictionaries(st.sampled_from(HEADERS), header_values, max_size=4),
    proxies=st.sampled_from([0, 1]),
    method=st.sampled_from(["get", "post"]),
)
def test_arbitrary_headers(
    here: Town, settings: Settings, page: str, who: str, headers: dict[str, str], proxies: int, method: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    with unharmed() as answers:
        fields = {} if method == "get" else {"login": "CC1020304050-890303841", "password": "no es esta clave"}
        answers.append(getattr(here.clients[who], method)(here.address(page), fields, headers=headers))
        assert b"no es esta clave" not in answers[0].content


SEGMENTS = [
    str(UUID(int=7)),
    str(UUID(int=7)).upper(),
    "ihce",
    "0" * 40,
    "0" * 64,
    ".",
    "..",
    "%2f",
    "%00",
    "%ff",
    "%C3",
]
segments = st.sampled_from([*SEGMENTS, "x" * 5000, "%0a", "registro", "lista", "-", "_", "{}"]) | st.text(
    max_size=20
).map(lambda text: quote(text, safe="", errors="replace"))
ARGUMENTS = {
    "public:user_types": "/registro/{}/",
    "public:activate": "/activacion/{}/{}/",
    "delegate:reveal": "/delegado/inscripcion-token/llaves/{}/mostrar/",
    "delegate:try_own": "/delegado/inscripcion-token/llaves/{}/probar/",
    "official:assign": "/funcionario/generar-llaves/{}/",
    "official:assigned": "/funcionario/generar-llaves/{}/registro/",
    "delegate:download": "/delegado/inscripcion-token/llaves/{}/descargar/",
    "official:claim": "/funcionario/generar-llaves/{}/abrir/",
    "official:send_back": "/funcionario/generar-llaves/{}/devolver/",
    "official:correct": "/funcionario/generar-llaves/{}/corregir/{}/",
    "official:provider": "/funcionario/prestadores/{}/",
    "official:revoke": "/funcionario/prestadores/{}/revocar/",
    "official:bulk_check": "/funcionario/generar-llaves/varias/{}/",
    "official:bulk_faults": "/funcionario/generar-llaves/varias/{}/errores.csv",
    "official:bulk_discard": "/funcionario/generar-llaves/varias/{}/descartar/",
    "official:bulk_report": "/funcionario/generar-llaves/varias/{}/registro/",
    "official:bulk_report_csv": "/funcionario/generar-llaves/varias/{}/registro.csv",
    "official:generation_run": "/funcionario/generar-llaves/entra/{}/",
    "official:change_run": "/funcionario/generar-llaves/entra/{}/cambiar/",
    "official:generate": "/funcionario/generar-llaves/{}/entra/",
    "official:change_generation": "/funcionario/generar-llaves/{}/entra/{}/",
    "official:tick_off": "/funcionario/por-retirar/{}/",
    "public:calendar": "/calendario/{}/{}.ics",
    "account:remove_factor": "/mi-cuenta/verificacion/{}/quitar/",
    "account:close_session": "/mi-cuenta/sesiones/{}/cerrar/",
    "captcha-image": "/codigo/{}/",
}


@arbitrarily
@given(page=st.sampled_from(sorted(ARGUMENTS)), who=everyone, data=st.data(), method=st.sampled_from(["get", "post"]))
def test_arbitrary_segments_of_the_path(here: Town, page: str, who: str, data: st.DataObject, method: str) -> None:
    shape = ARGUMENTS[page]
    filled = shape.format(*(data.draw(segments) for _ in range(shape.count("{}"))))
    with unharmed() as answers:
        answers.append(getattr(here.clients[who], method)(filled, GOOD_VALUES.get(page, {"password": PASSWORD})))
        assert b"secret_value" not in answers[0].content


def test_every_address_with_arguments_is_tried(here: Town) -> None:
    assert ARGUMENTS.keys() == here.arguments.keys()
    for page, shape in ARGUMENTS.items():
        given_ = [str(value) for value in here.arguments[page].values()]
        assert shape.format(*given_) == here.address(page)
