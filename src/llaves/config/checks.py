"""What must hold before the portal serves anybody. Each fault is one sentence for the operator."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from llaves.audit.queries import holds_demo_data
from llaves.cli.terminal import first_fault
from llaves.clients import fault_of_registry
from llaves.vault.keyring import master_keys
from llaves.vault.queries import keys_in_use

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


@register(Tags.database)
def check_no_key_is_missing(databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """A master key that still seals something must be at hand, or those secrets could not be shown."""
    if not databases or not _is_migrated() or check_master_keys():
        return []
    missing = keys_in_use() - {key.kid for key in master_keys().keys}
    if missing:
        names = ", ".join(sorted(missing))
        return [Error(f"LLAVES_MASTER_KEYS lacks keys that seal stored secrets: {names}.", id="llaves.E003")]
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
