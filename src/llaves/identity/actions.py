"""The only writer of accounts and links; what people accept is kept by `consent`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.identity.consent import accept
from llaves.identity.models import Account, Agreement, SingleUseLink
from llaves.identity.queries import (
    find_account_by_login,
    may_be_used,
    may_set_a_password,
)
from llaves.identity.roles import Role, login_for, looks_like_login
from llaves.identity.sessions import end_all
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.models import Organization, Person
from llaves.providers.queries import find_organization, find_person, known_document_types, may_act_for, reference
from llaves.providers.reference import Reference, TableName

ACTIVATION_PAGE = "public:activate"
RECOVERY_JOB = "identity.recover"
PAUSE_BETWEEN_LINKS = timedelta(minutes=5)


class RegistrationRefused(Exception):
    """A prerequisite of the manual's 6.1 is missing. `field` is the form's field, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AlreadyActive(RegistrationRefused):
    """Nothing is to be registered: the account only wants its password."""


class NotInRegistry(RegistrationRefused):
    """The registry, as far as the portal knows it, lacks the organization, the person or the delegation."""


class LinkSpent(Exception):
    """The link was used, replaced, is past its 72 hours, or its owner's delegation ended or mail changed."""


@transaction.atomic
def register(
    *,
    role: Role,
    document_type: str,
    document_number: str,
    nit: str = MINISTRY_NIT,
    entity_type: str = "",
    accepts: Iterable[Agreement] = (),
    by: Actor,
    at: datetime,
) -> Account:
    """Register a person as user and send the activation letter.

    Whoever registered before without activating gets the same account and a new letter. `accepts` are the texts
    that the person himself has just read and accepted; what he did not, the activation asks for.

    :raises RegistrationRefused: the registry does not know the organization or the person, or no delegation
        stands, or the account is in use already.
    """
    offered = _offered(document_type, entity_type)
    organization = _organization(nit)
    person = _delegate(organization, document_type, document_number, at=at)
    account, is_new = _account(person, organization, role, entity_type, at=at)
    accept(account, accepts, by=by, at=at)
    details: dict[str, trail.Detail] = {"login": account.login, "role": role.label, "again": not is_new}
    if entity_type:
        chosen_from = offered.versions[TableName.ENTITY_TYPES]
        details |= {"entity_type": entity_type, "entity_types_version": chosen_from}
    trail.record(EventName.ACCOUNT_REGISTERED, by=by, at=at, subject=Subject(nit=nit), details=details)
    send_link(account, at=at)
    return account


def _offered(document_type: str, entity_type: str) -> Reference:
    """The tables in force. Whoever has a type that was withdrawn keeps it, but nobody registers with it any more."""
    offered = reference()
    gone = "Ese tipo ya no se usa en el registro. Elija otro."
    if document_type not in offered.document_types:
        raise RegistrationRefused("document_type", gone)
    if entity_type and entity_type not in offered.entity_types:
        raise RegistrationRefused("entity_type", gone)
    return offered


def _account(
    person: Person, organization: Organization, role: Role, entity_type: str, *, at: datetime
) -> tuple[Account, bool]:
    """The person's account, which nobody can use yet, and whether it is new."""
    account, is_new = Account.objects.update_or_create(
        person=person,
        role=role.value,
        organization=organization,
        defaults={"entity_type": entity_type},
        create_defaults={
            "entity_type": entity_type,
            "notice_email": person.email,
            "login": login_for(role, person.document_type, person.document_number, organization.nit),
            "password": make_password(None),
            "registered_at": at,
        },
    )
    if account.suspended_at:
        raise RegistrationRefused("document_number", "El usuario está suspendido. Comuníquese con el Ministerio.")
    if account.activated_at:
        raise AlreadyActive(
            "document_number",
            f"Ya existe un usuario activo con el login {account.login}. Ingrese con su contraseña o, si la olvidó, "
            "recupérela.",
        )
    return account, is_new


def _organization(nit: str) -> Organization:
    organization = find_organization(nit)
    if organization is None:
        raise NotInRegistry(
            "nit",
            "La entidad no está registrada como organización. Regístrela en www.miseguridadsocial.gov.co "
            "o revise el NIT.",
        )
    return organization


def _delegate(organization: Organization, document_type: str, document_number: str, *, at: datetime) -> Person:
    person = find_person(document_type, document_number)
    if person is None:
        raise NotInRegistry(
            "document_number",
            "Usted no está registrado como persona natural. Regístrese en www.miseguridadsocial.gov.co "
            "o revise el tipo y el número.",
        )
    if not may_act_for(person, organization, on=timezone.localdate(at)):
        raise NotInRegistry("document_number", _not_delegated(organization))
    return person


def _not_delegated(organization: Organization) -> str:
    if organization.nit == MINISTRY_NIT:  # whose form asks for no entity
        return (
            "El Ministerio no lo ha delegado como funcionario o su delegación terminó. Si usted actúa por un "
            "prestador, regístrese como «Delegado Administrativo»."
        )
    return (
        "La entidad no lo ha delegado o su delegación terminó. Pida a la entidad que lo delegue en "
        "www.miseguridadsocial.gov.co como delegado administrativo."
    )


@transaction.atomic
def send_link(account: Account, *, at: datetime) -> None:
    """Send a fresh link to the address that the registry holds; older ones stop working."""
    _lock(account.pk)
    account.links.filter(spent_at__isnull=True).update(spent_at=at)
    link = SingleUseLink.objects.create(account=account, sent_to=account.person.email, made_at=at)
    outbox.post(
        LetterName.RECOVERY if account.activated_at else LetterName.ACTIVATION,
        to=account.person.email,
        about={
            "name": account.person.name,
            "login": account.login,
            "link_id": str(link.id),
            "link_page": ACTIVATION_PAGE,
        },
        at=at,
    )


def _lock(account_id: UUID) -> None:
    """Before its links are touched: whoever locked these first would meet a registration, which holds the account."""
    Account.objects.select_for_update().only("pk").get(pk=account_id)


@transaction.atomic
def ask_for_recovery(*, login: str, by: Actor, at: datetime) -> None:
    """Put the wish for a new link in the queue, whether the login exists or not: both cost the same time."""
    known = Account.objects.filter(login=login).exists()
    trail.record(EventName.LINK_REQUESTED, by=by, at=at, details={"login": login if known else None})
    if looks_like_login(login, known_document_types()):
        app.configure_task(RECOVERY_JOB, queue="mail").defer(login=login, address=by.address)


@transaction.atomic
def recover(*, login: str, by: Actor, at: datetime) -> None:
    """Send a link with which the owner of this login sets a new password, or the first one, if he may have one.

    At most one every few minutes, so that nobody's mailbox is filled by a stranger.
    """
    account = find_account_by_login(login)
    if account is None or not may_set_a_password(account, at=at):
        return
    lately = account.links.filter(spent_at__isnull=True, made_at__gt=at - PAUSE_BETWEEN_LINKS)
    if lately.filter(sent_to=account.person.email).exists():
        return
    send_link(account, at=at)
    subject = Subject(nit=account.organization.nit)
    trail.record(EventName.LINK_SENT, by=by, at=at, subject=subject, details={"login": login})


@transaction.atomic
def activate(*, link_id: UUID, password: str, accepts: Iterable[Agreement] = (), by: Actor, at: datetime) -> Account:
    """Set the password of a link's account and spend the link; the first one opens the account.

    Of two at once, one wins.

    `accepts` are the texts that the person has just read and accepted. The caller has checked the link's token and
    the password's rules.

    :raises LinkSpent: see there.
    """
    _lock(SingleUseLink.objects.get(id=link_id).account_id)
    links = SingleUseLink.objects.select_for_update(of=("self",))
    link = links.select_related("account__person", "account__organization").get(id=link_id)
    if not may_be_used(link, at=at):
        raise LinkSpent
    link.spent_at = at
    link.save(update_fields=["spent_at"])
    account = link.account
    account.set_password(password)
    name = EventName.PASSWORD_RECOVERED if account.activated_at else EventName.ACCOUNT_ACTIVATED
    account.activated_at = account.activated_at or at
    account.save(update_fields=["password", "activated_at"])
    accept(account, accepts, by=by, at=at)
    trail.record(name, by=by, at=at, subject=Subject(nit=account.organization.nit), details={"login": account.login})
    _tell_of_password(account, at=at)
    return account


@transaction.atomic
def change_password(*, account: Account, password: str, by: Actor, at: datetime) -> None:
    """Set a new password, which ends every session of the account. The caller has checked the old one and the rules."""
    account.set_password(password)
    account.save(update_fields=["password"])
    end_all(account)
    account.links.filter(spent_at__isnull=True).update(spent_at=at)
    trail.record(EventName.PASSWORD_CHANGED, by=by, at=at, subject=Subject(nit=account.organization.nit))
    _tell_of_password(account, at=at)


def _tell_of_password(account: Account, *, at: datetime) -> None:
    outbox.post(
        LetterName.PASSWORD_SET,
        to=account.person.email,
        about={
            "name": account.person.name,
            "login": account.login,
            "when": timezone.localtime(at).strftime("%d/%m/%Y %H:%M"),
        },
        at=at,
    )


@transaction.atomic
def note_refused_proof(*, account: Account, by: Actor, at: datetime) -> None:
    """Leave the event of a wrong password at a step that asks for it again."""
    trail.record(EventName.PROOF_REFUSED, by=by, at=at, subject=Subject(nit=account.organization.nit))


@transaction.atomic
def note_chosen_provider(*, account: Account, provider_code: str, by: Actor, at: datetime) -> None:
    subject = Subject(nit=account.organization.nit, provider=provider_code)
    trail.record(EventName.PROVIDER_CHOSEN, by=by, at=at, subject=subject)
