"""Settings → clients of the systems outside: the one place where they meet."""

import ssl
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from llaves.integrations.http import Asker
from llaves.integrations.miseguridadsocial import MiSeguridadSocial


def registry() -> MiSeguridadSocial | None:
    """The live registry; None where the settings name none, and files alone count.

    :raises ImproperlyConfigured: the settings that name it are faulty.
    """
    if fault := fault_of_registry():
        raise ImproperlyConfigured(fault)
    if not settings.REGISTRY_URL:
        return None
    return registry_at(settings.REGISTRY_URL, settings.REGISTRY_TOKEN, settings.REGISTRY_CA)


def fault_of_registry() -> str | None:
    """What is wrong with the settings, in one sentence that repeats none of them: an address may hold a password."""
    url, token = settings.REGISTRY_URL, settings.REGISTRY_TOKEN
    if not url:
        half = token or settings.REGISTRY_CA
        return "LLAVES_REGISTRY_URL is not set, but other settings of the registry are." if half else None
    if not _is_plain_https(url):
        return "LLAVES_REGISTRY_URL must be https://host/path, without user, question mark or fragment."
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        return "LLAVES_REGISTRY_TOKEN is missing, or holds spaces or other characters that no token has."
    if settings.REGISTRY_CA and not _holds_certificates(settings.REGISTRY_CA):
        return "LLAVES_REGISTRY_CA_FILE holds no certificates in PEM."
    return None


def _is_plain_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and parts.port != 0
            and (not parts.query and not parts.fragment)
        )
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _holds_certificates(pem: str) -> bool:
    try:
        ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError):
        return False
    return True


@lru_cache(maxsize=1)
def registry_at(url: str, token: str, certificates: str) -> MiSeguridadSocial:
    """One client for each process, so that its connections are kept and its failures remembered."""
    return MiSeguridadSocial(Asker(url, token, certificates=certificates))
