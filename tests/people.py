"""Alicia asks for keys, Beto hands them out, Carla belongs elsewhere and must see nothing of either."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from llaves.audit.events import Actor, ActorKind
from llaves.credentials.actions import assign
from llaves.credentials.attending import send_back
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Request, ReturnReason
from llaves.credentials.pairs import PairEntered
from llaves.credentials.requesting import RequestEntered, make_request
from llaves.identity.agreements import AgreementKind
from llaves.identity.consent import accept
from llaves.identity.models import Account, Agreement
from llaves.identity.queries import current_agreement
from llaves.identity.roles import Role, login_for
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.models import Delegation, Organization, Person, Provider
from llaves.providers.queries import words

PASSWORD = "un-puente-sobre-el-Cauca-7"
OPERATOR = Actor(kind=ActorKind.OPERATOR, name="ana account")
VISITOR = Actor(kind=ActorKind.PERSON, name="visitante", address="127.0.0.1")


@cache
def hashed_password() -> str:
    """Hashing is slow on purpose; once a run is enough."""
    return make_password(PASSWORD)


@dataclass(frozen=True)
class Member:
    """A person with an organization and, for delegates, a provider."""

    person: Person
    organization: Organization
    provider: Provider | None
    role: Role

    @property
    def login(self) -> str:
        return login_for(self.role, self.person.document_type, self.person.document_number, self.organization.nit)

    @property
    def actor(self) -> Actor:
        return Actor(kind=ActorKind.PERSON, name=self.login, address="127.0.0.1")

    def account(self, at: datetime) -> Account:
        """The member's account, ready to log in."""
        account, is_new = Account.objects.get_or_create(
            login=self.login,
            defaults={
                "role": self.role.value,
                "person": self.person,
                "organization": self.organization,
                "notice_email": self.person.email,
                "registered_at": at,
                "activated_at": at,
            },
        )
        if is_new:
            account.password = hashed_password()
            account.save()
            confidentiality = current_agreement(AgreementKind.CONFIDENTIALITY)
            accept(account, [confidentiality], by=self.actor, at=at)
        return account


def provider(organization: Organization, code: str, name: str, at: datetime) -> Provider:
    return Provider.objects.create(
        code=code,
        organization=organization,
        name=name,
        provider_class=1,
        department="Cauca",
        municipality="POPAYÁN",
        updated_at=at,
        search_words=" ".join(words(f"{code} {organization.nit} {name} {organization.name} POPAYÁN")),
    )


def delegate(number: str, name: str, nit: str, code: str, entity: str, at: datetime) -> Member:
    person = Person.objects.create(
        document_type="CC",
        document_number=number,
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@hospital.example",
        phone="",
    )
    organization = Organization.objects.create(nit=nit, name=entity)
    Delegation.objects.create(person=person, organization=organization, starts_on=at.date() - timedelta(days=30))
    return Member(person, organization, provider(organization, code, entity, at), Role.DELEGATE)


def alicia(at: datetime) -> Member:
    return delegate("1020304050", "Alicia Muñoz Paz", "890303841", "1900100001", "CLÍNICA LOS ALISOS", at)


def carla(at: datetime) -> Member:
    return delegate("52111222", "Carla Ríos Vega", "891580002", "0500100007", "HOSPITAL LA CEIBA E.S.E.", at)


def colleague(member: Member, at: datetime, number: str = "52444555", name: str = "Ana Sol Prado") -> Member:
    """Another delegate of the same organization, with an account."""
    person = Person.objects.create(
        document_type="CC",
        document_number=number,
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@hospital.example",
    )
    since = at.date() - timedelta(days=30)
    Delegation.objects.create(person=person, organization=member.organization, starts_on=since)
    other = Member(person, member.organization, member.provider, member.role)
    other.account(at)
    return other


def official(number: str, name: str, at: datetime) -> Member:
    person, _ = Person.objects.get_or_create(
        document_type="CC",
        document_number=number,
        defaults={"name": name, "email": f"{name.split(maxsplit=1)[0].lower()}@ministerio.example"},
    )
    ministry, _ = Organization.objects.get_or_create(nit=MINISTRY_NIT, defaults={"name": "MINISTERIO DE SALUD"})
    Delegation.objects.get_or_create(person=person, organization=ministry, starts_on=at.date() - timedelta(days=30))
    return Member(person, ministry, None, Role.OFFICIAL)


def beto(at: datetime) -> Member:
    return official("79888777", "Beto Salas Luna", at)


def berta(at: datetime) -> Member:
    """Beto's colleague."""
    return official("51222333", "Berta Mora Paz", at)


ENTERED = RequestEntered(
    vendor_name="Sistemas Clínicos del Sur",
    software_name="HISUR 4",
    lead_name="Lina Torres",
    lead_email="lina.torres@hospital.example",
    lead_phone="3001234567",
    protection_officer_name="Pedro Gil",
    protection_officer_phone="6028234567",
)


def pairs(today: date, seed: int = 1) -> dict[str, PairEntered]:
    """One pair per environment of the manual, all different; another seed, another provider's."""
    return {
        code: PairEntered(
            client_id=UUID(int=seed * 100 + place),
            client_secret=f"zz{seed}8Q~{code}.secret_value_{place:04}",
            subscription_key=f"{seed * 100 + place:032x}",
            expires_on=today + timedelta(days=365),
        )
        for place, code in enumerate(("desarrollo", "preproduccion", "produccion"))
    }


def request_texts() -> list[Agreement]:
    """What a delegate accepts with his request."""
    return [current_agreement(kind) for kind in (AgreementKind.TERMS, AgreementKind.PERSONAL_DATA)]


def asked(member: Member, at: datetime, kind: Kind = Kind.FIRST) -> Request:
    """The request of a delegate's provider."""
    assert member.provider
    return make_request(
        provider=member.provider,
        entered=ENTERED,
        accepts=request_texts(),
        account=member.account(at),
        by=member.actor,
        at=at,
        kind=kind,
    )


def returned(request: Request, official: Member, at: datetime) -> Request:
    """The request, given back by an official for the lead's telephone."""
    send_back(
        request_id=request.id,
        reason=ReturnReason.objects.get(code="lider-tecnico"),
        note="El teléfono no contesta.",
        fields=["lead_phone"],
        account=official.account(at),
        by=official.actor,
        at=at,
    )
    request.refresh_from_db()
    return request


def assigned(request: Request, official: Member, at: datetime, seed: int = 1) -> Request:
    """The request, attended by an official with `pairs` of this seed."""
    values = pairs(timezone.localdate(at), seed)
    assign(request_id=request.id, values=values, account=official.account(at), by=official.actor, at=at)
    request.refresh_from_db()
    return request
