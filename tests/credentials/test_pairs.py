"""What officials paste, and the mistakes that copying from Entra invites."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llaves.credentials.pairs import (
    PairEntered,
    PairFault,
    check_expiry,
    parse_client_id,
    parse_client_secret,
    parse_subscription_key,
)

GUID = "3f2b8c1e-0a4d-4e6f-9b7a-5c1d2e3f4a5b"
TODAY = date(2026, 11, 23)
SECRET_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~.-"


@given(guid=st.uuids())
def test_a_guid_is_a_client_id_however_it_is_written(guid: UUID) -> None:
    assert parse_client_id(f"  {str(guid).upper()}\n") == guid


@pytest.mark.parametrize("text", ["", "1234", "not-a-guid", "{" + GUID + "}", GUID.replace("-", ""), GUID + "x"])
def test_anything_else_is_no_client_id(text: str) -> None:
    with pytest.raises(PairFault):
        parse_client_id(text)


@given(secret=st.text(alphabet=SECRET_LETTERS, min_size=34, max_size=44))
def test_a_secrets_value_is_taken_as_it_is(secret: str) -> None:
    assert parse_client_secret(f" {secret}\n") == secret


@given(guid=st.uuids())
def test_the_secret_id_is_refused_by_name(guid: UUID) -> None:
    with pytest.raises(PairFault, match="Secret ID"):
        parse_client_secret(str(guid))


@given(
    secret=st.text(alphabet=SECRET_LETTERS, min_size=34, max_size=40),
    intruder=st.sampled_from(" \t\n\u00a0\u200b\u200d\u2060\ufeff\u00ad\u202fñ“"),
    place=st.integers(min_value=1, max_value=33),
)
def test_spaces_and_invisible_characters_within_are_caught(secret: str, intruder: str, place: int) -> None:
    with pytest.raises(PairFault, match="invisibles"):
        parse_client_secret(secret[:place] + intruder + secret[place:])


@pytest.mark.parametrize("text", ["abc8Q~short", "abc8Q~abcdefghijklmnopqrstuvwxy...", "x" * 65])
def test_a_cut_value_is_caught(text: str) -> None:
    with pytest.raises(PairFault, match="incompleto"):
        parse_client_secret(text)


@pytest.mark.parametrize("text", ["short", "0123456789abcdef 0123456789abcdef", "0123456789abcdef\u200b"])
def test_a_cut_or_soiled_subscription_key_is_caught(text: str) -> None:
    with pytest.raises(PairFault):
        parse_subscription_key(text)


@pytest.mark.parametrize("days", [0, -1, -400, 733, 5000])
def test_an_expiry_that_cannot_be_is_caught(days: int) -> None:
    with pytest.raises(PairFault):
        check_expiry(TODAY + timedelta(days=days), today=TODAY)


@pytest.mark.parametrize("days", [1, 180, 365, 732])
def test_a_sound_expiry_is_taken(days: int) -> None:
    expires_on = TODAY + timedelta(days=days)
    assert check_expiry(expires_on, today=TODAY) == expires_on


@contextmanager
def suppress_unless_said(text: str) -> Iterator[None]:
    """Let a refusal pass, unless its sentence holds what was pasted; a word or two may be there by chance."""
    try:
        yield
    except PairFault as fault:
        said = str(fault)
    else:
        said = ""
    assert len(text.strip()) < 12 or text.strip() not in said


@given(text=st.text(max_size=80))
def test_a_refusal_never_repeats_what_was_pasted(text: str) -> None:
    for parse in (parse_client_id, parse_client_secret, parse_subscription_key):
        with suppress_unless_said(text):
            parse(text)


def test_the_text_form_of_a_pair_shows_no_secret() -> None:
    pair = PairEntered(client_id=uuid4(), client_secret="abc8Q~secret", subscription_key="k" * 32, expires_on=TODAY)
    assert "secret" not in repr(pair)
    assert "secret" not in f"{pair}"
