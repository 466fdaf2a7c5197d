"""What the operator says through environment variables: read, checked and typed in one place."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def read(name: str, default: str | None = None) -> str:
    """The value of `NAME`, or the content of the file that `NAME_FILE` names (for secrets of an orchestrator).

    :raises ImproperlyConfigured: neither is set and there is no default, or the file cannot be read.
    """
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as fault:
            raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read ({fault.strerror}).") from fault
    value = os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. It is needed to run the portal; for the demo, use script/llaves instead of llaves."
        )
    return value


def read_flag(name: str) -> bool:
    """True for 1, false for 0, empty or unset; anything else is refused rather than guessed."""
    value = os.environ.get(name, "")
    if value not in {"", "0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def read_number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    if value and not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value or default)


def database_settings(name: str, url: str) -> dict[str, Any]:
    """Django's settings of a PostgreSQL database. The value may hold a password, so a refusal does not repeat it."""
    try:
        settings: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError:
        settings = {}
    if settings.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    settings.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    return settings


def email_settings(url: str) -> dict[str, object]:
    """Django's e-mail settings from `smtp://`, `smtp+tls://` (STARTTLS) or `smtps://user:password@host:port`.

    `?from=` gives the sender's address.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp://host:25, smtp+tls://… or smtps://….")
    sender = parse_qs(parts.query).get("from", ["llaves-ihce@minsalud.gov.co"])[0]
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "DEFAULT_FROM_EMAIL": sender,
    }
