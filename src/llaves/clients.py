"""Settings → clients of the systems outside: the one place where they meet."""

import ssl
from dataclasses import replace
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from llaves.integrations.entra.applications import Applications
from llaves.integrations.entra.budget import HIGHEST_RATE, Budget
from llaves.integrations.entra.graph import Graph
from llaves.integrations.entra.provisioners import ProvisionersFault, read_provisioners
from llaves.integrations.entra.verification import PATIENCE, Verification
from llaves.integrations.http import Asker, is_plain_https
from llaves.integrations.miseguridadsocial import MiSeguridadSocial

MOST_SECRET_DAYS = 730
LONGEST_PROOF_PAUSE = 60


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
    if not is_plain_https(url):
        return "LLAVES_REGISTRY_URL must be https://host/path, without user, question mark or fragment."
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        return "LLAVES_REGISTRY_TOKEN is missing, or holds spaces or other characters that no token has."
    if settings.REGISTRY_CA and not _holds_certificates(settings.REGISTRY_CA):
        return "LLAVES_REGISTRY_CA_FILE holds no certificates in PEM."
    return None


@lru_cache(maxsize=4)
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


def fault_of_entra() -> str | None:
    """What is wrong with the settings of Entra, in one sentence."""
    if settings.ENTRA_CA and not _holds_certificates(settings.ENTRA_CA):
        return "LLAVES_ENTRA_CA_FILE holds no certificates in PEM."
    try:
        read_provisioners(settings.ENTRA_PROVISIONERS)
    except ProvisionersFault as fault:
        return f"LLAVES_ENTRA_PROVISIONERS: {fault}."
    if not 1 <= settings.ENTRA_WRITES <= HIGHEST_RATE:
        return f"LLAVES_ENTRA_WRITES must be from 1 to {HIGHEST_RATE:.0f}: Graph allows no more."
    if not 1 <= settings.ENTRA_SECRET_DAYS <= MOST_SECRET_DAYS:
        return f"LLAVES_ENTRA_SECRET_DAYS must be from 1 to {MOST_SECRET_DAYS}: two years."
    if not 1 <= settings.ENTRA_PROOF_PAUSE <= LONGEST_PROOF_PAUSE:
        return f"LLAVES_ENTRA_PROOF_PAUSE must be from 1 to {LONGEST_PROOF_PAUSE} seconds."
    return None


def applications(*, tenant: str, authority: str, graph_base: str) -> Applications:
    """The applications of a tenant, by its provisioner.

    :raises ImproperlyConfigured: the settings are faulty, or name no provisioner for it.
    """
    if fault := fault_of_entra():
        raise ImproperlyConfigured(fault)
    if tenant not in read_provisioners(settings.ENTRA_PROVISIONERS):
        raise ImproperlyConfigured(f"LLAVES_ENTRA_PROVISIONERS names none for tenant {tenant}.")
    return applications_at(tenant, authority, graph_base, settings.ENTRA_PROVISIONERS, settings.ENTRA_CA)


@lru_cache(maxsize=8)
def applications_at(tenant: str, authority: str, graph_base: str, provisioners: str, certificates: str) -> Applications:
    """One client for each process and tenant, so that all that it writes there is counted together."""
    graph = Graph(
        graph_base,
        authority=authority,
        tenant=tenant,
        provisioner=read_provisioners(provisioners)[tenant],
        budget=Budget(settings.ENTRA_WRITES),
        certificates=certificates,
    )
    return Applications(graph)


def verification(authority: str, *, at_once: int = PATIENCE.at_once) -> Verification:
    """Where pairs are proved, by the authority that the catalogue has for their environment.

    :param at_once: how many questions may be open, for whom no page waits.
    :raises ImproperlyConfigured: the settings are faulty.
    """
    if fault := fault_of_entra():
        raise ImproperlyConfigured(fault)
    return verification_at(authority, settings.ENTRA_CA, at_once)


@lru_cache(maxsize=8)
def verification_at(authority: str, certificates: str, at_once: int) -> Verification:
    """One client for each process, authority and purpose."""
    return Verification(Asker(authority, certificates=certificates, limits=replace(PATIENCE, at_once=at_once)))
