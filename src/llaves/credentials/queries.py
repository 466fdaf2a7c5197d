"""Questions about requests and credentials."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet

from llaves.audit.events import Subject
from llaves.credentials import lifecycle
from llaves.credentials.bulk import EnvironmentKnown
from llaves.credentials.lifecycle import OPEN_STATES, WAITING, Kind
from llaves.credentials.models import BulkUpload, Client, Credential, Draft, Environment, Request, ReturnReason
from llaves.identity.models import Account
from llaves.providers.models import Provider
from llaves.providers.queries import search_query

PAGE_LENGTH = 25
FEW_PROVIDERS = 2000
# The later moment decides; where one was corrected in the same instant, the one that has not ended.
_NEWEST_FIRST = ("-assigned_at", F("ended_at").desc(nulls_first=True), F("overlap_ends_on").desc(nulls_first=True))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list begins: after the request that was asked for at this moment, with this id."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    requests: list[Request]
    next: Place | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of those who wait: by code, NIT or name, DIVIPOLA department, class, kind, asked before a moment."""

    text: str = ""
    department: str = ""
    provider_class: int | None = None
    kind: str = ""
    before: datetime | None = None


EVERYBODY = Wanted()


def awaiting_assignment(*, wanted: Wanted = EVERYBODY, after: Place | None = None, length: int = PAGE_LENGTH) -> Page:
    """The requests that wait for the ministry, oldest first, from a place on.

    One query, two where the providers are narrowed; their cost depends on the page's length, not on the list's.
    """
    waiting = all_awaiting(wanted)
    if after:
        # The first condition says nothing new, but lets the index begin where the page does.
        waiting = waiting.filter(requested_at__gte=after.at).filter(Q(requested_at__gt=after.at) | Q(id__gt=after.id))
    found = list(waiting[: length + 1])
    last = found[length - 1] if len(found) > length else None
    return Page(requests=found[:length], next=Place(last.requested_at, last.id) if last else None)


def count_awaiting(*, most: int = 1000) -> int:
    """How many requests wait, counted up to `most` so that a long list costs no more than a short one."""
    return Request.objects.filter(state=WAITING.value)[: most + 1].count()


def all_awaiting(wanted: Wanted) -> QuerySet[Request]:
    """Everybody who waits and is wanted, oldest first, with what a page or a file tells of them."""
    related = ("provider__organization", "requested_by__person", "claimed_by__person")
    conditions = {"kind": wanted.kind, "requested_at__lt": wanted.before}
    waiting = Request.objects.filter(
        state=WAITING.value, **{name: value for name, value in conditions.items() if value}
    )
    return _of_providers(waiting, wanted).select_related(*related).order_by("requested_at", "id")


def _of_providers(waiting: QuerySet[Request], wanted: Wanted) -> QuerySet[Request]:
    conditions = {
        "search": search_query(wanted.text),
        "code__startswith": wanted.department,
        "provider_class": wanted.provider_class,
    }
    narrowed = {name: value for name, value in conditions.items() if value}
    if not narrowed:
        return waiting
    # Few providers match: take their requests, as an array, which the planner fetches by the index. Many match: walking
    # the list finds a page of them soon. Left to itself it would walk the list to its end for few that stand there.
    matching = Provider.objects.filter(**narrowed).order_by().values("id")[: FEW_PROVIDERS + 1]
    if matching.count() > FEW_PROVIDERS:
        return waiting.filter(**{f"provider__{name}": value for name, value in narrowed.items()})
    among = {"template": "%(expressions)s)", "arg_joiner": " = ANY(", "output_field": BooleanField()}
    return waiting.filter(Func("provider_id", ArraySubquery(matching), **among))


def requests_of(provider: Provider) -> QuerySet[Request]:
    """All requests of a provider, newest first."""
    related = ("requested_by__person", "return_reason")
    return Request.objects.filter(provider=provider).select_related(*related).order_by("-requested_at")


def credentials_of(provider: Provider) -> QuerySet[Credential]:
    """All credentials of a provider by environment, newest first, with what a page shows of them."""
    return (
        Credential.objects.filter(provider=provider)
        .select_related("client__provider", "client__environment", "environment", "request", "last_proof", "generation")
        .order_by("environment__position", *_NEWEST_FIRST)
    )


def newest_of_each_environment(provider: Provider) -> QuerySet[Credential]:
    """The credential that counts in each environment, valid or not."""
    return (
        Credential.objects.filter(provider=provider)
        .order_by("environment_id", *_NEWEST_FIRST)
        .distinct("environment_id")
    )


def holders_of(client_ids: Iterable[UUID]) -> dict[UUID, Client]:
    """To whom these ClientIDs belong, with provider and environment; those that nobody holds are not in it."""
    held = Client.objects.select_related("provider", "environment").filter(released_at__isnull=True)
    return {client.client_id: client for client in held.filter(client_id__in=list(client_ids))}


def kinds_open_to(provider: Provider, *, on: date) -> tuple[Kind, ...]:
    """What a provider may ask for on a day, if no request of it is open."""
    return kinds_open_after(newest_of_each_environment(provider), on=on)


def kinds_open_after(credentials: Iterable[Credential], *, on: date) -> tuple[Kind, ...]:
    """The same for a provider whose credentials are known, in the order of `credentials_of`. No query."""
    newest: dict[int, Credential] = {}
    for credential in credentials:
        newest.setdefault(credential.environment_id, credential)
    return lifecycle.kinds_open([(one.seen(on=on), one.expires_on) for one in newest.values()], on=on)


def open_request_of(provider: Provider) -> Request | None:
    """The one request of a provider that is neither assigned nor withdrawn."""
    related = ("requested_by__person", "return_reason")
    return Request.objects.select_related(*related).filter(provider=provider, state__in=OPEN_STATES).first()


def draft_of(provider: Provider, account: Account) -> Draft | None:
    """What the account itself has typed so far."""
    return Draft.objects.filter(provider=provider, account=account).first()


def find_credential(provider: Provider, credential_id: UUID) -> Credential | None:
    """The provider's own credential; somebody else's is as unknown as one that never was."""
    return credentials_of(provider).filter(id=credential_id).first()


def return_reasons() -> QuerySet[ReturnReason]:
    """The ministry's list of reasons."""
    return ReturnReason.objects.all()


def subject_of(provider: Provider) -> Subject:
    """On whose behalf a thing is done that is done to a provider."""
    return Subject(nit=provider.organization.nit, provider=provider.code)


def environments() -> list[Environment]:
    return list(Environment.objects.all())


def renewals_need_no_official(environments: Iterable[Environment]) -> bool:
    """Whether the portal generates renewed and replaced keys in all of these: one made by hand is waited for."""
    return all(environment.renews_by_itself for environment in environments)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant of Entra in which the portal makes pairs itself."""

    id: str
    authority: str
    graph_base: str


def tenants_worked_on() -> list[Tenant]:
    """The tenants of automatic environments, and of those in which something is still to be undone."""
    fields = ("tenant_id", "authority", "graph_base")
    known = Environment.objects.exclude(tenant_id="").exclude(authority="").exclude(graph_base="")
    named = known.filter(Q(is_automatic=True) | Q(applications__isnull=False)).order_by("tenant_id")
    found = {tenant: (authority, base) for tenant, authority, base in named.values_list(*fields).distinct()}
    return [Tenant(tenant, *addresses) for tenant, addresses in found.items()]


def find_request(request_id: UUID) -> Request | None:
    """A request with the people and the entity that a page shows of it."""
    people = ("requested_by__person", "assigned_by__person", "claimed_by__person", "returned_by__person")
    related = ("provider__organization", "return_reason", *people)
    return Request.objects.select_related(*related).filter(id=request_id).first()


def was_assigned_by_the_portal(request: Request) -> bool:
    """Whether all that a request was given was generated, so that nobody has entered anything."""
    if request.assigned_at is None:
        return False
    # What was corrected since was entered by hand, but later.
    given = Credential.objects.filter(request=request, assigned_at=request.assigned_at)
    generations = set(given.values_list("generation", flat=True))
    return bool(generations) and None not in generations


def lock_request(request_id: UUID) -> Request:
    """A request to be changed: whoever asks for it next waits until the transaction has ended."""
    related = ("provider__organization", "requested_by__person")
    return Request.objects.select_for_update(of=("self",)).select_related(*related).get(id=request_id)


def find_upload(account: Account, upload_id: UUID, *, at: datetime) -> BulkUpload | None:
    """The account's own upload, as long as it can be confirmed or has been."""
    upload = BulkUpload.objects.filter(id=upload_id, account=account).first()
    return None if upload is None or upload.has_expired(at=at) else upload


def catalogue() -> list[EnvironmentKnown]:
    """The environments, as the checks of a bulk assignment need them."""
    fields = ("code", "name", "endpoint", "tenant_id", "scope")
    return [EnvironmentKnown(**values) for values in Environment.objects.values(*fields)]


def longest_waiting(*, lines: int) -> list[tuple[str, str]]:
    """Code and name of the providers that wait, oldest first: as many as fit into a table of so many lines."""
    length = lines // max(1, Environment.objects.count())
    page = awaiting_assignment(length=length)
    return [(request.provider.code, request.provider.name) for request in page.requests]
