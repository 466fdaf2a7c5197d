"""One environment's seven values as a file that a program or a person's tool reads as they are."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponse

if TYPE_CHECKING:
    from llaves.credentials.models import Credential
    from llaves.credentials.pairs import PairEntered

NAMES = {
    "provider": "IHCE_PRESTADOR",
    "environment": "IHCE_AMBIENTE",
    "client_id": "IHCE_CLIENT_ID",
    "client_secret": "IHCE_CLIENT_SECRET",
    "expires_on": "IHCE_EXPIRATION_DATE",
    "endpoint": "IHCE_ENDPOINT",
    "tenant_id": "IHCE_TENANT_ID",
    "scope": "IHCE_SCOPE",
    "subscription_key": "IHCE_SUBSCRIPTION_KEY",
}
"""How each value is called in a file."""
_SECRET = {"client_secret", "subscription_key"}


def values_of(credential: "Credential", pair: "PairEntered") -> dict[str, str]:
    """The seven values, and whose they are for what."""
    environment = credential.client.environment
    return {
        "provider": credential.client.provider.code,
        "environment": environment.code,
        "client_id": str(pair.client_id),
        "client_secret": pair.client_secret,
        "expires_on": pair.expires_on.isoformat(),
        "endpoint": environment.endpoint,
        "tenant_id": environment.tenant_id,
        "scope": environment.scope,
        "subscription_key": pair.subscription_key,
    }


def as_env(values: Mapping[str, str]) -> str:
    """Lines that a POSIX shell sources: between single quotes it changes nothing, so only those are written apart."""
    return "".join(f"{NAMES[key]}='{_quoted(value)}'\n" for key, value in values.items())


def _quoted(value: str) -> str:
    return value.replace("'", "'\\''")


def as_json(values: Mapping[str, str]) -> str:
    """RFC 8259."""
    return json.dumps({NAMES[key]: value for key, value in values.items()}, ensure_ascii=False, indent=2) + "\n"


def as_postman(values: Mapping[str, str]) -> str:
    """An environment that Postman imports; the secrets are of its type `secret`, which it masks."""
    variables = [
        {"key": NAMES[key], "value": value, "type": "secret" if key in _SECRET else "default", "enabled": True}
        for key, value in values.items()
    ]
    name = f"IHCE {values['environment']} {values['provider']}"
    told = {"name": name, "values": variables, "_postman_variable_scope": "environment"}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Form:
    label: str
    ending: str
    content_type: str
    write: Callable[[Mapping[str, str]], str]


FORMS = {
    "env": Form("Archivo .env", ".env", "text/plain; charset=utf-8", as_env),
    "json": Form("JSON", ".json", "application/json", as_json),
    "postman": Form("Ambiente de Postman", ".postman_environment.json", "application/json", as_postman),
}


def as_file(form: str, values: Mapping[str, str]) -> HttpResponse:
    """The answer that a browser saves, and nothing keeps on the way."""
    chosen = FORMS[form]
    answer = HttpResponse(chosen.write(values), content_type=chosen.content_type)
    name = f"ihce-{values['provider']}-{values['environment']}{chosen.ending}"  # digits and a slug: needs no quoting
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
