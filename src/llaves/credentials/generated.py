"""A pair on its way from Entra to its assignment: its row, where its secrets rest, whose subscription key it gets.

Entra gives no APIM subscription key. It is the one that an official typed with the order, else the provider's last of
that environment, else the one that the catalogue has for everybody.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import generation
from llaves.credentials.assignment import CLIENT_SECRET, SUBSCRIPTION_KEY, binding_of
from llaves.credentials.generation import Stage, Step
from llaves.credentials.models import Credential, Environment, Generation, SharedSubscriptionKey
from llaves.credentials.queries import subject_of
from llaves.providers.models import Provider
from llaves.vault import actions as vault
from llaves.vault.envelope import Binding, CannotOpen

GENERATION, ENVIRONMENT = "generation", "environment"
"""Kinds of envelopes."""


class SubscriptionKeyMissing(Exception):
    """Nobody has told the APIM subscription key of an environment. `environment` is its code."""

    def __init__(self, environment: str) -> None:
        super().__init__(environment)
        self.environment = environment


def locked(generation_id: UUID) -> Generation:
    """A generation to be changed."""
    related = ("provider__organization", "environment", "application", "run")
    return Generation.objects.select_for_update(of=("self",)).select_related(*related).get(id=generation_id)


def moved(generation_id: UUID, step: Step) -> Generation:
    """A generation to be changed, moved on by a step; the caller saves it.

    :raises StepNotAllowed: the step does not lead on from where it is.
    """
    held = locked(generation_id)
    held.stage = generation.after(Stage(held.stage), step).value
    return held


def note(name: EventName, held: Generation, *, by: Actor, at: datetime, **details: str) -> None:
    """Leave the event of a generation."""
    told = entry_of(name, held, **details)
    trail.record(name, by=by, at=at, subject=told.subject, details=told.details)


def entry_of(name: EventName, held: Generation, **details: str) -> trail.Entry:
    """The event of a generation."""
    told: dict[str, trail.Detail] = {
        "generation": str(held.id),
        "request": str(held.request_id),
        "environment": held.environment.code,
        "stage": held.stage,
        **details,
    }
    return trail.Entry(name, subject_of(held.provider), told)


def forget_secrets(held: Generation, *, by: Actor, at: datetime) -> None:
    """Let go of the secrets that were only kept for the way."""
    secrets = [one for one in (held.client_secret_id, held.subscription_key_id) if one]
    held.client_secret = held.subscription_key = None
    held.save(update_fields=["stage", "client_secret", "subscription_key"])
    if secrets:
        vault.forget(secrets, by=by, at=at)


def binding_of_generation(generation: Generation, content: str) -> Binding:
    """Where a generated secret rests until it is assigned."""
    return Binding(GENERATION, {"generation": str(generation.id), "content": content})


def binding_of_environment(environment: Environment) -> Binding:
    """Where the subscription key of everybody rests."""
    return Binding(ENVIRONMENT, {"environment": environment.code, "content": SUBSCRIPTION_KEY})


def has_subscription_key(provider: Provider, environment: Environment) -> bool:
    """Whether nobody has to type one."""
    return environment.id in with_subscription_key(provider)


def with_subscription_key(provider: Provider) -> set[int]:
    """The environments in which nobody has to type one, by a single query."""
    shared = SharedSubscriptionKey.objects.values_list("environment", flat=True)
    return set(shared.union(Credential.objects.filter(provider=provider).values_list("environment", flat=True)))


def opened(generations: Sequence[Generation], *, by: Actor, at: datetime) -> dict[UUID, tuple[str, str]]:
    """ClientSecret and subscription key of the pairs of a request that are assigned now, by generation.

    Nobody is shown them, so that it counts as no look; one event names them all.

    :raises CannotOpen: one was altered, or its master key is missing.
    :raises SubscriptionKeyMissing: whoever ordered has made sure of one, but it was taken away since.
    """
    if not generations:
        return {}
    places = [*map(_place_of_secret, generations), *_places_of_keys(generations)]
    secrets = [one for one in vault.use_all(places, purpose=GENERATION, by=by, at=at) if one is not None]
    if len(secrets) < len(places):
        raise CannotOpen
    pairs = zip(secrets[: len(generations)], secrets[len(generations) :], strict=True)
    return {one.id: pair for one, pair in zip(generations, pairs, strict=True)}


def _place_of_secret(held: Generation) -> tuple[UUID, Binding]:
    assert held.client_secret_id  # noqa: S101 - a constraint says so
    return held.client_secret_id, binding_of_generation(held, CLIENT_SECRET)


def _places_of_keys(generations: Sequence[Generation]) -> list[tuple[UUID, Binding]]:
    """Where the subscription keys rest that belong to the pairs of a request."""
    provider, places = generations[0].provider, {one.environment_id for one in generations}
    given = Credential.objects.filter(provider=provider, environment__in=places)
    newest = given.order_by("environment_id", "-assigned_at", "-id").distinct("environment_id")
    last = {one.environment_id: one for one in newest}
    shared = {one.environment_id: one for one in SharedSubscriptionKey.objects.filter(environment__in=places)}
    found = []
    for one in generations:
        environment = one.environment
        if one.subscription_key_id:
            found.append((one.subscription_key_id, binding_of_generation(one, SUBSCRIPTION_KEY)))
        elif former := last.get(environment.id):
            binding = binding_of(provider, environment, former.id, SUBSCRIPTION_KEY)
            found.append((former.subscription_key_id, binding))
        elif common := shared.get(environment.id):
            found.append((common.sealed_id, binding_of_environment(environment)))
        else:
            raise SubscriptionKeyMissing(environment.code)
    return found
