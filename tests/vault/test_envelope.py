"""A sealed secret opens in its own place, under its own key, unaltered; and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import KeySet, OctKey

from llaves.vault.envelope import Binding, CannotOpen, is_wrapped, reseal, seal, unseal

NAMES = {"provider": "1900100001", "environment": "produccion", "credential": "c-1", "content": "client_secret"}
PLACE = Binding("credential", NAMES)
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
        unseal(sealed, binding=Binding("credential", {**NAMES, elsewhere: "another"}), keys=KEYS)


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


@pytest.mark.parametrize(
    "elsewhere",
    [
        Binding("second-factor", NAMES),
        Binding("credential", {**NAMES, "more": "x"}),
        Binding("credential", {"provider": "1900100001", "environment": "produccion", "credential": "c-1"}),
    ],
)
def test_kind_and_names_are_compared_exactly(elsewhere: Binding) -> None:
    with pytest.raises(CannotOpen):
        unseal(seal("s3cret", binding=PLACE, key=KEY), binding=elsewhere, keys=KEYS)
    with pytest.raises(CannotOpen):
        unseal(seal("s3cret", binding=elsewhere, key=KEY), binding=PLACE, keys=KEYS)


def test_the_order_of_the_names_means_nothing() -> None:
    sealed = seal("s3cret", binding=PLACE, key=KEY)
    assert unseal(sealed, binding=Binding("credential", dict(reversed(NAMES.items()))), keys=KEYS) == "s3cret"


@pytest.mark.parametrize("name", ["alg", "enc", "kid", "iv", "tag", "zip", "crit", "kind"])
def test_nothing_is_bound_to_a_name_that_a_jwe_gives_another_meaning(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Binding("credential", {"provider": "1900100001", name: "x"})


def test_nothing_is_bound_to_nothing() -> None:
    with pytest.raises(ValueError, match="cannot bind"):
        Binding("credential", {})


def before_kinds(names: dict[str, str]) -> str:
    return jwe.encrypt_compact(
        {"alg": "A256GCMKW", "enc": "A256GCM", "kid": "k-1", **names},
        b"s3cret",
        KEY,
        registry=jwe.JWERegistry(algorithms=["A256GCMKW", "A256GCM"], strict_check_header=False),
    )


def test_an_envelope_from_before_there_were_kinds_is_a_credentials() -> None:
    old = before_kinds(NAMES)
    assert unseal(old, binding=PLACE, keys=KEYS) == "s3cret"
    assert unseal(reseal(old, keys=KEYS, key=OTHER_KEY), binding=PLACE, keys=KEYS) == "s3cret"
    with pytest.raises(CannotOpen):
        unseal(old, binding=Binding("second-factor", NAMES), keys=KEYS)


def test_an_envelope_bound_to_no_place_is_refused() -> None:
    with pytest.raises(CannotOpen):
        unseal(before_kinds({}), binding=PLACE, keys=KEYS)


@pytest.mark.parametrize(
    "unfit",
    [
        {"key": KEY, "binding": Binding("credential", {"provider": "1" * 1000})},
        {"key": OctKey.generate_key(256, {"kid": "k-1", "alg": "A256KW"}), "binding": PLACE},
    ],
    ids=["a header that is too long to be read", "a key that is for something else"],
)
def test_what_would_not_open_again_is_not_sealed(unfit: dict[str, object]) -> None:
    with pytest.raises(CannotOpen):
        seal("s3cret", **unfit)  # type: ignore[arg-type]


def test_sealed_anew_it_opens_in_the_same_place_and_under_the_other_key_only() -> None:
    before = seal("s3cret", binding=PLACE, key=KEY)
    after = reseal(before, keys=KEYS, key=OTHER_KEY)
    assert unseal(after, binding=PLACE, keys=KeySet([OTHER_KEY])) == "s3cret"
    with pytest.raises(CannotOpen):
        unseal(after, binding=PLACE, keys=KeySet([KEY]))
    with pytest.raises(CannotOpen):
        unseal(after, binding=Binding("credential", {**NAMES, "credential": "c-2"}), keys=KEYS)
    assert not set(before.split(".")) & set(after.split("."))


def test_a_key_is_known_by_what_it_wrapped() -> None:
    sealed = seal("s3cret", binding=PLACE, key=KEY)
    assert is_wrapped(sealed, by=KEY)
    assert not is_wrapped(sealed, by=OctKey.generate_key(256, {"kid": "k-1"}))


@pytest.mark.parametrize("rubbish", ["", "....", "a.b.c.d.e", "é.é", "e30.AA.c.d.e", "W10.AA.c.d.e", "bnVsbA.AA.c.d.e"])
def test_no_key_wrapped_rubbish(rubbish: str) -> None:
    assert not is_wrapped(rubbish, by=KEY)
