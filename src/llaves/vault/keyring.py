"""The master keys, as the operator gave them."""

import json
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

KEY_BITS = 256


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
    if not names or None in names or len(set(names)) != len(names):
        raise ImproperlyConfigured("LLAVES_MASTER_KEYS: every key needs a kid of its own.")
    if any(not isinstance(key, OctKey) or len(key.raw_value) * 8 != KEY_BITS for key in keys.keys):
        raise ImproperlyConfigured("LLAVES_MASTER_KEYS: every key must be symmetric (kty oct) and 256 bits long.")
    return keys


@cache
def master_keys() -> KeySet:
    """All keys that may open."""
    return parse(settings.MASTER_KEYS)


def current_key() -> OctKey:
    """The key that seals: the first of the set."""
    key = master_keys().keys[0]
    assert isinstance(key, OctKey)  # noqa: S101 - parse() admits no other
    return key
