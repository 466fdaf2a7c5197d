"""As which applications the portal makes others: read from one JSON text, by tenant. No refusal repeats a value."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from llaves.integrations.entra.tokens import Provisioner, by_assertion, by_certificate, by_secret

_WAYS = ({"client_secret"}, {"certificate_file", "key_file"}, {"assertion_file"})


class ProvisionersFault(ValueError):
    """What is wrong, as one sentence for the operator."""


def read_provisioners(text: str) -> dict[str, Provisioner]:
    """Provisioners by tenant: `{"tenant": {"client_id": …, "certificate_file": …, "key_file": …}}`.

    In place of the certificate: `assertion_file`, which a federated issuer keeps fresh, or `client_secret`. Besides:
    `expires_on`, the last day of secret or certificate, for where Entra does not let the portal look.

    :raises ProvisionersFault: see there.
    """
    try:
        told = json.loads(text or "{}")
    except ValueError:
        raise ProvisionersFault("it is no JSON") from None
    if not isinstance(told, dict):
        raise ProvisionersFault("it must be an object of tenants")
    return {tenant: _one(tenant, each) for tenant, each in told.items()}


def _one(tenant: str, told: Any) -> Provisioner:
    if not isinstance(told, dict) or not all(isinstance(value, str) and value for value in told.values()):
        raise ProvisionersFault(f"tenant {tenant}: it must be an object of texts")
    if "client_id" not in told:
        raise ProvisionersFault(f"tenant {tenant}: client_id is missing")
    if told.keys() - {"client_id", "expires_on"} not in _WAYS:
        ways = "certificate_file with key_file, or assertion_file, or client_secret"
        raise ProvisionersFault(f"tenant {tenant}: besides client_id and expires_on it takes {ways}, and nothing else")
    return replace(_by_its_way(tenant, told), ends_on=_day(tenant, told.get("expires_on")))


def _day(tenant: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ProvisionersFault(f"tenant {tenant}: expires_on must be a day like 2027-05-31") from None


def _by_its_way(tenant: str, told: Mapping[str, str]) -> Provisioner:
    if "client_secret" in told:
        return by_secret(told["client_id"], told["client_secret"])
    if "assertion_file" in told:
        _read(tenant, "assertion_file", told)
        return by_assertion(told["client_id"], Path(told["assertion_file"]))
    certificate, key = _read(tenant, "certificate_file", told), _read(tenant, "key_file", told)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
            told["certificate_file"], told["key_file"], password=b""
        )
    except (OSError, ValueError):
        raise ProvisionersFault(f"tenant {tenant}: certificate_file and key_file do not belong together") from None
    return by_certificate(told["client_id"], certificate, key)


def _read(tenant: str, name: str, told: Mapping[str, str]) -> str:
    try:
        return Path(told[name]).read_text(encoding="ascii")
    except (OSError, ValueError):
        raise ProvisionersFault(f"tenant {tenant}: {name} cannot be read") from None
