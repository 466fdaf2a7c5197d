"""The stand-in keeps the contract, so that the client, which is tried against it, can be trusted with the real one."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings

from tests.registry import AT_TWO, TOKEN

if TYPE_CHECKING:
    from schemathesis import Case

    from tests.registry import StandIn

CONTRACT = Path(__file__).parents[2] / "docs" / "miseguridadsocial.openapi.json"
schema = schemathesis.openapi.from_path(CONTRACT)


def call(case: "Case", stand_in: "StandIn", token: str = TOKEN) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    case.call_and_validate(base_url=stand_in.url, headers=headers, verify=str(stand_in.folder / "authority.pem"))


@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_the_answer_keeps_the_contract(case: "Case", stand_in: "StandIn") -> None:
    call(case, stand_in)


PATHS = ["/organizaciones/890303841", "/personas/CC/1020304050", "/organizaciones/900111222", "/personas/CE/1234567"]
MOODS: list[tuple[dict[str, object], int | None]] = [
    ({}, None),
    ({"now": AT_TWO}, 503),
    ({"fault": "status", "status": 503}, 503),
    ({"fault": "status", "status": 429, "retry_after": 5}, 429),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("mood", "expected"), MOODS)
def test_what_is_known_and_every_refusal_keep_it_too(
    stand_in: "StandIn", path: str, mood: dict[str, object], expected: int | None
) -> None:
    stand_in.is_in_the_mood(**mood)
    answer = get(stand_in, path)
    stand_in.is_in_the_mood()
    assert answer.status_code == (expected or (200 if path in PATHS[:2] else 404))
    operation = schema["/organizaciones/{nit}" if "organ" in path else "/personas/{tipo_documento}/{numero_documento}"]
    operation["GET"].validate_response(answer)


def test_it_says_for_how_long_it_stays_closed(stand_in: "StandIn") -> None:
    stand_in.is_in_the_mood(now=AT_TWO)
    answer = get(stand_in, PATHS[0])
    stand_in.is_in_the_mood()
    assert answer.headers["Retry-After"] == "7201"
    assert answer.json()["codigo"] == "cerrado"


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer otro", f"Basic {TOKEN}", TOKEN])
def test_without_the_token_it_answers_nothing(stand_in: "StandIn", shown: str) -> None:
    answer = get(stand_in, PATHS[1], authorization=shown)
    assert answer.status_code == 401
    assert "Alicia" not in answer.text


def get(stand_in: "StandIn", path: str, authorization: str = f"Bearer {TOKEN}") -> requests.Response:
    authority = str(stand_in.folder / "authority.pem")
    return requests.get(stand_in.url + path, headers={"Authorization": authorization}, verify=authority, timeout=60)
