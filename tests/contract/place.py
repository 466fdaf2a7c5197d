"""Where Entra is, be it the emulator or Microsoft's own (docs/entra-emulator.md says how to name a tenant)."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.entra import Tenant
from tests.federated import Issuer

TENANT = "LLAVES_CONTRACT_TENANT_ID"
CLIENT, SECRET = "LLAVES_CONTRACT_CLIENT_ID", "LLAVES_CONTRACT_CLIENT_SECRET"
CERTIFICATE, ASSERTION = "LLAVES_CONTRACT_CERTIFICATE_FILE", "LLAVES_CONTRACT_ASSERTION_FILE"
SCOPE = "https://graph.microsoft.com/.default"
SECONDS_TO_COME_ROUND = 180
T = TypeVar("T")


@dataclass
class Place:
    """An authority, a Graph, a tenant, and its provisioner."""

    authority: str
    graph: str
    tenant_id: str
    client_id: str
    secret: str = field(repr=False)
    certificate: str = field(repr=False, default="")
    """Key and certificate, as PEM."""
    assertion: str = field(repr=False, default="")
    """What an issuer says whom the provisioner trusts."""
    ca_file: str | None = None
    emulated: Tenant | None = None
    mark: str = field(default_factory=lambda: uuid4().hex[:12])
    """Stands in every name, so that a run leaves nothing of another's in its way."""

    @property
    def tenant_url(self) -> str:
        return f"{self.authority}/{self.tenant_id}"

    @property
    def verify(self) -> str | bool:
        return self.ca_file or True

    def eventually(self, act: Callable[[], T], *early: type[Exception]) -> T:
        """What it gives once the change has come round; the emulator is at once where it should be."""
        deadline = time.monotonic() + (0 if self.emulated else SECONDS_TO_COME_ROUND)
        while True:
            try:
                return act()
            except early:
                if time.monotonic() > deadline:
                    raise
                time.sleep(5)


def can_be_tried(item: pytest.Item, environ: Mapping[str, str]) -> bool:
    """Whether what a test demands is there: the emulator has everything, a real tenant what the environment names."""
    if TENANT not in environ:
        return True
    is_given = all(mark.args[0] in environ for mark in item.iter_markers("needs"))
    return is_given and item.get_closest_marker("emulator_only") is None


def emulated(tenant: Tenant) -> Place:
    certificate = new_certificate()
    public = certificate[certificate.index("-----BEGIN CERTIFICATE") :]
    permissions, issuer, entra = (
        ["Application.ReadWrite.OwnedBy", "AppRoleAssignment.ReadWrite.All"],
        Issuer(),
        tenant.entra,
    )
    issuer.publish(entra)
    pair = tenant.seed(
        display_name="Provisioner", permissions=permissions, certificates=[public], federated=[issuer.trusted()]
    )
    return Place(
        authority=entra.url,
        graph=entra.graph_url,
        tenant_id=tenant.id,
        client_id=pair.app_id,
        secret=pair.secret,
        certificate=certificate,
        assertion=issuer.says(),
        ca_file=str(entra.ca_file),
        emulated=tenant,
    )


def real(environ: Mapping[str, str]) -> Place:
    return Place(
        authority="https://login.microsoftonline.com",
        graph="https://graph.microsoft.com/v1.0",
        tenant_id=environ[TENANT],
        client_id=environ[CLIENT],
        secret=environ[SECRET],
        certificate=_text(environ.get(CERTIFICATE)),
        assertion=_text(environ.get(ASSERTION)).strip(),
    )


def _text(path: str | None) -> str:
    return Path(path).read_text() if path else ""


def new_certificate() -> str:
    """Return a key and a certificate that it has signed itself, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "provisioner")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    kind = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    return (pem + certificate.public_bytes(serialization.Encoding.PEM)).decode()
