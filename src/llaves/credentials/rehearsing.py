"""Writing down invented pasts, tens of thousands at once. Only `llaves demo` does, which refuses to run on real data.

Rows and events are as the actions leave them, and every constraint and trigger holds. But there are no letters.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID, uuid5

from django.db import connection, transaction

from llaves.audit import past as trail
from llaves.audit.copying import copy_rows
from llaves.credentials import counting
from llaves.credentials.assignment import CLIENT_SECRET, SUBSCRIPTION_KEY
from llaves.credentials.lifecycle import WAITING
from llaves.credentials.models import Client, Credential, Departure, Environment, ExpiryTold, Request, ReturnReason
from llaves.credentials.past import Past, PastCredential, PastRequest
from llaves.credentials.past_events import events_of, left_event, secret_id, secrets_of
from llaves.credentials.requesting import FIELDS, RequestEntered
from llaves.identity.agreements import AgreementKind
from llaves.identity.models import Acceptance, Account, Agreement
from llaves.identity.queries import current_agreement
from llaves.identity.roles import Role
from llaves.vault import past as vault

_AT_ONCE = 1000
_NEXT_CLIENTS = "SELECT nextval(pg_get_serial_sequence('credentials_client', 'id')) FROM generate_series(1, %s)"
_ACCOUNT = (
    "id", "password", "login", "role", "person", "organization", "entity_type", "notice_email", "registered_at",
    "activated_at",
)  # fmt: skip
_REQUEST = (
    "id", "provider", "kind", "state", *FIELDS, "requested_at", "requested_by", "assigned_at", "assigned_by",
    "claimed_at", "claimed_by", "returned_at", "returned_by", "return_reason", "return_note", "fields_to_mend",
    "mended_at", "withdrawn_at", "withdrawn_by",
)  # fmt: skip
_CREDENTIAL = (
    "id", "client", "provider", "environment", "request", "client_secret", "subscription_key", "standing",
    "assigned_at", "expires_on", "overlap_ends_on", "exposed_at", "ended_at", "ended_by", "end_reason", "removed_at",
    "removed_by", "prove_at",
)  # fmt: skip
_ACCEPTANCE = ("agreement", "account", "sha256", "accepted_at")
_DELEGATE = Role.DELEGATE.value
_ACCOUNTS = UUID(int=0)
"""What the accounts' keys are computed from, so that they are the same at every run."""


@transaction.atomic
def write_down(pasts: Iterable[Past], *, entered: RequestEntered, password: str) -> int:
    """Write the pasts, in the order in which they come, and return how many there were.

    :param password: the hash that opens every account, in a demo.
    """
    scribe = _Scribe(entered, password)
    with connection.cursor() as cursor:
        # Checked with each batch: at the end, millions of checks would have to be remembered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    trail.begin()
    written, stream = 0, iter(pasts)
    while batch := list(islice(stream, _AT_ONCE)):
        scribe.write(batch)
        written += len(batch)
    trail.write_down()
    return written


def tidy() -> None:
    """Do now what autovacuum would do within minutes, as after any large load; within a transaction the half of it."""
    counting.sum_up()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)")


class _Scribe:
    def __init__(self, entered: RequestEntered, password: str) -> None:
        self._entered, self._password = astuple(entered), password
        self._left: set[str] = set()
        self._environments = {one.code: one for one in Environment.objects.all()}
        self._reasons = {one.code: one.id for one in ReturnReason.objects.all()}
        self._accounts = dict(Account.objects.values_list("login", "id"))
        self._confidentiality = current_agreement(AgreementKind.CONFIDENTIALITY)
        self._consents = [current_agreement(kind) for kind in (AgreementKind.TERMS, AgreementKind.PERSONAL_DATA)]

    def write(self, batch: Sequence[Past]) -> None:
        """Everything that belongs to some pasts, table after table."""
        self._write_accounts(batch)
        copy_rows(Request, _REQUEST, (self._request(past, asked) for past in batch for asked in past.requests))
        consents = (row for past in batch for asked in past.requests for row in self._consents_to(past, asked))
        copy_rows(Acceptance, _ACCEPTANCE, consents)
        clients = self._write_clients(batch)
        vault.seal([secret for past in batch for secret in secrets_of(past, self._environments)])
        rows = (self._credential(past, one, clients) for past in batch for one in past.credentials)
        copy_rows(Credential, _CREDENTIAL, rows)
        told = ((one.id, days, at) for past in batch for one in past.credentials for days, at in one.told)
        copy_rows(ExpiryTold, ("credential", "days", "told_at"), told)
        trail.tell(event for past in batch for event in events_of(past, self._environments))
        self._write_departures(batch)

    def _write_accounts(self, batch: Sequence[Past]) -> None:
        """One for each person and organization; those that exist stay as they are."""
        rows, accepted = [], []
        for past in batch:
            who, began_at = past.candidate, past.requests[0].requested_at - timedelta(hours=2)
            if who.login not in self._accounts:
                key = self._accounts[who.login] = uuid5(_ACCOUNTS, who.login)
                owner = who.provider.organization_id
                opened = began_at, began_at + timedelta(minutes=10)
                rows.append(
                    (key, self._password, who.login, _DELEGATE, who.person.id, owner, "PSS", who.person.email, *opened)
                )
                accepted.append(self._accepted(self._confidentiality, key, began_at))
        copy_rows(Account, _ACCOUNT, rows)
        copy_rows(Acceptance, _ACCEPTANCE, accepted)

    def _consents_to(self, past: Past, asked: PastRequest) -> Iterator[tuple[object, ...]]:
        for at in (asked.requested_at, asked.mended_at):
            if at:
                yield from (self._accepted(text, self._account(past), at) for text in self._consents)

    @staticmethod
    def _accepted(agreement: Agreement, account: UUID, at: datetime) -> tuple[object, ...]:
        return agreement.id, account, agreement.sha256, at

    def _request(self, past: Past, asked: PastRequest) -> tuple[object, ...]:
        account, waits = self._account(past), asked.state is WAITING
        return (
            asked.id,
            past.candidate.provider.id,
            asked.kind.value,
            asked.state.value,
            *self._entered,
            *(asked.requested_at, account),
            *(asked.assigned_at, self._official(asked.assigned_by)),
            *((asked.claimed_at, self._official(asked.claimed_by)) if waits else (None, None)),
            *(asked.returned_at, self._official(asked.returned_by)),
            self._reasons.get(asked.reason),
            "",
            [asked.field_to_mend] if asked.field_to_mend else [],
            asked.mended_at,
            *(asked.withdrawn_at, account if asked.withdrawn_at else None),
        )

    def _write_clients(self, batch: Sequence[Past]) -> dict[UUID, int]:
        """The rows of the ClientIDs; returns their keys."""
        places = {
            one.client_id: (past.candidate.provider.id, self._environments[one.environment].id)
            for past in batch
            for one in past.credentials
        }
        with connection.cursor() as cursor:
            cursor.execute(_NEXT_CLIENTS, [len(places)])
            keys = {client_id: key for client_id, (key,) in zip(places, cursor.fetchall(), strict=True)}
        rows = ((keys[client_id], client_id, *place) for client_id, place in places.items())
        copy_rows(Client, ("id", "client_id", "provider", "environment"), rows)
        return keys

    def _credential(self, past: Past, one: PastCredential, clients: dict[UUID, int]) -> tuple[object, ...]:
        return (
            one.id,
            clients[one.client_id],
            past.candidate.provider.id,
            self._environments[one.environment].id,
            one.request.id,
            *(secret_id(one, content) for content in (CLIENT_SECRET, SUBSCRIPTION_KEY)),
            one.standing.value,
            *(one.assigned_at, one.expires_on, one.overlap_ends_on, one.exposed_at),
            *(one.ended_at, self._official(one.ended_by), one.end_reason),
            *(one.removed_at, self._official(one.removed_by)),
            one.ended_at or one.expires_at,  # the demo's Entra knows none of them: nobody need ask it
        )

    def _write_departures(self, batch: Sequence[Past]) -> None:
        """That delegates who have seen keys left was noticed at once; nobody has come after them."""
        left = {
            past.candidate.login: past
            for past in batch
            if past.left_at and past.candidate.login not in self._left and any(one.looks for one in past.credentials)
        }
        self._left |= left.keys()
        rows = ((self._accounts[login], past.left_at) for login, past in left.items())
        copy_rows(Departure, ("account", "noticed_at"), rows)
        trail.tell(map(left_event, left.values()))

    def _account(self, past: Past) -> UUID:
        return self._accounts[past.candidate.login]

    def _official(self, login: str) -> UUID | None:
        return self._accounts[login] if login else None
