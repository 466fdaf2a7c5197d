"""Letters that time brings, to those who are responsible on the day. Never a secret."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone

from llaves.credentials import sayings
from llaves.credentials.lifecycle import Standing, State
from llaves.credentials.models import Credential, Generation, Request
from llaves.credentials.verdicts import Finding
from llaves.identity.queries import addresses_of_delegates, addresses_of_officials
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName
from llaves.providers.models import Provider

_SOON = {0: "hoy", 1: "mañana"}


def of_coming_expiry(credentials: Iterable[Credential], *, at: datetime) -> None:
    """One letter for each provider and day; the credentials come by provider and day."""
    for provider, expires_on, environments in _by_provider_and_day(credentials):
        days = (expires_on - timezone.localdate(at)).days
        about = {"environments": environments, "left": _SOON.get(days, f"en {days} días")}
        _tell(LetterName.EXPIRY_COMES, provider, expires_on, about, at=at)


def of_expiry(credentials: Iterable[Credential], *, at: datetime) -> None:
    """Of those that expired, as before it: so nobody whose last notices fell into a stop is left without any."""
    expired = [one for one in credentials if one.standing == Standing.EXPIRED]
    for provider, expires_on, environments in _by_provider_and_day(expired):
        _tell(LetterName.CREDENTIALS_EXPIRED, provider, expires_on, {"environments": environments}, at=at)


def of_own_expiry(tenant: str, expires_on: date, *, at: datetime) -> None:
    """To the officials: of the credential with which the portal itself works in Entra."""
    days = (expires_on - timezone.localdate(at)).days
    about = {"tenant": tenant, "expires": f"{expires_on:%d/%m/%Y}", "left": _SOON.get(days, f"en {days} días")}
    for address in addresses_of_officials(at=at):
        outbox.post(LetterName.OWN_EXPIRES, to=address, about=about, at=at)


def of_failures(failing: Iterable[tuple[Credential, Finding]], *, at: datetime) -> None:
    """A letter for each credential that Entra does not accept any more, to them and to the officials."""
    failing = list(failing)
    made = Generation.objects.filter(credential__in=[credential.id for credential, _ in failing])
    generated = set(made.values_list("credential", flat=True)) if failing else set()
    for credential, found in failing:
        saying, provider = sayings.SAYINGS[found], credential.provider
        about = {"provider": provider.label, "environment": credential.environment.name, "found": saying.happened}
        for address in _responsible(provider, at=at):
            outbox.post(LetterName.CREDENTIAL_FAILS, to=address, about={**about, "advice": saying.delegate}, at=at)
        advice = sayings.for_officials(found, is_the_portals=credential.id in generated)
        told = {**about, "advice": advice}
        for address in addresses_of_officials(at=at):
            outbox.post(LetterName.CREDENTIAL_FAILS_OFFICIALS, to=address, about=told, at=at)


def _by_provider_and_day(credentials: Iterable[Credential]) -> Iterable[tuple[Provider, date, str]]:
    for (provider, expires_on), group in groupby(credentials, key=lambda one: (one.provider, one.expires_on)):
        in_order = sorted((one.environment for one in group), key=lambda environment: environment.position)
        yield provider, expires_on, ", ".join(environment.name for environment in in_order)


def _tell(letter: LetterName, provider: Provider, expires_on: date, about: dict[str, str], *, at: datetime) -> None:
    told = {**about, "provider": provider.label, "expires": f"{expires_on:%d/%m/%Y}"}
    for address in _responsible(provider, at=at):
        outbox.post(letter, to=address, about=told, at=at)


def _responsible(provider: Provider, *, at: datetime) -> Iterable[str]:
    """Who may act for the provider today, and the technical lead whom its newest request names; each mailbox once."""
    asked = Request.objects.filter(provider=provider).exclude(state=State.WITHDRAWN.value).order_by("-requested_at")
    leads = asked.values_list("lead_email", flat=True)[:1]
    addresses = [*addresses_of_delegates(provider.organization, at=at), *leads]
    return {address.casefold(): address for address in addresses}.values()
