"""What every assignment has in common, be it of one request or of thousands at once."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from llaves.credentials import lifecycle, revoking
from llaves.credentials.lifecycle import End, Kind
from llaves.credentials.models import Credential, Environment, Request
from llaves.identity.models import Account
from llaves.providers.models import Provider
from llaves.vault.envelope import CREDENTIAL, Binding

CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a place, not a secret
SUBSCRIPTION_KEY = "subscription_key"


def binding_of(provider: Provider, environment: Environment, credential_id: UUID, content: str) -> Binding:
    """Where a credential's secret belongs: to no other provider, environment, credential or field."""
    names = {"provider": provider.code, "environment": environment.code, "credential": str(credential_id)}
    return Binding(CREDENTIAL, {**names, "content": content})


def make_room(requests: Collection[Request], account: Account, *, at: datetime) -> dict[UUID, list[str]]:
    """End what new credentials take the place of, or say until when it goes on; return which, by request.

    The calling action holds the requests, and its events tell of it. Three queries, however many there are.
    """
    replaced: dict[UUID, list[str]] = {request.id: [] for request in requests}
    followed = {request.provider_id: request for request in requests if lifecycle.takes_a_place(Kind(request.kind))}
    ended, renewed = [], []
    for credential in _held(followed) if followed else ():
        request = followed[credential.provider_id]
        if lifecycle.ends_the_old_at_once(Kind(request.kind)):
            ended.append(credential)
        elif credential.overlap_ends_on is None:
            credential.overlap_ends_on = lifecycle.overlap_end(credential.expires_on, on=timezone.localdate(at))
            renewed.append(credential)
        else:
            continue
        replaced[request.id].append(str(credential.id))
    revoking.end(ended, End.REPLACE, account=account, reason="", at=at)
    Credential.objects.bulk_update(renewed, ["overlap_ends_on"], batch_size=revoking.MOST_AT_ONCE)
    return replaced


def _held(providers: Iterable[int]) -> QuerySet[Credential]:
    """What is in force of some providers, locked in one order by whoever locks it."""
    in_force = Credential.objects.filter(provider__in=list(providers), ended_at__isnull=True)
    return in_force.select_for_update(of=("self",)).order_by("id")
