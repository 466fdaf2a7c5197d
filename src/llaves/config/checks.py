"""What must hold before the portal serves anybody. Each fault is one sentence for the operator."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from llaves.audit.queries import holds_demo_data
from llaves.cli.terminal import first_fault
from llaves.clients import fault_of_entra, fault_of_registry
from llaves.vault.keyring import master_keys, names
from llaves.vault.queries import keys_in_use, wrong_keys

SHORTEST_SECRET_KEY = 50


def refuse_what_must_not_serve() -> None:
    """Run every check, the database's too.

    :raises ImproperlyConfigured: with the first fault.
    """
    if fault := first_fault():
        raise ImproperlyConfigured(fault)


@register(Tags.security)
def check_secret_key(**_: Any) -> Sequence[CheckMessage]:
    if len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY:
        return [Error(f"LLAVES_SECRET_KEY must have at least {SHORTEST_SECRET_KEY} characters.", id="llaves.E001")]
    return []


@register(Tags.security)
def check_master_keys(**_: Any) -> Sequence[CheckMessage]:
    try:
        master_keys()
    except ImproperlyConfigured as fault:
        return [Error(str(fault), id="llaves.E002")]
    return []


@register(Tags.security)
def check_registry(**_: Any) -> Sequence[CheckMessage]:
    fault = fault_of_registry()
    return [Error(fault, id="llaves.E010")] if fault else []


@register(Tags.security)
def check_entra(**_: Any) -> Sequence[CheckMessage]:
    fault = fault_of_entra()
    return [Error(fault, id="llaves.E011")] if fault else []


@register(Tags.database)
def check_stored_secrets_would_open(databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """Every master key that seals something must be at hand, and be the same one, or secrets could not be shown."""
    if not databases or not _is_migrated() or check_master_keys():
        return []
    if missing := ", ".join(sorted(keys_in_use() - set(names()))):
        return [Error(f"LLAVES_MASTER_KEYS lacks keys that seal stored secrets: {missing}.", id="llaves.E003")]
    if wrong := ", ".join(wrong_keys()):
        text = f"LLAVES_MASTER_KEYS holds other keys than those that sealed stored secrets under these names: {wrong}."
        return [Error(text, id="llaves.E005")]
    return []


@register(Tags.database)
def check_demo_stays_demo(databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """The demo's accounts have a password that everybody can read; a real portal must not know them."""
    if databases and not settings.DEMO and _is_migrated() and holds_demo_data():
        return [
            Error("This database holds the demo's invented accounts: only script/server may use it.", id="llaves.E004")
        ]
    return []


def _is_migrated() -> bool:
    """Whether the tables stand; `llaves migrate` runs the checks before it makes them."""
    tables = set(connection.introspection.table_names())
    return {"audit_event", "vault_sealedsecret"} <= tables
