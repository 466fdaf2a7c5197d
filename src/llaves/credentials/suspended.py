"""Who may exchange nothing now: Entra refuses tokens to his applications, and nothing is generated for him."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from llaves.credentials.models import Request
from llaves.identity.models import Account
from llaves.identity.queries import standing
from llaves.identity.roles import Role


class ProviderSuspended(Exception):
    """The provider may exchange nothing now, so nothing is generated for it."""


def suspended(at: datetime) -> Q:
    """Of rows that have a provider: that it is not enabled, withdrawn by the registry, or its delegates suspended.

    A delegation that only ends is a succession: it must not cut a hospital off until the next delegate has come
    (docs/decisions/0032).
    """
    delegates = Account.objects.filter(organization=OuterRef("provider__organization"), role=Role.DELEGATE.value)
    nobody_is_left = Exists(delegates.filter(suspended_at__isnull=False)) & ~Exists(delegates.filter(standing(at)))
    withdrawn = Q(provider__organization__withdrawn_at__isnull=False)
    return Q(provider__is_enabled=False) | withdrawn | Q(nobody_is_left)


def is_suspended(request: Request, *, at: datetime) -> bool:
    """Whether the provider that asks is."""
    return Request.objects.filter(suspended(at), id=request.id).exists()
