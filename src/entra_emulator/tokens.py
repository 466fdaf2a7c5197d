"""Access tokens as Entra signs them (RS256), and its published keys."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from entra_emulator.objects import Json

GRAPH = "https://graph.microsoft.com"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
LIFE = 3599
EXPONENT, BITS = 65537, 2048
TEN_YEARS = timedelta(days=3650)
REMEMBERED = 10_000


def unpadded(octets: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Signer:
    """Entra's signing key."""

    def __init__(self, pem: bytes) -> None:
        """Sign with this key and its certificate."""
        self._certificate = x509.load_pem_x509_certificate(pem)
        self._key = RSAKey.import_key(pem[: pem.index(b"-----BEGIN CERTIFICATE")])
        octets = self._certificate.public_bytes(serialization.Encoding.DER)
        self._x5c = base64.b64encode(octets).decode()
        self.key_id = unpadded(hashlib.sha1(octets, usedforsecurity=False).digest())
        self._known: dict[str, Json] = {}

    def sign(self, claims: Json) -> str:
        """Return a token."""
        header = {"typ": "JWT", "alg": "RS256", "kid": self.key_id, "x5t": self.key_id}
        return jwt.encode(header, claims, self._key)

    def claims(self, token: str) -> Json | None:
        """Return what a token of ours says, whether it still holds or not; nothing of another's."""
        if token not in self._known:
            try:
                self._remember(token, jwt.decode(token, self._key, algorithms=["RS256"]).claims)
            except (JoseError, LookupError, RecursionError, TypeError, ValueError):
                return None
        return self._known[token]

    def _remember(self, token: str, claims: Json) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[token] = claims

    def published(self, issuer: str) -> Json:
        """Return the public key, as a JWK Set."""
        public = {name: value for name, value in self._key.as_dict(private=False).items() if name in {"n", "e"}}
        names = {"kty": "RSA", "use": "sig", "kid": self.key_id, "x5t": self.key_id}
        return {"keys": [names | public | {"x5c": [self._x5c], "issuer": issuer}]}


def load_signer(folder: Path | None) -> Signer:
    """Return the signing key that is kept in a folder, made on first use; one for this process alone without."""
    path = folder / "signing.pem" if folder else None
    if path and path.exists():
        return Signer(path.read_bytes())
    pem = _make_key()
    if path:
        path.touch(mode=0o600)
        path.write_bytes(pem)
    return Signer(pem)


def _make_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=EXPONENT, key_size=BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.accesscontrol.emulator")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + TEN_YEARS)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    encoded = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return encoded + certificate.public_bytes(serialization.Encoding.PEM)


def common_claims(*, at: float, life: float, tenant_id: str, subject: str) -> Json:
    """Return what the tokens of both versions say."""
    moments = {"iat": int(at), "nbf": int(at), "exp": int(at + life)}
    marks = {"uti": unpadded(uuid4().bytes), "aio": unpadded(uuid4().bytes), "rh": "1." + unpadded(uuid4().bytes)}
    return moments | marks | {"idtyp": "app", "oid": subject, "sub": subject, "tid": tenant_id}
