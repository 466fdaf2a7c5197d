"""The invented country's three years: nothing in them is what the portal itself could not have left behind."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import islice, pairwise

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import QuerySet
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from llaves.audit.events import Actor, ActorKind, EventName
from llaves.audit.models import Event
from llaves.cli import demo_lives
from llaves.cli.demo_lives import World
from llaves.cli.demo_people import PASSWORD
from llaves.cli.demo_requests import ENTERED
from llaves.credentials import actions, expiring, ledger, rehearsal, rehearsing, revoking, succession
from llaves.credentials.assignment import CLIENT_SECRET, SUBSCRIPTION_KEY, binding_of, make_room
from llaves.credentials.lifecycle import Kind, Standing, State
from llaves.credentials.models import Credential, Departure, ExpiryTold, Request
from llaves.credentials.past import Past
from llaves.credentials.queries import kinds_open_to
from llaves.identity.models import Account
from llaves.identity.queries import is_standing
from llaves.notifications.models import Notice
from llaves.providers.models import Provider
from llaves.vault import actions as vault
from llaves.vault.envelope import CannotOpen
from llaves.vault.models import SealedSecret
from tests.web.doors import log_in

pytestmark = pytest.mark.django_db

PROVIDERS, MANY = 300, 2500
"""Of rare things there are some among many."""
CLOCK = Actor(kind=ActorKind.SYSTEM, name="a job")


@pytest.fixture(autouse=True)
def demo(settings: Settings) -> None:
    settings.DEMO = True


@pytest.fixture
def country() -> datetime:
    """A small country with its past; returns the moment at which all was told."""
    call_command("demo", providers=PROVIDERS, history=True)
    return timezone.now()


def test_every_state_kind_standing_and_notice_is_there() -> None:
    call_command("demo", providers=MANY, history=True)
    assert set(Request.objects.values_list("state", flat=True)) == set(State)
    assert set(Request.objects.filter(state="solicitado").values_list("kind", flat=True)) == set(Kind)
    assert set(Credential.objects.values_list("standing", flat=True)) == set(Standing)
    mended, claimed = Request.objects.filter(mended_at__isnull=False), Request.objects.filter(claimed_at__isnull=False)
    assert all(found.exists() for found in (mended, mended.filter(state="asignado"), claimed))
    valid = Credential.objects.filter(standing=Standing.VALID.value)
    assert all(valid.filter(**{f"{field}__isnull": False}).exists() for field in ("overlap_ends_on", "exposed_at"))
    ended = Credential.objects.filter(standing__in=["reemplazada", "revocada"])
    assert {ended.filter(removed_at__isnull=waits).exists() for waits in (True, False)} == {True}
    assert Request.objects.filter(requested_at__lt=timezone.now() - timedelta(days=2 * 365)).exists()
    assert set(ExpiryTold.objects.values_list("days", flat=True)) == {60, 30, 15, 5, 1}


def test_the_jobs_by_the_clock_find_nothing_left_to_do(country: datetime) -> None:
    assert revoking.write_down_what_ended(by=CLOCK, at=country) == 0
    expiring.tell_of_coming_expiry(by=CLOCK, at=country)
    untold = Event.objects.filter(actor=CLOCK.name).values_list("provider", flat=True)
    assert not with_a_past().filter(code__in=untold).exists()
    assert succession.notice_departures(by=CLOCK, at=country) == 0
    assert succession.notice_returns(by=CLOCK, at=country) == 0


def test_every_move_and_every_secret_left_its_event(country: datetime) -> None:
    counted = {name: Event.objects.filter(name=name.value).count() for name in EventName}
    assert counted[EventName.REQUEST_MADE] == Request.objects.count()
    assert counted[EventName.REQUEST_ASSIGNED] == Request.objects.filter(state="asignado").count()
    assert counted[EventName.REQUEST_WITHDRAWN] == Request.objects.filter(state="retirado").count()
    assert counted[EventName.SECRET_SEALED] == SealedSecret.objects.count() == 2 * Credential.objects.count()
    assert counted[EventName.CREDENTIAL_REMOVED] == Credential.objects.filter(removed_at__isnull=False).count()
    assert counted[EventName.EXPIRY_TOLD] == ExpiryTold.objects.count()
    assert counted[EventName.DELEGATE_LEFT] == Departure.objects.count()


def test_the_trail_tells_the_past_in_its_order(country: datetime) -> None:
    past = list(Event.objects.filter(name=EventName.REQUEST_MADE.value).order_by("id").values_list("at", flat=True))
    invented = past[: Request.objects.filter(provider__in=with_a_past()).count()]
    assert all(earlier <= later for earlier, later in pairwise(invented))
    assert max(Event.objects.values_list("at", flat=True)) <= country


def test_its_events_are_shaped_like_those_that_the_actions_leave(country: datetime) -> None:
    shapes: dict[bool, dict[str, set[object]]] = {True: defaultdict(set), False: defaultdict(set)}
    of_the_past = set(with_a_past().values_list("code", flat=True))
    for event in Event.objects.exclude(provider=""):
        shape = (frozenset(event.details), bool(event.nit), event.actor_kind)
        shapes[event.provider in of_the_past][event.name].add(shape)
    both = shapes[True].keys() & shapes[False].keys()
    assert both >= {"credentials.request.made", "credentials.request.assigned", "vault.secret.sealed"}
    assert {name: shapes[True][name] for name in both} == {name: shapes[False][name] for name in both}


def test_each_secret_opens_where_it_belongs_and_nowhere_else(country: datetime) -> None:
    for one in Credential.objects.select_related("provider", "environment").order_by("id")[:60]:
        places = {
            content: binding_of(one.provider, one.environment, one.id, content)
            for content in (CLIENT_SECRET, SUBSCRIPTION_KEY)
        }
        opened = vault.unseal(one.client_secret_id, binding=places[CLIENT_SECRET], by=CLOCK, at=country)
        assert opened.startswith("Demo~")
        with pytest.raises(CannotOpen):
            vault.unseal(one.subscription_key_id, binding=places[CLIENT_SECRET], by=CLOCK, at=country)


def test_a_delegate_logs_in_and_has_a_credential_shown(country: datetime, client: Browser) -> None:
    one = next(
        credential
        for credential in Credential.objects.filter(standing="vigente").select_related("request__requested_by")
        if is_standing(credential.request.requested_by, at=country)
        and credential.provider.organization.providers.filter(is_enabled=True).count() == 1
    )
    account = one.request.requested_by
    log_in(client, account.login, PASSWORD)
    assert str(one.id) in client.get(reverse("delegate:keys")).content.decode()
    shown = client.post(reverse("delegate:reveal", args=[one.id]), {"password": PASSWORD})
    assert actions.reveal(one, by=CLOCK, at=country).client_secret in shown.content.decode()


def test_the_ledger_marks_what_former_delegates_have_seen(country: datetime) -> None:
    left = Provider.objects.filter(organization__accounts__departures__isnull=False)
    looks = [
        look
        for provider in left
        for look in ledger.ledger_of(provider, provider.credentials.select_related("environment"), at=country)
    ]
    assert looks
    assert all(look.has_left for look in looks)
    assert all(look.login for look in looks)


def test_what_a_provider_may_ask_for_today_is_what_the_rules_allow(country: datetime) -> None:
    today = timezone.localdate(country)
    kinds = {kinds_open_to(provider, on=today) for provider in with_a_past()[:150]}
    assert (Kind.RENEWAL, Kind.REPLACEMENT) in kinds
    assert (Kind.REPLACEMENT,) in kinds


def test_room_is_made_for_many_requests_at_the_cost_of_one(
    country: datetime, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    beto = Account.objects.get(login="CC1010101010")
    waiting = list(Request.objects.filter(state="solicitado").exclude(kind=Kind.FIRST.value))
    assert len(waiting) > 2
    with django_assert_max_num_queries(3):
        replaced = make_room(waiting, beto, at=country)
    current = Credential.objects.filter(provider__in=[one.provider_id for one in waiting], standing="vigente")
    assert not current.filter(overlap_ends_on=None).exists()
    assert sum(map(len, replaced.values())) >= 3


def test_asked_for_again_it_adds_nothing(country: datetime) -> None:
    before = Event.objects.count(), Request.objects.count(), Account.objects.count()
    call_command("demo", providers=PROVIDERS, history=True)
    assert before == (Event.objects.count(), Request.objects.count(), Account.objects.count())


def test_the_same_provider_has_the_same_past_at_every_run() -> None:
    call_command("demo", providers=PROVIDERS, pending=0)
    world = World(timezone.now(), ["desarrollo", "produccion"], ["CC1010101010"])
    told = [list(islice(invented(world), 40)) for _ in range(2)]
    assert told[0] == told[1]
    later = list(islice(invented(World(world.at + timedelta(days=1), world.environments, world.officials)), 40))
    assert [past.requests[0].id for past in told[0]] == [past.requests[0].id for past in later]


def test_a_past_that_breaks_off_leaves_nothing() -> None:
    call_command("demo", providers=PROVIDERS, pending=0)
    before = Event.objects.count()
    world = World(timezone.now(), ["desarrollo", "preproduccion", "produccion"], ["CC1010101010"])

    def broken() -> Iterator[Past]:
        yield from islice(invented(world), 5)
        raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        rehearsing.write_down(broken(), entered=ENTERED, password="!")
    assert not Request.objects.exists()
    assert before == Event.objects.count()


def test_every_constraint_and_trigger_is_on_afterwards(country: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")
        assert cursor.fetchone() == (0,)


def test_a_small_demo_has_no_past_unless_asked_and_few_requests() -> None:
    call_command("demo", providers=40, pending=2)
    assert Request.objects.filter(requested_at__lt=timezone.now() - timedelta(days=400)).count() == 0
    with pytest.raises(CommandError, match="50 como máximo"):
        call_command("demo", "--pending", "51")


def with_a_past() -> QuerySet[Provider]:
    """The providers whose requests were invented, not made by an action of the demo: those leave letters."""
    written_to = Notice.objects.filter(letter="lead_named").values("regarding")
    by_actions = Request.objects.filter(id__in=written_to).values("provider")
    return Provider.objects.filter(requests__isnull=False).exclude(id__in=by_actions).order_by("code").distinct()


def invented(world: World) -> Iterator[Past]:
    return demo_lives.pasts(rehearsal.candidates(but_nits=set(), at=world.at), world)
