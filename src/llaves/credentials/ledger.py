"""Who has seen which secret, and when: computed from the events of the trail, so that it cannot say anything else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper
from django.utils import timezone

from llaves.audit.queries import Opening, openings
from llaves.credentials.lifecycle import may_be_seen
from llaves.credentials.models import Credential
from llaves.identity.models import Account
from llaves.identity.queries import standing
from llaves.providers.models import Provider


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody has seen a credential's secrets. `has_left`: he may not act for the provider any more."""

    credential: Credential
    login: str
    name: str
    has_left: bool
    first_at: datetime
    last_at: datetime
    times: int
    is_valid: bool

    @property
    def is_marked(self) -> bool:
        """«Vista por quien ya no es delegado», and still good for something."""
        return self.has_left and self.is_valid


def ledger_of(provider: Provider, credentials: Iterable[Credential], *, at: datetime) -> list[Look]:
    """Everybody who has seen a secret of these credentials of a provider, the newest look last. Two queries."""
    return _looks(openings(provider=provider.code), {one.id: one for one in credentials}, at=at)


def seen_by(account: Account, *, at: datetime) -> list[Look]:
    """What an account has seen of its organization's providers."""
    told = openings(actor=account.login)
    credentials = Credential.objects.select_related("environment", "provider").in_bulk({one.credential for one in told})
    return _looks(told, credentials, at=at)


def _looks(told: Iterable[Opening], credentials: Mapping[UUID, Credential], *, at: datetime) -> list[Look]:
    stands = ExpressionWrapper(standing(at), output_field=BooleanField())
    named = Account.objects.filter(login__in={one.actor for one in told}).annotate(stands=stands)
    accounts = {account.login: account for account in named.select_related("person")}
    today = timezone.localdate(at)
    return [
        Look(
            credential=credential,
            login=one.actor,
            name=account.person.name if account else "",
            has_left=not (account and account.stands),
            first_at=one.first_at,
            last_at=one.last_at,
            times=one.times,
            is_valid=may_be_seen(credential.seen(on=today)),
        )
        for one in told
        if (credential := credentials.get(one.credential))
        for account in [accounts.get(one.actor)]
    ]
