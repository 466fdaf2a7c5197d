"""What generating a pair asks of Entra: one application for a provider and environment, found again by its unique name.

A worker may be killed between any two lines here. What Entra was asked for is found again by the application's unique
name and by the secret's name, which is one generation's alone (half-created applications, answers that got lost).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

from llaves.audit.events import Actor
from llaves.credentials import generation, verdicts
from llaves.credentials.begun import Begun
from llaves.credentials.generation import Fault
from llaves.credentials.models import Credential, Environment, Generation
from llaves.integrations.entra import faults
from llaves.integrations.entra.applications import Applications, ApplicationTold, NewKey, Wanted
from llaves.integrations.entra.verification import Verification
from llaves.providers.models import Provider

TAG = "llaves-ihce"
"""By which the portal's applications are told from everybody else's in the tenant."""
FAULTS: dict[type[Exception], Fault] = {
    faults.QuotaExceeded: Fault.QUOTA,
    faults.PolicyRefuses: Fault.POLICY,
    faults.Denied: Fault.DENIED,
    faults.NotThere: Fault.GONE,
    faults.AlreadyThere: Fault.TAKEN,
}
"""What officials read of Entra's refusals; all others are `Fault.REFUSED`."""
TRIES_TO_FIND = 5
"""So often what was there a moment ago may not be shown as it is."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long Entra is waited for. Tests wait less."""

    between_proofs: timedelta = verdicts.PAUSE
    proofs: int = verdicts.PROOFS_OF_A_FRESH_ONE
    accepted_within: timedelta = timedelta(minutes=10)
    replicated_within: timedelta = timedelta(minutes=2)
    """After this long, what Entra does not show is not there."""
    wait: Callable[[int], timedelta] = generation.pause


@dataclass(frozen=True, slots=True)
class Tools:
    """What a tenant is worked on with."""

    applications: Applications
    verification: Verification
    lifetime: timedelta
    clock: Callable[[], datetime]
    by: Actor
    pace: Pace = Pace()


class Foreign(Exception):
    """The unique name belongs to an application that is not the portal's."""


class Disabled(Exception):
    """Somebody else has disabled the application: a pair of it would be refused."""


def unique_name(provider: Provider, environment: Environment) -> str:
    """By which an application is found again: Entra keeps it unique, whatever its mirrors show."""
    return f"llaves-{provider.code}-{environment.code}"


def described(provider: Provider, environment: Environment) -> Wanted:
    """The application of a provider in an environment."""
    return Wanted(
        unique_name(provider, environment),
        f"IHCE {provider.code} {environment.code}",
        sorted(_tags(provider, environment)),
    )


def _tags(provider: Provider, environment: Environment) -> set[str]:
    return {TAG, f"ihce:prestador:{provider.code}", f"ihce:ambiente:{environment.code}"}


def application_and_key(begun: Begun, ends_at: datetime, tools: Tools) -> tuple[ApplicationTold, NewKey]:
    """The application of a generation's provider and environment, made or found, with a new secret.

    :raises Foreign: see there.
    :raises Disabled: likewise.
    :raises EntraFault: Entra did not give it; `TryLater` where it may.
    """
    held = begun.held
    wanted = described(held.provider, held.environment)
    if held.attempts == 1 and begun.application is None:
        try:
            return tools.applications.create(wanted, key=held.key_name, ends_at=ends_at, urgent=held.is_urgent)
        except faults.AlreadyThere:
            pass  # of an earlier life of this database, or somebody else's: looked at below
    told = tools.applications.find(wanted.unique_name)
    if told is None and begun.application:
        raise faults.NotThere("application gone") if held.attempts > TRIES_TO_FIND else faults.TryLater("not shown")
    if told is None:
        return _created_again(held, wanted, ends_at, tools)
    return _adopted(held, told, ends_at, tools)


def _created_again(held: Generation, wanted: Wanted, ends_at: datetime, tools: Tools) -> tuple[ApplicationTold, NewKey]:
    _empty_bin(wanted, tools)
    try:
        return tools.applications.create(wanted, key=held.key_name, ends_at=ends_at, urgent=held.is_urgent)
    except faults.AlreadyThere as fault:
        raise faults.TryLater("not shown yet", request_id=fault.request_id) from None


def _empty_bin(wanted: Wanted, tools: Tools) -> None:
    if binned := tools.applications.find_in_bin(wanted.unique_name, wanted.display_name):
        tools.applications.purge(binned)


def _adopted(
    held: Generation, told: ApplicationTold, ends_at: datetime, tools: Tools
) -> tuple[ApplicationTold, NewKey]:
    """One more secret for an application that is ours; those of which the answer was lost go.

    Only secrets of this very generation's name are taken away: whoever restored the database from a copy must not cut
    off hospitals whose secrets it does not know.
    """
    if not _tags(held.provider, held.environment) <= told.tags:
        raise Foreign
    if told.is_disabled:
        _refuse_disabled(held)
    if held.attempts > 1:  # at the first, such a secret was made by another life of this database: it may be in use
        _remove_own(held, told, tools)
    try:
        return told, tools.applications.add_key(told.id, key=held.key_name, ends_at=ends_at, urgent=held.is_urgent)
    except faults.NotThere as fault:
        if held.attempts > TRIES_TO_FIND:
            raise
        raise faults.TryLater(fault.code, request_id=fault.request_id) from None  # it is there: we have just seen it


def _refuse_disabled(held: Generation) -> NoReturn:
    if held.attempts > TRIES_TO_FIND:
        raise Disabled
    raise faults.TryLater("disabled")  # the portal may just have enabled it again: mirrors lag behind


def tidy(held: Generation, tools: Tools) -> None:
    """Take away secrets of this generation's name of which the answer was lost."""
    told = tools.applications.find(unique_name(held.provider, held.environment))
    if told is None or held.key_id not in {key.id for key in told.keys}:
        raise faults.TryLater("not shown yet")  # a mirror that lags behind would show us too little
    _remove_own(held, told, tools, but=held.key_id)


def _remove_own(held: Generation, told: ApplicationTold, tools: Tools, *, but: UUID | None = None) -> None:
    for key in told.keys:
        if key.name == held.key_name and key.id != but:
            tools.applications.remove_key(told.id, key.id)


def undo(begun: Begun, tools: Tools) -> bool:
    """Take what a cancelled generation has made out of Entra; say whether Entra has no application of it any more.

    :raises TryLater: what was asked for a moment ago may still appear.
    """
    held = begun.held
    assert held.ended_at  # noqa: S101 - cancelling has set it
    if (left := held.ended_at + tools.pace.replicated_within - tools.clock()) > timedelta(0):
        raise faults.TryLater("waiting for what may still appear", after=left.total_seconds())
    wanted = described(held.provider, held.environment)
    told = tools.applications.find(wanted.unique_name)
    if told is None:
        if begun.application and held.attempts <= TRIES_TO_FIND:
            raise faults.TryLater("not shown")
        _empty_bin(wanted, tools)  # whoever removed it may have been stopped in the midst of it
        return True
    if not _tags(held.provider, held.environment) <= told.tags:
        return False
    others = [key for key in told.keys if key.name != held.key_name]
    is_used = Credential.objects.filter(client__client_id=told.client_id, removed_at__isnull=True).exists()
    if others or is_used:
        _remove_own(held, told, tools)
        return False
    tools.applications.remove(told.id)
    if tools.applications.find(wanted.unique_name):
        raise faults.TryLater("still shown")  # what Entra called gone may be a mirror's word
    return True
