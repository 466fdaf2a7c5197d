"""Handing out credentials and showing them: with `requesting`, `attending` and `revoking` their only writers.

An action's arguments are named; it takes `by=` and `at=`, is one transaction and leaves one event.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials import lifecycle, revoking, telling
from llaves.credentials.assignment import CLIENT_SECRET, SUBSCRIPTION_KEY, binding_of, make_room
from llaves.credentials.generated import binding_of_environment
from llaves.credentials.generation_queries import has_made_something_in
from llaves.credentials.lifecycle import End, Move, State
from llaves.credentials.models import Client, Credential, Environment, Request, SharedSubscriptionKey
from llaves.credentials.pairs import PairEntered, PairFault, check_holder
from llaves.credentials.queries import holders_of, lock_request, subject_of
from llaves.identity.models import Account
from llaves.integrations.http import is_plain_https
from llaves.providers.models import Provider
from llaves.vault import actions as vault
from llaves.vault.envelope import Binding


class PairRefused(Exception):
    """A pair that cannot be this provider's: `environment` and `field` say where, the message what to do."""

    def __init__(self, environment: str, field: str, message: str) -> None:
        super().__init__(message)
        self.environment = environment
        self.field = field


class UnknownEnvironment(Exception):
    """The catalogue has no environment of this code."""


class FaultyAddress(Exception):
    """An address that secrets would be sent to is not https://host/path."""


class IncompleteEnvironment(Exception):
    """An automatic environment needs its tenant and both addresses; only an automatic one renews by itself."""


class TenantInUse(Exception):
    """The environment's tenant holds what the portal has made there: with another one nobody would look after it."""


class NothingToCorrect(Exception):
    """The request has no valid credential in one of the environments."""


class NotRevealed(Exception):
    """The credential is good for nothing any more, so nobody need see it."""


@transaction.atomic
def assign(*, request_id: UUID, values: Mapping[str, PairEntered], account: Account, by: Actor, at: datetime) -> None:
    """Give the provider its credentials, one per environment of the catalogue, and close the request.

    `values` has the code of every environment as keys. Renewed keys go on for a while; replaced ones stop now.

    :raises MoveNotAllowed: another official has already attended it, or it was returned or withdrawn.
    :raises PairRefused: a ClientID of somebody else, or a ClientID or a secret for two environments.
    """
    assign_to(request=lock_request(request_id), values=values, account=account, by=by, at=at)


@transaction.atomic
def assign_to(
    *, request: Request, values: Mapping[str, PairEntered], account: Account, by: Actor, at: datetime
) -> None:
    """Like `assign`, of a request that the caller holds (see `lock_request`)."""
    state = lifecycle.after(State(request.state), Move.ASSIGN)
    environments = list(Environment.objects.all())
    _refuse_one_for_two(environments, values)
    ended = make_room([request], account, at=at)[request.id]
    _issue(request, environments, values, by=by, at=at)
    request.state, request.assigned_at, request.assigned_by = state.value, at, account
    request.claimed_at = request.claimed_by = None
    request.save(update_fields=["state", "assigned_at", "assigned_by", "claimed_at", "claimed_by"])
    details: dict[str, trail.Detail] = {"request": str(request.id), "environments": sorted(values), "replaces": ended}
    trail.record(EventName.REQUEST_ASSIGNED, by=by, at=at, subject=subject_of(request.provider), details=details)
    telling.of_assignment([request], [environment.name for environment in environments], at=at)


@transaction.atomic
def correct(
    *, request_id: UUID, values: Mapping[str, PairEntered], reason: str, account: Account, by: Actor, at: datetime
) -> None:
    """Put other values in the place of those that proved wrong, in some environments of an assigned request.

    The wrong ones are revoked and stay in the history. A ClientID that proved to be somebody else's may be given to
    whom it belongs: this provider held it by mistake alone.

    :raises MoveNotAllowed: the request is not assigned.
    :raises NothingToCorrect: see there; nothing is changed then.
    :raises PairRefused: as at the assignment.
    """
    request = lock_request(request_id)
    lifecycle.after(State(request.state), Move.CORRECT)
    environments = list(Environment.objects.filter(code__in=values))
    _refuse_one_for_two(environments, values)
    held = request.credentials.select_for_update(of=("self",)).filter(ended_at__isnull=True)
    wrong = list(held.filter(environment__in=environments, overlap_ends_on__isnull=True))
    if not environments or len(wrong) != len(environments):
        raise NothingToCorrect
    revoking.end(wrong, End.REVOKE, account=account, reason=f"Corregida: {reason}", at=at)
    _release(wrong, keep={pair.client_id for pair in values.values()}, at=at)
    _issue(request, environments, values, by=by, at=at)
    details: dict[str, trail.Detail] = {"request": str(request.id), "environments": sorted(values), "reason": reason}
    trail.record(EventName.ASSIGNMENT_CORRECTED, by=by, at=at, subject=subject_of(request.provider), details=details)
    telling.of_correction(request, [environment.name for environment in environments], reason, at=at)


def _release(wrong: Iterable[Credential], *, keep: set[UUID], at: datetime) -> None:
    """Let go the ClientIDs of credentials that were wrong, unless another credential says that they were right."""
    ids = {credential.id for credential in wrong}
    others = Credential.objects.filter(client=OuterRef("pk")).exclude(id__in=ids)
    entered_by_mistake = Client.objects.filter(~Exists(others), credentials__in=ids, released_at__isnull=True)
    entered_by_mistake.exclude(client_id__in=keep).update(released_at=at)


def _refuse_one_for_two(environments: Iterable[Environment], values: Mapping[str, PairEntered]) -> None:
    for field, name in (("client_id", "ClientID"), ("client_secret", "ClientSecret")):
        seen: dict[object, Environment] = {}
        for environment in environments:
            first = seen.setdefault(getattr(values[environment.code], field), environment)
            if first != environment:
                message = f"Es el mismo {name} del ambiente {first}. Cada ambiente tiene el suyo."
                raise PairRefused(environment.code, field, message)


def _issue(
    request: Request, environments: Sequence[Environment], values: Mapping[str, PairEntered], *, by: Actor, at: datetime
) -> None:
    """One credential for each environment; as many queries for three as for one."""
    clients = _clients(request.provider, environments, values)
    credentials = [
        Credential(
            id=uuid4(),
            client=clients[values[environment.code].client_id],
            provider=request.provider,
            environment=environment,
            request=request,
            assigned_at=at,
            expires_on=values[environment.code].expires_on,
        )
        for environment in environments
    ]
    secrets = [place for one in credentials for place in _places(one, values[one.environment.code])]
    sealed = vault.seal_all(secrets, by=by, at=at)
    for credential, client_secret, subscription_key in zip(credentials, sealed[::2], sealed[1::2], strict=True):
        credential.client_secret, credential.subscription_key = client_secret, subscription_key
    Credential.objects.bulk_create(credentials)


def _places(credential: Credential, pair: PairEntered) -> list[tuple[str, Binding]]:
    names = credential.provider, credential.environment, credential.id
    return [
        (pair.client_secret, binding_of(*names, CLIENT_SECRET)),
        (pair.subscription_key, binding_of(*names, SUBSCRIPTION_KEY)),
    ]


def _clients(
    provider: Provider, environments: Iterable[Environment], values: Mapping[str, PairEntered]
) -> dict[UUID, Client]:
    """The ClientIDs, which belong from now on to this provider, each in its environment."""
    wanted = {values[environment.code].client_id: environment for environment in environments}
    # In the order of their ids, so that two who insert the same wait for each other in one direction only. Of two
    # officials who give one ClientID to two providers at once, the unique index lets one through.
    new = [Client(client_id=one, provider=provider, environment=wanted[one]) for one in sorted(wanted)]
    Client.objects.bulk_create(new, ignore_conflicts=True)
    clients = holders_of(wanted)
    for client_id, environment in wanted.items():
        holder = clients[client_id]
        try:
            held = holder.provider.code, holder.environment.name
            check_holder(held, wanted=(provider.code, environment.name))
        except PairFault as fault:
            raise PairRefused(environment.code, "client_id", str(fault)) from fault
    return clients


@transaction.atomic
def reveal(credential: Credential, *, by: Actor, at: datetime) -> PairEntered:
    """A credential in the clear, for a delegate who has just proved again who he is.

    The caller has checked that the credential is his provider's. Leaves an event for each secret opened.

    :raises NotRevealed: it is not valid any more.
    """
    held = Credential.objects.select_for_update(no_key=True).get(id=credential.id)  # nobody ends it meanwhile
    if not lifecycle.may_be_seen(held.seen(on=timezone.localdate(at))):
        raise NotRevealed
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
def set_environment(*, code: str, values: Mapping[str, str | bool], by: Actor, at: datetime) -> None:
    """Change what all providers share in an environment, by the names of its columns.

    :raises FaultyAddress: see there; nothing is changed then.
    :raises IncompleteEnvironment: likewise.
    :raises TenantInUse: likewise.
    :raises UnknownEnvironment: see there.
    """
    for name in {"authority", "graph_base"} & values.keys():
        if values[name] and not is_plain_https(str(values[name])):
            raise FaultyAddress(name)
    environment = Environment.objects.select_for_update().filter(code=code).first()
    if environment is None:
        raise UnknownEnvironment(code)
    if values.get("tenant_id", environment.tenant_id) != environment.tenant_id and has_made_something_in(environment):
        raise TenantInUse(environment.tenant_id)
    try:
        with transaction.atomic():
            Environment.objects.filter(code=code).update(**values)
    except IntegrityError:
        raise IncompleteEnvironment(code) from None
    trail.record(EventName.ENVIRONMENT_SET, by=by, at=at, details={"environment": code, **values})


@transaction.atomic
def set_subscription_key(*, code: str, key: str, by: Actor, at: datetime) -> None:
    """Keep the APIM subscription key that all providers share in an environment; an empty one takes it away.

    :raises UnknownEnvironment: see there.
    """
    environment = Environment.objects.select_for_update().filter(code=code).first()
    if environment is None:
        raise UnknownEnvironment(code)
    former = SharedSubscriptionKey.objects.filter(environment=environment).first()
    if former:
        former.delete()
        vault.forget([former.sealed_id], by=by, at=at)
    if key:
        sealed = vault.seal(key, binding=binding_of_environment(environment), by=by, at=at)
        SharedSubscriptionKey.objects.create(environment=environment, sealed=sealed)
    details: dict[str, trail.Detail] = {"environment": code, "is_there": bool(key)}
    trail.record(EventName.SUBSCRIPTION_KEY_SET, by=by, at=at, details=details)
