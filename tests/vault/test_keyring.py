"""The operator's master keys: understood, or refused without showing them."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from llaves.vault.keyring import current_key, parse

K = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def keys(*entries: dict[str, str]) -> str:
    return json.dumps({"keys": list(entries)})


def test_the_first_key_seals() -> None:
    assert current_key().kid == "test-2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        keys(),
        keys({"kty": "oct", "k": K}),
        keys({"kty": "oct", "kid": "a", "k": K}, {"kty": "oct", "kid": "a", "k": K}),
        keys({"kty": "oct", "kid": "a", "k": K[:20]}),
        keys({"kty": "quantum", "kid": "a", "k": K}),
        keys({"kty": "quantum", "kid": "a", "k": K}, {"kty": "oct", "kid": "b", "k": K}),
        keys({"kty": "oct", "kid": "", "k": K}),
        keys({"kty": "oct", "kid": "a" * 61, "k": K}),
        keys({"kty": "oct", "kid": 7, "k": K}),  # type: ignore[dict-item]
    ],
)
def test_what_is_no_set_of_keys_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        parse(text)
    assert K[:10] not in str(refused.value)
    assert str(refused.value).startswith("LLAVES_MASTER_KEYS")
