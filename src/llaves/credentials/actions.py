"""The only writer of requests and credentials."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import lifecycle
from llaves.credentials.assignment import CLIENT_SECRET, SUBSCRIPTION_KEY, about_assignment, binding_of, subject_of
from llaves.credentials.lifecycle import Kind, Move, State
from llaves.credentials.models import Client, Credential, Environment, Request
from llaves.credentials.pairs import PairEntered, PairFault, check_holder
from llaves.identity.consent import accept
from llaves.identity.models import Account, Agreement
from llaves.identity.queries import addresses_of_officials
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName
from llaves.providers.models import Provider
from llaves.vault import actions as vault


class AlreadyRequested(Exception):
    """The provider has a request that waits already, or its first keys were assigned."""


class PairRefused(Exception):
    """A pair that cannot be this provider's: `environment` and `field` say where, the message what to do."""

    def __init__(self, environment: str, field: str, message: str) -> None:
        super().__init__(message)
        self.environment = environment
        self.field = field


class UnknownEnvironment(Exception):
    """The catalogue has no environment of this code."""


@dataclass(frozen=True, slots=True)
class RequestEntered:
    """Fields a–g of paso 1, as they are stored."""

    vendor_name: str
    software_name: str
    lead_name: str
    lead_email: str
    lead_phone: str
    protection_officer_name: str
    protection_officer_phone: str


@transaction.atomic
def make_request(
    *,
    provider: Provider,
    entered: RequestEntered,
    accepts: Iterable[Agreement],
    account: Account,
    by: Actor,
    at: datetime,
) -> Request:
    """Ask the ministry for a provider's first keys, and tell all who must know.

    `accepts` are the terms and the data authorisation, as the delegate has just read them.

    :raises AlreadyRequested: see there; also for the second of two at once.
    """
    request = _first_request(provider, entered, account, at=at)
    accept(account, accepts, by=by, at=at)
    trail.record(
        EventName.REQUEST_MADE,
        by=by,
        at=at,
        subject=subject_of(provider),
        details={"request": str(request.id), "kind": request.kind},
    )
    _tell_of_request(request, at=at)
    return request


def _first_request(provider: Provider, entered: RequestEntered, account: Account, *, at: datetime) -> Request:
    if Request.objects.filter(provider=provider).exists():
        raise AlreadyRequested
    try:
        with transaction.atomic():
            return Request.objects.create(
                provider=provider,
                kind=Kind.FIRST.value,
                state=State.REQUESTED.value,
                requested_at=at,
                requested_by=account,
                **asdict(entered),
            )
    except IntegrityError as fault:
        raise AlreadyRequested from fault


def _tell_of_request(request: Request, *, at: datetime) -> None:
    provider = request.provider
    about = {
        "provider": provider.label,
        "nit": provider.organization.nit_with_check_digit,
        "state": request.state_label,
        "when": timezone.localtime(at).strftime("%d/%m/%Y %H:%M"),
    }
    for address in addresses_of_officials(at=at):
        outbox.post(LetterName.REQUEST_RECEIVED, to=address, about=about, at=at)
    named = {"provider": provider.label, "delegate": request.requested_by.person.name}
    outbox.post(
        LetterName.LEAD_NAMED,
        to=request.lead_email,
        about={**named, "name": request.lead_name},
        regarding=request.id,
        at=at,
    )
    outbox.post(
        LetterName.PROTECTION_OFFICER_NAMED,
        to=provider.email or request.requested_by.person.email,
        about={**named, "name": request.protection_officer_name},
        at=at,
    )


@transaction.atomic
def assign(*, request_id: UUID, values: Mapping[str, PairEntered], account: Account, by: Actor, at: datetime) -> None:
    """Give the provider its credentials, one per environment of the catalogue, and close the request.

    `values` has the code of every environment as keys.

    :raises MoveNotAllowed: another official has already attended it.
    :raises PairRefused: a ClientID of somebody else, or a ClientID or a secret for two environments.
    """
    request = (
        Request.objects.select_for_update(of=("self",)).select_related("provider__organization").get(id=request_id)
    )
    state = lifecycle.after(State(request.state), Move.ASSIGN)
    environments = list(Environment.objects.all())
    _refuse_one_for_two(environments, values)
    for environment in environments:
        _issue(request, environment, values[environment.code], by=by, at=at)
    request.state, request.assigned_at, request.assigned_by = state.value, at, account
    request.save(update_fields=["state", "assigned_at", "assigned_by"])
    trail.record(
        EventName.REQUEST_ASSIGNED,
        by=by,
        at=at,
        subject=subject_of(request.provider),
        details={"request": str(request.id), "environments": sorted(values)},
    )
    _tell_of_assignment(request, at=at)


def _refuse_one_for_two(environments: Iterable[Environment], values: Mapping[str, PairEntered]) -> None:
    for field, name in (("client_id", "ClientID"), ("client_secret", "ClientSecret")):
        seen: dict[object, Environment] = {}
        for environment in environments:
            first = seen.setdefault(getattr(values[environment.code], field), environment)
            if first != environment:
                message = f"Es el mismo {name} del ambiente {first}. Cada ambiente tiene el suyo."
                raise PairRefused(environment.code, field, message)


def _issue(request: Request, environment: Environment, pair: PairEntered, *, by: Actor, at: datetime) -> None:
    client = _client(request.provider, environment, pair.client_id)
    credential_id = uuid4()
    sealed = {
        content: vault.seal(
            secret, binding=binding_of(request.provider, environment, credential_id, content), by=by, at=at
        )
        for content, secret in (
            (CLIENT_SECRET, pair.client_secret),
            (SUBSCRIPTION_KEY, pair.subscription_key),
        )
    }
    Credential.objects.create(
        id=credential_id, client=client, request=request, assigned_at=at, expires_on=pair.expires_on, **sealed
    )


def _client(provider: Provider, environment: Environment, client_id: UUID) -> Client:
    # Of two officials who give one ClientID to two providers at once, the unique index lets one through.
    client, _ = Client.objects.get_or_create(
        client_id=client_id, defaults={"provider": provider, "environment": environment}
    )
    try:
        held = client.provider.code, client.environment.name
        check_holder(held, wanted=(provider.code, environment.name))
    except PairFault as fault:
        raise PairRefused(environment.code, "client_id", str(fault)) from fault
    return client


def _tell_of_assignment(request: Request, *, at: datetime) -> None:
    names = [
        credential.client.environment.name for credential in request.credentials.select_related("client__environment")
    ]
    about = about_assignment(request, names)
    outbox.post(LetterName.CREDENTIALS_ASSIGNED, to=request.requested_by.person.email, about=about, at=at)


@transaction.atomic
def reveal(credential: Credential, *, by: Actor, at: datetime) -> PairEntered:
    """A credential in the clear, for a delegate who has just proved again who he is.

    The caller has checked that the credential is his provider's. Leaves an event for each secret opened.
    """
    client = credential.client
    opened = {
        content: vault.unseal(
            secret_id,
            binding=binding_of(client.provider, client.environment, credential.id, content),
            by=by,
            at=at,
        )
        for content, secret_id in (
            (CLIENT_SECRET, credential.client_secret_id),
            (SUBSCRIPTION_KEY, credential.subscription_key_id),
        )
    }
    return PairEntered(client_id=client.client_id, expires_on=credential.expires_on, **opened)


@transaction.atomic
def set_environment(*, code: str, values: Mapping[str, str], by: Actor, at: datetime) -> None:
    """Change what all providers share in an environment: `endpoint`, `tenant_id`, `scope`.

    :raises UnknownEnvironment: see there.
    """
    if not Environment.objects.filter(code=code).update(**values):
        raise UnknownEnvironment(code)
    trail.record(EventName.ENVIRONMENT_SET, by=by, at=at, details={"environment": code, **values})
