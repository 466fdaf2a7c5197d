"""The ministry's registry of organizations, persons and delegations, asked live.

Speaks docs/miseguridadsocial.openapi.json. An answer is taken whole or not at all: what breaks the contract is
`RegistryUnusable`, so that nothing is guessed about who may act for whom.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote

from llaves.integrations.http import Answer, Asker, NoAnswer, OutOfBounds

LONGEST_TEXT = 500
MOST_DELEGATIONS = 1000
_YEARS = range(1990, 2101)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)

T = TypeVar("T")


class Reason(Enum):
    """Why the registry could not be asked."""

    CLOSED = "closed"
    NO_ANSWER = "no answer"
    NOT_ALLOWED = "token refused"


class RegistryUnreachable(Exception):
    """It did not answer; nothing is known of what was asked."""

    def __init__(self, reason: Reason, words: str = "") -> None:
        super().__init__(f"{reason.value}: {words}" if words else reason.value)
        self.reason = reason


class RegistryUnusable(Exception):
    """It answered something that breaks the contract. The message names the property, never its value."""


@dataclass(frozen=True, slots=True)
class OrganizationTold:
    nit: str
    name: str
    is_natural_person: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class DelegationTold:
    nit: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class PersonTold:
    document_type: str
    document_number: str
    name: str
    email: str
    phone: str
    delegations: tuple[DelegationTold, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class NobodyTold:
    """The registry does not know what was asked for."""

    as_of: datetime


class MiSeguridadSocial:
    """The registry, behind an `Asker` that knows its address and token."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def close(self) -> None:
        """Let go of its connections."""
        self._asker.close()

    def organization(self, nit: str) -> OrganizationTold | NobodyTold:
        """What it says of a NIT.

        :raises RegistryUnreachable: see there.
        :raises RegistryUnusable: see there.
        """
        said = self._ask(f"organizaciones/{quote(nit, safe='')}")
        if isinstance(said, NobodyTold):
            return said
        if _text(said, "nit") != nit:
            _unusable("nit")
        return OrganizationTold(
            nit=nit,
            name=_text(said, "razon_social"),
            is_natural_person=_typed(said, "persona_natural", bool),
            as_of=_as_of(said),
        )

    def person(self, document_type: str, document_number: str) -> PersonTold | NobodyTold:
        """What it says of a person, with all delegations.

        :raises RegistryUnreachable: see there.
        :raises RegistryUnusable: see there.
        """
        said = self._ask(f"personas/{quote(document_type, safe='')}/{quote(document_number, safe='')}")
        if isinstance(said, NobodyTold):
            return said
        if (_text(said, "tipo_documento"), _text(said, "numero_documento")) != (document_type, document_number):
            _unusable("numero_documento")
        delegations = _typed(said, "delegaciones", list)
        if len(delegations) > MOST_DELEGATIONS:
            _unusable("delegaciones")
        return PersonTold(
            document_type=document_type,
            document_number=document_number,
            name=_text(said, "nombre"),
            email=_text(said, "correo"),
            phone="" if _property(said, "telefono") is None else _text(said, "telefono"),
            delegations=tuple(_delegation(delegation) for delegation in delegations),
            as_of=_as_of(said),
        )

    def _ask(self, path: str) -> Mapping[str, Any] | NobodyTold:
        try:
            answer = self._asker.get(path)
        except NoAnswer as fault:
            raise RegistryUnreachable(Reason.NO_ANSWER, str(fault)) from None
        except OutOfBounds:
            raise RegistryUnusable("too large, or packed") from None
        match answer.status:
            case HTTPStatus.OK:
                return _object(answer.body)
            case HTTPStatus.NOT_FOUND:
                return _nobody(_object(answer.body))
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                raise RegistryUnreachable(Reason.NOT_ALLOWED)
            case status if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise RegistryUnreachable(_reason(answer), f"status {status}")
        raise RegistryUnusable(f"status {answer.status}")


def _reason(answer: Answer) -> Reason:
    try:
        is_closed = _object(answer.body).get("codigo") == "cerrado"
    except RegistryUnusable:
        is_closed = False
    return Reason.CLOSED if is_closed else Reason.NO_ANSWER


def _nobody(said: Mapping[str, Any]) -> NobodyTold:
    """A 404 counts only if the registry itself says so: a wrong address must not pass for a person who is gone."""
    if _text(said, "codigo") != "desconocido":
        _unusable("codigo")
    return NobodyTold(_as_of(said))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body.decode(), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError):
        raise RegistryUnusable("no JSON") from None
    if not isinstance(said, dict):
        raise RegistryUnusable("no JSON object")
    return said


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _delegation(said: object) -> DelegationTold:
    if not isinstance(said, dict):
        _unusable("delegaciones")
    ends_on = None if _property(said, "hasta") is None else _read(said, "hasta", _day)
    starts_on = _read(said, "desde", _day)
    if ends_on and ends_on < starts_on:
        _unusable("hasta")
    return DelegationTold(nit=_text(said, "nit"), starts_on=starts_on, ends_on=ends_on)


def _as_of(said: Mapping[str, Any]) -> datetime:
    return _read(said, "fecha_datos", _moment)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not _DAY.fullmatch(text) or day.year not in _YEARS:
        raise ValueError
    return day


def _moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text) or int(text[:4]) not in _YEARS:
        raise ValueError
    return datetime.fromisoformat(text).astimezone(UTC)


def _read(said: Mapping[str, Any], name: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(_text(said, name))
    except ValueError:
        _unusable(name)


def _text(said: Mapping[str, Any], name: str) -> str:
    text = _typed(said, name, str)
    if not 0 < len(text) <= LONGEST_TEXT:
        _unusable(name)
    return text


def _typed(said: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = _property(said, name)
    if not isinstance(value, kind):
        _unusable(name)
    return value


def _property(said: Mapping[str, Any], name: str) -> object:
    if name not in said:
        _unusable(name)
    return said[name]


def _unusable(name: str) -> NoReturn:
    raise RegistryUnusable(f"property {name}")
