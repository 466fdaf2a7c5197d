"""What providers did in an invented past, as plain values: the demo imagines it, `rehearsal` writes it down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone

from llaves.credentials.lifecycle import WAITING, Kind, Standing, State
from llaves.identity.roles import Role, login_for
from llaves.providers.models import Person, Provider


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider and who may act for it, since when and until when; a professional always may for himself."""

    provider: Provider
    person: Person
    since: date | None
    until: date | None

    @property
    def login(self) -> str:
        """The login that the portal assigns."""
        person, nit = self.person, self.provider.organization.nit
        return login_for(Role.DELEGATE, person.document_type, person.document_number, nit)


@dataclass(slots=True, kw_only=True)
class PastRequest:
    """A request, with the moments of its moves. Officials are named by their logins."""

    id: UUID
    kind: Kind
    requested_at: datetime
    state: State = WAITING
    claimed_at: datetime | None = None
    claimed_by: str = ""
    returned_at: datetime | None = None
    returned_by: str = ""
    reason: str = ""
    field_to_mend: str = ""
    mended_at: datetime | None = None
    withdrawn_at: datetime | None = None
    assigned_at: datetime | None = None
    assigned_by: str = ""
    replaces: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, repr=False)
class PastCredential:
    """A credential, with what became of it and who has looked at it when."""

    id: UUID
    request: PastRequest
    environment: str
    client_id: UUID
    client_secret: str
    subscription_key: str
    assigned_at: datetime
    assigned_by: str
    expires_on: date
    corrects: str = ""
    """What was wrong with the one in whose place it was entered."""
    standing: Standing = Standing.VALID
    overlap_ends_on: date | None = None
    exposed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    end_reason: str = ""
    removed_at: datetime | None = None
    removed_by: str = ""
    looks: Sequence[datetime] = ()
    told: Sequence[tuple[int, datetime]] = ()
    """How many days before its expiry that was told, and when."""

    @property
    def expires_at(self) -> datetime:
        """The first moment of its last day in Bogotá."""
        return timezone.make_aware(datetime.combine(self.expires_on, time.min))

    @property
    def is_current(self) -> bool:
        """In force, and not renewed."""
        return self.ended_at is None and self.overlap_ends_on is None


@dataclass(slots=True)
class Past:
    """All that a provider did."""

    candidate: Candidate
    requests: list[PastRequest] = field(default_factory=list)
    credentials: list[PastCredential] = field(default_factory=list)
    left_at: datetime | None = None
    """When it was noticed that its delegate may not act any more."""
