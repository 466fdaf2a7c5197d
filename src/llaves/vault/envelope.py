"""The sealed form of a secret: a compact JWE, pure functions only.

A256GCM encrypts the secret under a content key made for it alone; A256GCMKW wraps that key under a
master key, which `kid` names (RFC 7516 §5.1, RFC 7518 §4.7 and §5.3).
"""

from dataclasses import asdict, dataclass

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.registry import HeaderParameter

# Named here and not left to the token: a sealed value must not choose how it is opened (RFC 8725 §3.1).
ALGORITHM = "A256GCMKW"
ENCRYPTION = "A256GCM"


@dataclass(frozen=True, slots=True)
class Binding:
    """The one place where a secret belongs. It is authenticated with the ciphertext and checked on opening."""

    provider: str
    environment: str
    credential: str
    content: str


class CannotOpen(Exception):
    """The sealed value was altered, belongs elsewhere, or its master key is not at hand."""


_REGISTRY = jwe.JWERegistry(
    header_registry={
        name: HeaderParameter(f"binding: {name}", "str", required=True)
        for name in ("provider", "environment", "credential", "content")
    },
    algorithms=[ALGORITHM, ENCRYPTION],
)


def seal(secret: str, *, binding: Binding, key: OctKey) -> str:
    """The secret as a compact JWE that only `binding` opens."""
    header = {"alg": ALGORITHM, "enc": ENCRYPTION, "kid": key.kid, **asdict(binding)}
    return jwe.encrypt_compact(header, secret.encode(), key, registry=_REGISTRY)


def unseal(sealed: str, *, binding: Binding, keys: KeySet) -> str:
    """The secret that `seal` was given.

    :raises CannotOpen: altered, bound elsewhere, or sealed under a master key that is not in `keys`.
    """
    try:
        opened = jwe.decrypt_compact(sealed, keys, registry=_REGISTRY)
    except (JoseError, ValueError) as fault:
        raise CannotOpen("altered, or its master key is missing") from fault
    # The header is authenticated by now (it is the AAD), so it tells where the secret was put.
    placed = {name: opened.headers().get(name) for name in asdict(binding)}
    if placed != asdict(binding) or opened.plaintext is None:
        raise CannotOpen("bound to another place")
    return opened.plaintext.decode()
