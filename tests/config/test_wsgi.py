"""The application as the web server calls it, before Django has a request that could be answered."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db
CHARSETS = ["utf-8", "latin-1", "utf-16", "base64", "undefined", "idna", "zip", "rot13", "none", '"base64"', "x" * 300]


def answer(method: str, address: str, content_type: str, body: bytes = b"") -> int:
    """The status that the web server gets."""
    from llaves.config.wsgi import application  # noqa: PLC0415 - asks the database whether it may serve

    told: list[str] = []
    environ = RequestFactory().generic(method, address, body).environ | {"CONTENT_TYPE": content_type}
    response: Any = application(environ, lambda status, *_: told.append(status))
    response.close()
    return int(told[0].split()[0])


@settings(
    max_examples=60,
    deadline=None,
    database=None,
    # Nothing is written, so the examples may share a database.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from(["", "text/plain", "application/json", "multipart/form-data; boundary=x"]),
    charset=st.sampled_from(CHARSETS) | st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=9),
    written=st.sampled_from(["charset=", "CharSet = ", "charset*=utf-8''"]),
    query=st.sampled_from(["", "next=%ff", "next=%c3%b1", "&".join(["a=1"] * 1100)]),
    method=st.sampled_from(["GET", "POST"]),
)
def test_no_charset_that_a_request_claims_is_a_fault(
    db: None, kind: str, charset: str, written: str, query: str, method: str
) -> None:
    status = answer(method, f"/ingresar/?{query}", f"{kind}; {written}{charset}", b"--x\r\nlogin=1\r\n--x--")
    assert status in {200, 400, 403}


def test_a_form_is_read_as_utf_8_whatever_it_claims() -> None:
    body = urlencode({"q": "ñ"}).encode()
    for charset in ("utf-8", "UTF8", "iso-8859-1"):
        content_type = f"application/x-www-form-urlencoded; charset={charset}"
        assert answer("POST", "/ingresar/", content_type, body) == 403, "only the CSRF token is missing"
