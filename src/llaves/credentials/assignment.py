"""What every assignment has in common, be it of one request or of thousands at once."""

from datetime import datetime
from uuid import UUID

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


def make_room(request: Request, account: Account, *, at: datetime) -> list[str]:
    """End what the new credentials take the place of, or say until when it goes on; return which.

    The calling action holds the request, and its event tells of it.
    """
    if not lifecycle.takes_a_place(Kind(request.kind)):
        return []
    held = Credential.objects.select_for_update(of=("self",)).filter(provider=request.provider, ended_at__isnull=True)
    if lifecycle.ends_the_old_at_once(Kind(request.kind)):
        old = list(held.order_by("id"))
        revoking.end(old, End.REPLACE, account=account, reason="", at=at)
        return [str(credential.id) for credential in old]
    old = list(held.filter(overlap_ends_on__isnull=True).order_by("id"))
    for credential in old:
        credential.overlap_ends_on = lifecycle.overlap_end(credential.expires_on, on=timezone.localdate(at))
        credential.save(update_fields=["overlap_ends_on"])
    return [str(credential.id) for credential in old]
