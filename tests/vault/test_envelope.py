"""A sealed secret opens in its own place, under its own key, unaltered; and nowhere else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import KeySet, OctKey

from llaves.vault.envelope import Binding, CannotOpen, seal, unseal

PLACE = Binding(provider="1900100001", environment="produccion", credential="c-1", content="client_secret")
KEY = OctKey.generate_key(256, {"kid": "k-1"})
OTHER_KEY = OctKey.generate_key(256, {"kid": "k-2"})
KEYS = KeySet([OTHER_KEY, KEY])


@given(secret=st.text(min_size=1, max_size=300))
def test_it_opens_to_what_was_sealed(secret: str) -> None:
    assert unseal(seal(secret, binding=PLACE, key=KEY), binding=PLACE, keys=KEYS) == secret


@given(secret=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=64))
def test_the_envelope_shows_nothing_of_the_secret_and_is_never_the_same(secret: str) -> None:
    first, second = (seal(secret, binding=PLACE, key=KEY) for _ in range(2))
    assert secret not in first
    assert first != second


@pytest.mark.parametrize("elsewhere", ["provider", "environment", "credential", "content"])
def test_it_does_not_open_elsewhere(elsewhere: str) -> None:
    sealed = seal("s3cret", binding=PLACE, key=KEY)
    with pytest.raises(CannotOpen):
        unseal(sealed, binding=replace(PLACE, **{elsewhere: "another"}), keys=KEYS)


@given(place=st.integers(min_value=0), letter=st.sampled_from("ABCDwxyz0189-_"))
def test_it_does_not_open_altered(place: int, letter: str) -> None:
    sealed = seal("s3cret", binding=PLACE, key=KEY)
    place %= len(sealed) - 1  # the last character of base64url may hold unused bits
    altered = sealed[:place] + letter + sealed[place + 1 :]
    if altered == sealed or sealed[place + 1] == "." or sealed[place] == ".":
        return
    with pytest.raises(CannotOpen):
        unseal(altered, binding=PLACE, keys=KEYS)


def test_it_does_not_open_without_its_master_key() -> None:
    sealed = seal("s3cret", binding=PLACE, key=KEY)
    with pytest.raises(CannotOpen):
        unseal(sealed, binding=PLACE, keys=KeySet([OTHER_KEY]))


def test_it_does_not_open_under_another_key_of_the_same_name() -> None:
    sealed = seal("s3cret", binding=PLACE, key=KEY)
    with pytest.raises(CannotOpen):
        unseal(sealed, binding=PLACE, keys=KeySet([OctKey.generate_key(256, {"kid": "k-1"})]))


@pytest.mark.parametrize("rubbish", ["", "....", "a.b.c.d.e", "not a token", "eyJhbGciOiJkaXIifQ..a.b.c"])
def test_rubbish_is_refused_as_such(rubbish: str) -> None:
    with pytest.raises(CannotOpen):
        unseal(rubbish, binding=PLACE, keys=KEYS)


def test_a_token_made_with_another_algorithm_is_refused() -> None:
    forged = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM", "kid": "k-1"}, b"s3cret", KEY)
    with pytest.raises(CannotOpen):
        unseal(forged, binding=PLACE, keys=KEYS)
