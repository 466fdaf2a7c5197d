"""The sealed form of a secret: a compact JWE, pure functions only.

A256GCM encrypts the secret under a content key made for it alone; A256GCMKW wraps that key under a
master key, which `kid` names (RFC 7516 §5.1, RFC 7518 §4.7 and §5.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.registry import JWE_HEADER_REGISTRY
from joserfc.util import json_b64decode, urlsafe_b64decode

# Named here and not left to the token: a sealed value must not choose how it is opened (RFC 8725 §3.1).
ALGORITHM = "A256GCMKW"
ENCRYPTION = "A256GCM"

CREDENTIAL = "credential"
"""The kind of every envelope from before bindings had kinds."""

_OF_THE_ENVELOPE = {"alg", "enc", "kid", "iv", "tag"}
_TAKEN = {*JWE_HEADER_REGISTRY, *_OF_THE_ENVELOPE, "kind"}


@dataclass(frozen=True, slots=True)
class Binding:
    """The one place where a secret belongs. It is authenticated with the ciphertext and checked on opening.

    :param kind: what the secret belongs to, like `credential`.
    :param names: which one of them, and which of its secrets. Events repeat them, so they are no secrets.
    :raises ValueError: a name that means something else in a JWE, or a value that is no text.
    """

    kind: str
    names: Mapping[str, str]

    def __post_init__(self) -> None:
        if not self.names or _TAKEN & set(self.names):
            raise ValueError(f"cannot bind to {sorted(self.names)}")
        if any(not isinstance(value, str) for value in (self.kind, *self.names.values())):
            raise ValueError("a binding is made of texts")


class CannotOpen(Exception):
    """The sealed value was altered, belongs elsewhere, or its master key is not at hand."""


_REGISTRY = jwe.JWERegistry(
    algorithms=[ALGORITHM, ENCRYPTION],
    strict_check_header=False,  # the names of a binding are its own; `_open` lets no other pass
)


def seal(secret: str, *, binding: Binding, key: OctKey) -> str:
    """The secret as a compact JWE that only `binding` opens.

    :raises CannotOpen: the result would not open again, as with a binding of a thousand characters.
    """
    header = {**binding.names, "kind": binding.kind, "alg": ALGORITHM, "enc": ENCRYPTION, "kid": key.kid}
    sealed = jwe.encrypt_compact(header, secret.encode(), key, registry=_REGISTRY)
    # A secret is often in no other place by then: what is kept has been opened once, as it will be later.
    if unseal(sealed, binding=binding, keys=KeySet([key])) != secret:
        raise CannotOpen("not what was sealed")
    return sealed


def unseal(sealed: str, *, binding: Binding, keys: KeySet) -> str:
    """The secret that `seal` was given.

    :raises CannotOpen: altered, bound elsewhere, or sealed under a master key that is not in `keys`.
    """
    secret, placed = _open(sealed, keys)
    if placed != binding:
        raise CannotOpen("bound to another place")
    return secret


def reseal(sealed: str, *, keys: KeySet, key: OctKey) -> str:
    """The same secret for the same place, under another master key and a fresh content key.

    :raises CannotOpen: altered, or sealed under a master key that is not in `keys`.
    """
    secret, placed = _open(sealed, keys)
    return seal(secret, binding=placed, key=key)


def is_wrapped(sealed: str, *, by: OctKey) -> bool:
    """Whether this master key unwraps the envelope's content key (RFC 7518 §4.7). The secret stays closed."""
    try:
        header, wrapped, *_ = sealed.encode().split(b".")
        written = json_b64decode(header)
        nonce, tag = (urlsafe_b64decode(written[name].encode()) for name in ("iv", "tag"))
        AESGCM(by.raw_value).decrypt(nonce, urlsafe_b64decode(wrapped) + tag, None)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidTag):
        return False
    return True


def _open(sealed: str, keys: KeySet) -> tuple[str, Binding]:
    try:
        opened = jwe.decrypt_compact(sealed, keys, registry=_REGISTRY)
    except (JoseError, ValueError) as fault:
        raise CannotOpen("altered, or its master key is missing") from fault
    if opened.plaintext is None:
        raise CannotOpen("empty")
    # The header is authenticated by now (it is the AAD), so it tells where the secret was put.
    names = {name: value for name, value in opened.headers().items() if name not in _OF_THE_ENVELOPE}
    kind = names.pop("kind", CREDENTIAL)
    try:
        return opened.plaintext.decode(), Binding(kind, names)
    except ValueError as fault:
        raise CannotOpen("bound to no place") from fault
