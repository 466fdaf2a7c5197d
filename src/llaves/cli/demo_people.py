"""The few people whom a newcomer to the demo meets: the official, two delegates and an independent professional."""

from dataclasses import dataclass
from datetime import date

from llaves.cli.demo_country import DelegationInvented, Household, provider_line
from llaves.cli.demo_places import PLACES, POPAYAN
from llaves.identity.roles import Role, login_for
from llaves.providers.classes import ProviderClass
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.people import Document, PersonLine
from llaves.providers.registry import ProviderLine

PASSWORD = "Llaves-demo-2026"  # noqa: S105 - printed for everybody; refused outside the demo

_SINCE = date(2025, 1, 15)
_PALMIRA, _MEDELLIN = (next(place for place in PLACES if place.code == code) for code in ("76520", "05001"))

HOSPITAL_NIT, GROUP_NIT = "940101010", "940202020"
BETO: Document = ("CC", "1010101010")
BERTA: Document = ("CC", "1717171717")
ALICIA: Document = ("CC", "1020304050")
CARLA: Document = ("CC", "1030303030")
DIEGO: Document = ("CC", "1040404040")


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """Somebody to play the part of, with an account that is ready or that is yet to be registered."""

    purpose: str
    document: Document
    role: Role
    nit: str
    is_ready: bool = True

    @property
    def login(self) -> str:
        """The login that the portal assigns."""
        return login_for(self.role, *self.document, self.nit)


ACQUAINTANCES = (
    Acquaintance("Beto, funcionario del Ministerio: asigna las llaves", BETO, Role.OFFICIAL, MINISTRY_NIT),
    Acquaintance(
        "Alicia, delegada de un hospital de Popayán: empiece por registrarla",
        ALICIA, Role.DELEGATE, HOSPITAL_NIT, is_ready=False,
    ),
    Acquaintance("Carla, delegada de una entidad con tres prestadores", CARLA, Role.DELEGATE, GROUP_NIT),
    Acquaintance("Diego, profesional independiente: es su propio delegado", DIEGO, Role.DELEGATE, DIEGO[1]),
)  # fmt: skip


def first_households() -> tuple[Household, ...]:
    """What the acquaintances belong to; the country begins with it."""
    officials = tuple(DelegationInvented(document, MINISTRY_NIT, _SINCE) for document in (BETO, BERTA))
    ministry = Household((), (_person(BETO, "Beto Quiñones Ríos"), _person(BERTA, "Berta Zúñiga Marín")), officials)
    alicia = _person(ALICIA, "Alicia Ordóñez Peña")
    hospital = Household((_hospital(),), (alicia,), (DelegationInvented(ALICIA, HOSPITAL_NIT, _SINCE),))
    carla = _person(CARLA, "Carla Ibáñez Núñez")
    group = Household(_group(), (carla,), (DelegationInvented(CARLA, GROUP_NIT, _SINCE),))
    diego = _person(DIEGO, "Diego Güepa Muñoz")
    return ministry, hospital, group, Household((_professional(diego),), (diego,))


def _hospital() -> ProviderLine:
    name = "HOSPITAL LOS ALISOS DE LA NIEBLA E.S.E."
    return provider_line(
        code="1900190001", nit=HOSPITAL_NIT, organization_name=name, name=name,
        provider_class=ProviderClass.IPS, place=POPAYAN,
    )  # fmt: skip


def _group() -> tuple[ProviderLine, ...]:
    owner = "CLÍNICA LOS YARUMOS DEL ALBA & CIA. S.A.S."
    sites = (
        ("0500190001", "CLÍNICA LOS YARUMOS DEL ALBA - MEDELLÍN", _MEDELLIN),
        ("1900190002", "CLÍNICA LOS YARUMOS DEL ALBA - POPAYÁN", POPAYAN),
        ("7652090001", 'CLÍNICA "LOS YARUMOS DEL ALBA" (PALMIRA)', _PALMIRA),
    )
    return tuple(
        provider_line(
            code=code, nit=GROUP_NIT, organization_name=owner, name=name, provider_class=ProviderClass.IPS, place=place
        )
        for code, name, place in sites
    )


def _professional(person: PersonLine) -> ProviderLine:
    name = person.name.upper()
    return provider_line(
        code="1900190003", nit=person.document_number, organization_name=name, name=name,
        provider_class=ProviderClass.INDEPENDENT, place=POPAYAN,
    )  # fmt: skip


def _person(document: Document, name: str) -> PersonLine:
    mail_name = name.split(maxsplit=1)[0].lower()
    return PersonLine(*document, name=name, email=f"{mail_name}@example.co", phone=f"39{document[1][-8:]}")
