"""Somebody else whose word an application takes in place of a secret: a cluster, a pipeline, another cloud."""

import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.entra import Entra, Json

AUDIENCE = "api://AzureADTokenExchange"


@cache
def _key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": name})


@dataclass(frozen=True)
class Issuer:
    """One with a key of its own, which Entra fetches from its address."""

    url: str = field(default_factory=lambda: f"https://{uuid4()}.example")
    key: str = "own"

    def publish(self, entra: Entra) -> None:
        """Let Entra find its public key."""
        entra.control(
            "PUT", "/issuers", {"issuer": self.url, "jwks": {"keys": [_key(self.key).as_dict(private=False)]}}
        )

    def trusted(self, subject: str = "portal") -> Json:
        """What an application says of whom it believes: a federatedIdentityCredential."""
        return {"name": "portal", "issuer": self.url, "subject": subject, "audiences": [AUDIENCE]}

    def says(self, *, signed_with: str = "", **claims: Any) -> str:
        """An assertion, as an application that `trusted` it believes it, but for what is changed."""
        at = int(time.time())
        usual = {"iss": self.url, "sub": "portal", "aud": AUDIENCE, "iat": at, "nbf": at, "exp": at + 600}
        key = _key(signed_with or self.key)
        return jwt.encode({"alg": "RS256", "kid": key.kid}, {**usual, **claims}, key)
