"""The master keys, as the operator gave them."""

import json
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

KEY_BITS = 256
LONGEST_NAME = 60


def parse(text: str) -> KeySet:
    """A key set from a JWK Set (RFC 7517 §5) of 256-bit symmetric keys, each with its own `kid`.

    :raises ImproperlyConfigured: with a reason that shows nothing of the keys.
    """
    try:
        written = json.loads(text)
        keys = KeySet.import_key_set(written)
        names = [key.get("kid") for key in written["keys"]]
    except (ValueError, KeyError, TypeError, AttributeError, JoseError):
        raise ImproperlyConfigured("LLAVES_MASTER_KEYS is not a JWK Set.") from None
    if not all(isinstance(name, str) and 0 < len(name) <= LONGEST_NAME for name in names):
        raise ImproperlyConfigured(f"LLAVES_MASTER_KEYS: every key needs a kid of up to {LONGEST_NAME} characters.")
    if len(set(names)) != len(names):
        raise ImproperlyConfigured("LLAVES_MASTER_KEYS: every key needs a kid of its own.")
    # The library leaves out a key of a kind that it does not know; here the next one would seal in its place.
    if len(keys.keys) != len(names) or any(not _may_seal(key) for key in keys.keys):
        raise ImproperlyConfigured("LLAVES_MASTER_KEYS: every key must be symmetric (kty oct) and 256 bits long.")
    return keys


def _may_seal(key: object) -> bool:
    return isinstance(key, OctKey) and len(key.raw_value) * 8 == KEY_BITS


@cache
def master_keys() -> KeySet:
    """All keys that may open."""
    return parse(settings.MASTER_KEYS)


def names() -> list[str]:
    """The names of all master keys, the one that seals first."""
    return [str(key.kid) for key in master_keys().keys]


def current_key() -> OctKey:
    """The key that seals: the first of the set."""
    return find(names()[0])


def find(name: str) -> OctKey:
    """The key of that name; it must be at hand."""
    key = master_keys().get_by_kid(name)
    assert isinstance(key, OctKey)  # noqa: S101 - parse() admits no other
    return key
