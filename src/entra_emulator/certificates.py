"""Certificates: those that clients register, and the one by which the emulator shows itself."""

import base64
import hashlib
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import trustme
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from entra_emulator.objects import Certificate
from entra_emulator.refusals import bad
from entra_emulator.tokens import unpadded

AUTHORITY, OWN = "authority.pem", "localhost.pem"


def from_pem(pem: str, name: str | None = None) -> Certificate:
    """Return what the directory keeps of a certificate.

    :raises ValueError: it is none.
    :raises UnsupportedAlgorithm: nobody could use its key.
    """
    read_one = x509.load_pem_x509_certificate(pem.encode())
    read_one.public_key()
    octets = read_one.public_bytes(Encoding.DER)
    short = hashlib.sha1(octets, usedforsecurity=False).digest()
    long = hashlib.sha256(octets).digest()
    start, end = read_one.not_valid_before_utc.timestamp(), read_one.not_valid_after_utc.timestamp()
    own = read_one.public_bytes(Encoding.PEM).decode()
    return Certificate(str(uuid4()), own, unpadded(short), unpadded(long), name, start, end)


def read(sent: Sequence[Any], known: Sequence[Certificate] = ()) -> list[Certificate]:
    """Return the whole list of `keyCredentials` that an application is to have from now on.

    :param known: what it has; of these, the id is enough.
    :raises Refusal: one is not a certificate.
    """
    by_id = {each.key_id: each for each in known}
    try:
        return [by_id.get(str(each.get("keyId")).lower()) or _read(each) for each in sent]
    except (AttributeError, KeyError, TypeError, UnsupportedAlgorithm, ValueError):
        raise bad("Key credential value is invalid.") from None


def _read(sent: dict[str, Any]) -> Certificate:
    octets = base64.b64decode(sent["key"])
    if not isinstance(sent.get("displayName"), str | None):
        raise TypeError("displayName")
    pem = octets if octets.startswith(b"-----") else ssl.DER_cert_to_PEM_cert(octets).encode()
    return from_pem(pem.decode(), sent.get("displayName"))


def make_own(folder: Path) -> Path:
    """Make an authority and a certificate for localhost, once; return the authority's, which clients trust."""
    if not (folder / AUTHORITY).exists():
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", "127.0.0.1", "::1")
        (folder / OWN).touch(mode=0o600)
        issued.private_key_and_cert_chain_pem.write_to_path(folder / OWN)
        authority.cert_pem.write_to_path(folder / "authority.part")  # last, and at once: it says that all are there
        (folder / "authority.part").rename(folder / AUTHORITY)
    return folder / AUTHORITY
