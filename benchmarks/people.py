"""Who tries the pages: people of the invented country in comparable circumstances at every size of it."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, QuerySet
from django.test import Client
from django.utils import timezone

from llaves.cli.demo_data import open_account
from llaves.cli.demo_people import ACQUAINTANCES, Acquaintance
from llaves.cli.terminal import operator
from llaves.credentials import calendars, rehearsal
from llaves.credentials.addresses import address_of
from llaves.credentials.lifecycle import OPEN_STATES, Kind, Standing, State
from llaves.credentials.models import Credential, Request
from llaves.credentials.queries import kinds_open_to
from llaves.identity.actors import OPENED_AT
from llaves.identity.models import Account
from llaves.identity.queries import is_standing
from llaves.identity.roles import Role
from llaves.providers.models import Provider
from llaves.web.threshold import PASSED

CREDENTIALS, REQUESTS = 6, 2
"""Two generations in three environments: whoever is measured has had so much."""


@dataclass(frozen=True)
class Someone:
    """An account with its browser, and for a delegate the one provider of his entity."""

    account: Account
    provider: Provider

    @cached_property
    def browser(self) -> Client:
        return browser(self.account)


def browser(account: Account) -> Client:
    """Logged in, past the threshold."""
    client = Client()
    client.force_login(account)
    session = client.session
    session[OPENED_AT] = session[PASSED] = timezone.now().timestamp()
    session.save()
    return client


def official() -> Client:
    """Beto's browser."""
    logins = [who.login for who in ACQUAINTANCES if who.is_ready and who.role is Role.OFFICIAL]
    return browser(Account.objects.get(login=logins[0]))


def newcomer() -> Someone:
    """A delegate whose provider never asked for anything."""
    nits = {who.nit for who in ACQUAINTANCES}
    found = rehearsal.pairs_without_request(but_nits=nits, since=timezone.now(), until=timezone.now())
    for provider, person in found:
        if provider.organization.providers.count() == 1:
            document = person.document_type, person.document_number
            who = Acquaintance("", document, Role.DELEGATE, provider.organization.nit)
            return Someone(open_account(who, by=operator("bench"), at=timezone.now()), provider)
    raise LookupError("everybody has asked")


def who_waits() -> Someone:
    """A delegate whose first request waits."""
    return _delegate(_asked(State.REQUESTED).filter(kind=Kind.FIRST.value))


def whose_was_returned() -> Someone:
    """A delegate whose request was given back."""
    return _delegate(_asked(State.RETURNED))


def with_keys() -> Someone:
    """A delegate with valid keys that he may renew, of which some were looked at."""
    providers = Provider.objects.annotate(
        had=Count("credentials", distinct=True), asked=Count("requests", distinct=True)
    )
    alike = providers.filter(had=CREDENTIALS, asked=REQUESTS).exclude(requests__state__in=list(OPEN_STATES))
    current = Credential.objects.filter(standing=Standing.VALID.value, overlap_ends_on=None, provider__in=alike)
    soon = current.order_by("expires_on", "id").select_related("provider__organization", "request__requested_by")
    for one in soon:
        someone = Someone(one.request.requested_by, one.provider)
        if _is_alone(someone) and Kind.RENEWAL in kinds_open_to(one.provider, on=timezone.localdate()):
            return someone
    raise LookupError("nobody may renew")


def with_calendar(someone: Someone) -> str:
    """The path of the delegate's private calendar."""
    at, by = timezone.now(), operator("bench")
    if not address_of(someone.provider, someone.account):
        calendars.make(provider=someone.provider, account=someone.account, by=by, at=at)
    return "/" + address_of(someone.provider, someone.account).split("/", 3)[3]


def _asked(state: State) -> QuerySet[Request]:
    return Request.objects.filter(state=state.value).order_by("requested_at", "id")


def _delegate(requests: QuerySet[Request]) -> Someone:
    for request in requests.select_related("provider__organization", "requested_by"):
        someone = Someone(request.requested_by, request.provider)
        if _is_alone(someone):
            return someone
    raise LookupError("nobody is so placed")


def _is_alone(someone: Someone) -> bool:
    """Whether he has one provider and may act, so that no page asks him to choose."""
    return someone.provider.organization.providers.count() == 1 and is_standing(someone.account, at=timezone.now())
