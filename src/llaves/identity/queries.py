"""Questions about accounts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from llaves.identity.agreements import AgreementKind
from llaves.identity.models import Acceptance, Account, Agreement, Application, SingleUseLink
from llaves.identity.roles import Role
from llaves.notifications.links import is_token_for
from llaves.providers.documents import CITIZEN_CARD, MINISTRY_NIT
from llaves.providers.models import Delegation, Organization, Person
from llaves.providers.queries import find_organization, find_person, may_act_for, standing_on

PAUSE_BETWEEN_CONFIRMATIONS = timedelta(hours=1)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def is_standing(account: Account, *, at: datetime) -> bool:
    """Whether the account may be used now: activated, not suspended, and its delegation stands today in Bogotá."""
    day = timezone.localdate(at)
    return account.is_active and may_act_for(account.person, account.organization, on=day)


def current_agreement(kind: AgreementKind) -> Agreement:
    """The newest version of a text."""
    return Agreement.objects.filter(kind=kind).latest("version")


def agreements_in_force() -> list[Agreement]:
    """The newest version of every text."""
    return list(Agreement.objects.order_by("kind", "-version").distinct("kind"))


def find_agreement(kind: AgreementKind, version: int) -> Agreement | None:
    """A version of a text, in force or not."""
    return Agreement.objects.filter(kind=kind, version=version).first()


def last_acceptance(account: Account, kind: AgreementKind) -> Acceptance | None:
    """The newest version of a text that the account accepted, and when."""
    accepted = account.acceptances.filter(agreement__kind=kind).select_related("agreement")
    return accepted.order_by("agreement__version", "accepted_at").last()


def has_accepted(account: Account, kind: AgreementKind) -> bool:
    """Whether the account accepted the newest version of a text."""
    return account.acceptances.filter(agreement=current_agreement(kind)).exists()


def find_link(link_id: UUID, token: str, *, at: datetime) -> SingleUseLink | None:
    """The link that a letter's address names, if the token is right and link and delegation still stand.

    Looking spends nothing.
    """
    link = SingleUseLink.objects.select_related("account__person", "account__organization").filter(id=link_id).first()
    if link is None or not is_token_for(link.id, token) or not may_be_used(link, at=at):
        return None
    return link


def may_be_used(link: SingleUseLink, *, at: datetime) -> bool:
    """Whether a link leads anywhere: unspent, in time, its owner delegated, not suspended and at that mail."""
    is_at_home = link.sent_to == link.account.person.email
    return link.stands(at) and is_at_home and may_set_a_password(link.account, at=at)


def may_set_a_password(account: Account, *, at: datetime) -> bool:
    """Whether the account may have a new password: delegated today, and not suspended."""
    day = timezone.localdate(at)
    return account.suspended_at is None and may_act_for(account.person, account.organization, on=day)


@dataclass(frozen=True, slots=True)
class Requirements:
    """The four prerequisites of the manual's 6.1, each met or not."""

    organization_is_registered: bool
    delegate_is_named: bool
    person_is_registered: bool
    user_is_registered: bool


def requirements(*, nit: str, document_type: str, document_number: str, at: datetime) -> Requirements:
    """What is still missing before the person may ask for the keys of the organization's providers."""
    organization, person = find_organization(nit), find_person(document_type, document_number)
    day = timezone.localdate(at)
    return Requirements(
        organization_is_registered=organization is not None,
        delegate_is_named=bool(organization and person and may_act_for(person, organization, on=day)),
        person_is_registered=person is not None,
        user_is_registered=Account.objects.filter(
            person=person, organization=organization, role=Role.DELEGATE.value, activated_at__isnull=False
        ).exists(),
    )


def addresses_of_officials(*, at: datetime) -> list[str]:
    """The mail of every official who may work today; who only looks has nothing to be told of."""
    accounts = Account.objects.filter(standing(at), role=Role.OFFICIAL.value, only_looks=False)
    return sorted(set(accounts.values_list("person__email", flat=True)))


def standing_accounts(person: Person, *, at: datetime) -> list[Account]:
    """The accounts that a person may use today, by login, with their organizations."""
    return list(Account.objects.filter(standing(at), person=person).select_related("organization").order_by("login"))


def standing(at: datetime) -> Q:
    """The condition, on a query of accounts, that an account may be used now: what `is_standing` says of one."""
    himself = Q(person__document_type=CITIZEN_CARD, organization__nit=F("person__document_number"))
    known = Q(person__withdrawn_at__isnull=True, organization__withdrawn_at__isnull=True)
    own_practice = Q(organization__is_natural_person=True) & himself & known
    active = Q(activated_at__isnull=False, suspended_at__isnull=True)
    return active & (Q(_delegation_stands(at)) | own_practice)


def addresses_of_delegates(organization: Organization, *, at: datetime) -> list[str]:
    """The mail of everybody who may act for an organization today."""
    accounts = Account.objects.filter(standing(at), organization=organization, role=Role.DELEGATE.value)
    return sorted(set(accounts.values_list("person__email", flat=True)))


def find_account(account_id: UUID) -> Account | None:
    """An account with its person and organization."""
    return Account.objects.select_related("person", "organization").filter(id=account_id).first()


def find_standing_account(account_id: UUID, *, at: datetime) -> Account | None:
    """An account with its person and organization, if it may be used now. One query: every page asks it."""
    return Account.objects.select_related("person", "organization").filter(standing(at), id=account_id).first()


def find_account_by_login(login: str) -> Account | None:
    """An account, whether or not it may be used."""
    return Account.objects.select_related("person", "organization").filter(login=login).first()


def needs_confirmation(account: Account, *, at: datetime) -> bool:
    """Whether the live registry has not confirmed the account's person within the last hour."""
    confirmed_at = account.person.confirmed_at
    return confirmed_at is None or confirmed_at <= at - PAUSE_BETWEEN_CONFIRMATIONS


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """An account to ask the live registry about, and its place in the queue."""

    login: str
    nit: str
    document: tuple[str, str]
    place: tuple[str, str]
    """When its person was last confirmed, in ISO 8601, and the login."""


def to_be_confirmed(*, before: datetime, after: tuple[str, str], most: int) -> list[Unconfirmed]:
    """The next accounts, not suspended, that the registry has not confirmed since `before`: the longest ago first."""
    last = Coalesce("person__confirmed_at", Value(NEVER))
    # The ministry itself is never asked about.
    never = Q(organization__confirmed_at__isnull=True) & ~Q(organization__nit=MINISTRY_NIT)
    stale = Q(last__lt=before) | Q(organization__confirmed_at__lt=before) | never
    accounts = Account.objects.annotate(last=last).filter(stale, suspended_at__isnull=True)
    if any(after):
        moment = datetime.fromisoformat(after[0])
        accounts = accounts.filter(Q(last__gt=moment) | Q(last=moment, login__gt=after[1]))
    found = accounts.select_related("person", "organization").order_by("last", "login")[:most]
    return [_unconfirmed(account, account.last) for account in found]


def _unconfirmed(account: Account, last: datetime) -> Unconfirmed:
    person = account.person
    document = person.document_type, person.document_number
    return Unconfirmed(account.login, account.organization.nit, document, (last.isoformat(), account.login))


def count_accounts() -> int:
    """How many accounts there are."""
    return Account.objects.count()


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor, as its owner recognises it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """An account's second factors, and how many recovery codes are left."""

    application: Factor | None
    passkeys: list[Factor]
    codes_left: int

    def __bool__(self) -> bool:
        return bool(self.application or self.passkeys)

    def find(self, factor_id: int) -> Factor | None:
        """The factor of this id, if it is one of the account's."""
        own = [*self.passkeys, *([self.application] if self.application else [])]
        return next((factor for factor in own if factor.id == factor_id), None)


def factors_of(account: Account) -> Factors:
    """The account's second factors; false when there is none."""
    rows = list(Authenticator.objects.filter(user=account).order_by("created_at"))
    told = {
        kind: [
            Factor(row.pk, row.data.get("name", "Aplicación de códigos"), row.created_at, row.last_used_at)
            for row in rows
            if row.type == kind
        ]
        for kind in (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    }
    left = sum(len(row.data["codes"]) for row in rows if row.type == Authenticator.Type.RECOVERY_CODES)
    application = next(iter(told[Authenticator.Type.TOTP]), None)
    return Factors(application, told[Authenticator.Type.WEBAUTHN], left)


def has_second_factor(account: Account) -> bool:
    """Whether the account's login asks for more than the password."""
    return bool(factors_of(account))


def must_add_second_factor(account: Account) -> bool:
    """Whether the account may do nothing before it has a second factor: officials hand out keys."""
    return account.role == Role.OFFICIAL and not has_second_factor(account)


def applications() -> list[Application]:
    """The catalogue of imagen 1, in its order."""
    return list(Application.objects.all())


def find_own_application(code: str) -> Application | None:
    """An application whose users register here, not elsewhere."""
    return Application.objects.filter(code=code, address="").first()


@dataclass(frozen=True, slots=True)
class Official:
    """An official's account, and whether the ministry's delegation stands."""

    account: Account
    is_delegated: bool


def officials(*, at: datetime) -> list[Official]:
    """Every official, also suspended ones and those who have not activated, by login."""
    accounts = Account.objects.filter(role=Role.OFFICIAL.value).select_related("person").order_by("login")
    told = accounts.annotate(is_delegated=_delegation_stands(at))
    return [Official(account, account.is_delegated) for account in told]


def _delegation_stands(at: datetime) -> Exists:
    """The condition, on a query of accounts, that the account's delegation stands today."""
    day = timezone.localdate(at)
    return Exists(
        Delegation.objects.filter(standing_on(day), person=OuterRef("person"), organization=OuterRef("organization"))
    )
