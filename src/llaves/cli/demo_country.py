"""An invented country: organizations with their providers, people and delegations, the same ones at every run.

It is a stream: whoever takes more of it gets what he had before, and more. No organization or person is real: their
numbers lie where neither the DIAN nor the Registraduría has given any out so far.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, count
from random import Random

from llaves.cli import demo_names
from llaves.cli.demo_places import PLACES, Place
from llaves.providers.classes import ProviderClass
from llaves.providers.people import Document, PersonLine
from llaves.providers.registry import ProviderLine

SEED = "llaves 2026"

# Shares of the real register; see docs/importing.md.
_CLASSES = (ProviderClass.INDEPENDENT, ProviderClass.IPS, ProviderClass.OTHER, ProviderClass.TRANSPORT)
_CLASS_WEIGHTS = (78.6, 17.0, 3.1, 1.3)
_SEVERAL = 0.092
_HOW_MANY = ((2, 3, 4, 5), (75, 17, 5, 3))
_PLACE_WEIGHTS = tuple(accumulate(place.weight for place in PLACES))

_SINCE = (date(2023, 6, 1), date(2024, 9, 1), date(2026, 2, 1))
_ENDED = date(2026, 3, 31)
_FUTURE = date(2035, 1, 1)


@dataclass(frozen=True, slots=True)
class DelegationInvented:
    """Who acts for which NIT, from when and until when."""

    document: Document
    nit: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Household:
    """An organization with all that belongs to it."""

    providers: tuple[ProviderLine, ...]
    people: tuple[PersonLine, ...] = ()
    delegations: tuple[DelegationInvented, ...] = ()


def households() -> Iterator[Household]:
    """The country, organization after organization, without end."""
    used: Counter[str] = Counter()
    delegates: list[Document] = []
    for number in count():
        household = _Founder(number, used, delegates).found()
        delegates.extend((line.document_type, line.document_number) for line in household.people[:1])
        yield household


class _Founder:
    """Founds the organization of one number, with a chance of its own, so that others don't depend on it."""

    def __init__(self, number: int, used: Counter[str], delegates: list[Document]) -> None:
        self._number = number
        self._used = used
        self._delegates = delegates
        self._random = Random(f"{SEED}/{number}")  # noqa: S311 - nothing secret about it

    def found(self) -> Household:
        (provider_class,) = self._random.choices(_CLASSES, _CLASS_WEIGHTS)
        if provider_class == ProviderClass.INDEPENDENT:
            return self._professional()
        name = demo_names.institution(self._random, provider_class)
        nit = legal_nit(self._number)
        people, delegations = self._delegation_of(nit)
        return Household(tuple(self._providers(nit, name, provider_class)), people, delegations)

    def _professional(self) -> Household:
        cedula = str(1_900_000_000 + self._number * 7_919_313 % 90_000_000)
        person = self._person(("CC", cedula))
        name = person.name.upper()
        return Household(tuple(self._providers(cedula, name, ProviderClass.INDEPENDENT)), (person,))

    def _providers(self, nit: str, name: str, provider_class: ProviderClass) -> Iterator[ProviderLine]:
        several = self._random.random() < _SEVERAL
        sites = self._random.choices(*_HOW_MANY)[0] if several else 1
        is_person = provider_class == ProviderClass.INDEPENDENT
        for site in range(sites):
            (place,) = self._random.choices(PLACES, cum_weights=_PLACE_WEIGHTS)
            yield provider_line(
                code=self._code(place),
                nit=nit,
                organization_name=name,
                name=name if is_person or not site else demo_names.site(self._random, name),
                provider_class=provider_class,
                place=place,
                is_enabled=self._random.random() > 1 / 50,
            )

    def _code(self, place: Place) -> str:
        self._used[place.code] += 1
        return f"{place.code}{50_000 + self._used[place.code]:05}"

    def _delegation_of(self, nit: str) -> tuple[tuple[PersonLine, ...], tuple[DelegationInvented, ...]]:
        """Whoever is delegated: mostly somebody new, at times somebody with other organizations, at times nobody."""
        chance = self._random.random()
        if chance < 2 / 100:
            return (), ()
        is_shared = self._delegates and self._random.random() < 5 / 100
        document = self._random.choice(self._delegates) if is_shared else self._document()
        people = () if is_shared else (self._person(document),)
        starts_on = self._random.choice(_SINCE)
        if chance < 5 / 100:
            return people, (DelegationInvented(document, nit, starts_on, _ENDED),)
        if chance < 6 / 100:
            return people, (DelegationInvented(document, nit, _FUTURE),)
        return people, (DelegationInvented(document, nit, starts_on),)

    def _document(self) -> Document:
        number = self._number
        match self._random.randrange(100):
            case 0:
                return "CE", str(1_000_000 + number)
            case 1:
                return "PT", str(7_000_000 + number)
            case 2:
                return "PA", f"AX{number:06}"
        return "CC", str(1_700_000_000 + number * 7_919_313 % 90_000_000)

    def _person(self, document: Document) -> PersonLine:
        name = demo_names.person(self._random)
        return PersonLine(
            document_type=document[0],
            document_number=document[1],
            name=name,
            email=f"{demo_names.mail_name(name)}.{self._number}@correo.example",
            phone=f"399{self._number % 10_000_000:07}",
        )


def legal_nit(number: int) -> str:
    """A legal person's NIT of nine digits, for each number another."""
    if number % 3:
        return str(950_000_000 + number * 7_919_313 % 50_000_000)
    return str(870_000_000 + number * 7_919_313 % 20_000_000)


def provider_line(
    *,
    code: str,
    nit: str,
    organization_name: str,
    name: str,
    provider_class: ProviderClass,
    place: Place,
    is_enabled: bool = True,
) -> ProviderLine:
    """A provider as the registry would tell of it."""
    return ProviderLine(
        code=code,
        nit=nit,
        organization_name=organization_name,
        is_natural_person=provider_class == ProviderClass.INDEPENDENT,
        name=name,
        provider_class=provider_class.value,
        department=place.department,
        municipality=place.municipality,
        email=f"prestador.{code}@salud.example",
        is_enabled=is_enabled,
    )
