"""Two delegates and two officials try every move in any order, while time goes by, against PostgreSQL.

Whatever they try: what is allowed leaves exactly one event, what is refused changes nothing, and no row is impossible.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.credentials import actions, attending, requesting, revoking
from llaves.credentials.actions import NothingToCorrect, NotRevealed
from llaves.credentials.attending import ClaimedByAnother
from llaves.credentials.lifecycle import Kind, MoveNotAllowed
from llaves.credentials.models import Credential, Request
from llaves.credentials.queries import kinds_open_to
from llaves.credentials.requesting import AlreadyRequested, KindNotOpen
from llaves.providers.models import Delegation, Person
from tests import people
from tests.people import ENTERED, Member
from tests.web.doors import everything

REFUSALS = (MoveNotAllowed, AlreadyRequested, KindNotOpen, ClaimedByAnother, NothingToCorrect, NotRevealed)
LEADS_ON = {
    "mend": {"devuelto"},
    "withdraw": {"solicitado", "devuelto"},
    "claim": {"solicitado"},
    "return": {"solicitado"},
    "assign": {"solicitado"},
    "correct": {"asignado"},
}
"""From which states of the newest request a move may succeed: said here once more, apart from the product's table."""
JOB = Actor(kind=ActorKind.SYSTEM, name="test")
BEGINNING = datetime.fromisoformat("2026-11-23T09:00-05:00")
DELEGATES = OFFICIALS = st.integers(0, 1)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.now, self.seed = BEGINNING, 0

    @initialize()
    def people_come(self) -> None:
        alicia = people.alicia(self.now)
        person = Person.objects.create(document_type="CC", document_number="52111333", name="Ana Sol", email="a@b.co")
        Delegation.objects.create(person=person, organization=alicia.organization, starts_on=self.now.date())
        self.provider = alicia.provider
        assert self.provider
        self.delegates = [alicia, Member(person, alicia.organization, self.provider, alicia.role)]
        self.officials = [people.beto(self.now), people.berta(self.now)]
        for member in (*self.delegates, *self.officials):
            member.account(self.now)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    @property
    def newest(self) -> Request | None:
        return Request.objects.filter(provider=self.provider).order_by("-requested_at", "id").last()

    def attempt(self, name: str, member: Member, action: Callable[..., object], **details: object) -> None:
        before, events = everything(), Event.objects.count()
        state = self.newest.state if self.newest else None
        try:
            action(account=member.account(self.now), by=member.actor, at=self.now, **details)
        except REFUSALS:
            assert everything() == before
            return
        told = Event.objects.order_by("id")[events:].values_list("name", flat=True)
        assert len([one for one in told if one.startswith("credentials.")]) == 1, (name, told)
        assert state in LEADS_ON.get(name, {state}), (name, state)

    def attempt_on_newest(self, name: str, member: Member, action: Callable[..., object], **details: object) -> None:
        if self.newest:
            self.attempt(name, member, action, request_id=self.newest.id, **details)

    @rule(days=st.sampled_from([1, 20, 31, 200, 310]))
    def time_goes_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(who=DELEGATES, kind=st.sampled_from(Kind), is_wise=st.booleans())
    def ask(self, who: int, kind: Kind, *, is_wise: bool) -> None:
        """For keys of any kind, or, so that more comes of it, of one that is open to the provider."""
        self.now += timedelta(minutes=1)  # so that the newest request is the last one made
        assert self.provider
        kind = kinds_open_to(self.provider, on=timezone.localdate(self.now))[0] if is_wise else kind
        details = {"provider": self.provider, "entered": ENTERED, "accepts": people.request_texts(), "kind": kind}
        self.attempt("ask", self.delegates[who], requesting.make_request, **details)

    @rule(who=DELEGATES)
    def mend(self, who: int) -> None:
        details = {"entered": ENTERED, "accepts": people.request_texts()}
        self.attempt_on_newest("mend", self.delegates[who], requesting.mend, **details)

    @rule(who=DELEGATES)
    def withdraw(self, who: int) -> None:
        self.attempt_on_newest("withdraw", self.delegates[who], requesting.withdraw)

    @rule(who=OFFICIALS)
    def claim(self, who: int) -> None:
        self.attempt_on_newest("claim", self.officials[who], attending.claim)

    @rule(who=OFFICIALS)
    def give_back(self, who: int) -> None:
        details = {"reason": people.ReturnReason.objects.first(), "note": "", "fields": ["lead_phone"]}
        self.attempt_on_newest("return", self.officials[who], attending.send_back, **details)

    @rule(who=OFFICIALS)
    def assign(self, who: int) -> None:
        self.attempt_on_newest("assign", self.officials[who], actions.assign, values=self.pairs())

    @rule(who=OFFICIALS, code=st.sampled_from(["desarrollo", "preproduccion", "produccion"]))
    def correct(self, who: int, code: str) -> None:
        details = {"values": {code: self.pairs()[code]}, "reason": "prueba"}
        self.attempt_on_newest("correct", self.officials[who], actions.correct, **details)

    @rule(who=OFFICIALS, number=st.integers(0, 3))
    def revoke(self, who: int, number: int) -> None:
        """The last few, whatever they are worth; four are never in force at once, so some are refused."""
        ids = [one.id for one in Credential.objects.order_by("-assigned_at", "id")[:number]]
        member = self.officials[who]
        self.attempt("revoke", member, revoking.revoke, provider=self.provider, credential_ids=ids, reason="prueba")

    @rule()
    def night_comes(self) -> None:
        before = Event.objects.count()
        ended = revoking.write_down_what_ended(by=JOB, at=self.now)
        assert Event.objects.count() - before == ended

    @rule(who=DELEGATES, number=st.integers(0, 5))
    def look(self, who: int, number: int) -> None:
        """Only what is in force opens; each secret opened leaves an event."""
        found = Credential.objects.select_related("client__provider", "client__environment").order_by("id")
        for credential in found[number : number + 1]:
            before = Event.objects.count()
            try:
                actions.reveal(credential, by=self.delegates[who].actor, at=self.now)
            except NotRevealed:
                assert Event.objects.count() == before
                assert credential.seen(on=self.today) != "vigente"
            else:
                assert Event.objects.count() == before + 2
                assert credential.seen(on=self.today) == "vigente"

    @property
    def today(self) -> object:
        return timezone.localdate(self.now)

    def pairs(self) -> dict[str, object]:
        self.seed += 1
        return dict(people.pairs(timezone.localdate(self.now), self.seed))

    @invariant()
    def there_is_one_open_request_at_most(self) -> None:
        assert Request.objects.filter(state__in=["solicitado", "devuelto"]).count() <= 1

    @invariant()
    def there_is_one_current_credential_for_each_environment_at_most(self) -> None:
        current = Credential.objects.filter(standing="vigente", overlap_ends_on=None)
        assert not current.values("environment").annotate(n=Count("id")).filter(n__gt=1).exists()

    @invariant()
    def what_was_assigned_has_been_whole(self) -> None:
        for request in Request.objects.all():
            environments = set(request.credentials.values_list("environment__code", flat=True))
            assert len(environments) == (3 if request.state == "asignado" else 0)

    @invariant()
    def nobody_has_open_what_does_not_wait(self) -> None:
        assert not Request.objects.filter(~Q(state="solicitado"), claimed_by__isnull=False).exists()

    @invariant()
    def whoever_has_keys_keeps_some_unless_they_ended_for_a_reason(self) -> None:
        """A credential is replaced only where another of its environment came after it."""
        for old in Credential.objects.filter(standing="reemplazada"):
            later = Credential.objects.filter(environment=old.environment_id, assigned_at__gte=old.assigned_at)
            assert later.exclude(id=old.id).exists()


@pytest.mark.django_db
def test_n8_in_any_order_each_move_leaves_one_event_and_none_leads_to_what_must_not_be() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
