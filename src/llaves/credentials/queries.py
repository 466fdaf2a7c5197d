"""Questions about requests and credentials."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Func, Q, QuerySet

from llaves.credentials.bulk import EnvironmentKnown
from llaves.credentials.lifecycle import State
from llaves.credentials.models import BulkUpload, Credential, Environment, Request
from llaves.identity.models import Account
from llaves.providers.models import Provider
from llaves.providers.queries import search_query

PAGE_LENGTH = 25
FEW_PROVIDERS = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list begins: after the request that was asked for at this moment, with this id."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    requests: list[Request]
    next: Place | None


def awaiting_assignment(*, text: str = "", after: Place | None = None, length: int = PAGE_LENGTH) -> Page:
    """The requests that wait for the ministry, oldest first, from a place on; `text` narrows by code, NIT or name.

    One query, two with a text; their cost depends on the page's length, not on the list's.
    """
    waiting = _waiting(text).select_related("provider__organization").order_by("requested_at", "id")
    if after:
        # The first condition says nothing new, but lets the index begin where the page does.
        waiting = waiting.filter(requested_at__gte=after.at).filter(Q(requested_at__gt=after.at) | Q(id__gt=after.id))
    found = list(waiting[: length + 1])
    last = found[length - 1] if len(found) > length else None
    return Page(requests=found[:length], next=Place(last.requested_at, last.id) if last else None)


def count_awaiting(*, most: int = 1000) -> int:
    """How many requests wait, counted up to `most` so that a long list costs no more than a short one."""
    return Request.objects.filter(state=State.REQUESTED.value)[: most + 1].count()


def _waiting(text: str) -> QuerySet[Request]:
    waiting = Request.objects.filter(state=State.REQUESTED.value)
    query = search_query(text)
    if query is None:
        return waiting
    # Few providers match: take their requests, as an array, which the planner fetches by the index. Many match: walking
    # the list finds a page of them soon. Left to itself it would walk the list to its end for few that stand there.
    matching = Provider.objects.filter(search=query).order_by().values("id")[: FEW_PROVIDERS + 1]
    if matching.count() > FEW_PROVIDERS:
        return waiting.filter(provider__search=query)
    among = {"template": "%(expressions)s)", "arg_joiner": " = ANY(", "output_field": BooleanField()}
    return waiting.filter(Func("provider_id", ArraySubquery(matching), **among))


def requests_of(provider: Provider) -> QuerySet[Request]:
    """All requests of a provider, newest first."""
    return Request.objects.filter(provider=provider).select_related("requested_by__person").order_by("-requested_at")


def credentials_of(provider: Provider) -> QuerySet[Credential]:
    """The provider's credentials by environment, newest first, with what a page shows of them."""
    return (
        Credential.objects.filter(client__provider=provider)
        .select_related("client__provider", "client__environment")
        .order_by("client__environment__position", "-assigned_at")
    )


def find_credential(provider: Provider, credential_id: UUID) -> Credential | None:
    """The provider's own credential; somebody else's is as unknown as one that never was."""
    return credentials_of(provider).filter(id=credential_id).first()


def environments() -> list[Environment]:
    return list(Environment.objects.all())


def find_request(request_id: UUID) -> Request | None:
    """A request with the people and the entity that a page shows of it."""
    related = ("provider__organization", "requested_by__person", "assigned_by__person")
    return Request.objects.select_related(*related).filter(id=request_id).first()


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
