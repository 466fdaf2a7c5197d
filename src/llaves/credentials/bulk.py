"""Keys of many providers in one table: its columns, what a line must hold, and what lines must be to each other. Pure.

A line holds one environment of one provider. Nothing here ever repeats a secret.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from llaves.credentials.pairs import (
    PairEntered,
    PairFault,
    check_expiry,
    check_holder,
    parse_client_id,
    parse_client_secret,
    parse_subscription_key,
)
from llaves.providers.documents import DocumentFault, parse_provider_code
from llaves.providers.sources import LineRefused, Row, clean
from llaves.providers.tables import Column, plain

MOST_LINES = 6000
_EXCELS_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]?\d{1,3}", re.IGNORECASE)
_LONGEST_NUMBER = 24
_PART_OF_A_CODE = re.compile(r"[0-9]{1,12}")
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")

COLUMNS = (
    Column("code", ("Código de habilitación", "Código habilitación", "Código", "Codigo prestador"), is_required=True),
    Column("environment", ("Ambiente", "Environment"), is_required=True),
    Column("client_id", ("ClientID", "Application ID", "Application (client) ID"), is_required=True),
    Column("client_secret", ("ClientSecret", "Secret"), is_required=True),
    Column("expires_on", ("Fecha de expiración", "Fecha expiración", "Expiración", "Expires"), is_required=True),
    Column("subscription_key", ("APIM subscription key", "Subscription key"), is_required=True),
    Column("endpoint", ("EndPoint",)),
    Column("tenant_id", ("TenantID",)),
    Column("scope", ("Scope",)),
)
TITLES = {column.key: column.names[0] for column in COLUMNS}
PASTED = frozenset({"client_id", "client_secret", "subscription_key"})
"""Copied from elsewhere: nothing in them is mended silently."""
_OF_THE_ENVIRONMENT = ("endpoint", "tenant_id", "scope")


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """A line as it stands in the file: its cells, and what is wrong with a cell before it is even read.

    A fault under "" is of the line as a whole.
    """

    number: int
    cells: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class TableRead:
    """What was read of a file, and its fingerprint."""

    lines: Sequence[Line]
    sha256: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, in Spanish; `code` is its provider as far as it is known."""

    line: int
    code: str
    column: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """A line that is sound in itself."""

    line: int
    code: str
    environment: str
    pair: PairEntered


@dataclass(frozen=True, slots=True)
class EnvironmentKnown:
    """An environment of the catalogue."""

    code: str
    name: str
    endpoint: str
    tenant_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the portal knows of the entries: the catalogue, who of them waits, and who holds their ClientIDs.

    `waiting` has labels by provider's code, `holders` a provider's and an environment's code by ClientID.
    """

    environments: Sequence[EnvironmentKnown]
    waiting: Mapping[str, str]
    holders: Mapping[UUID, tuple[str, str]]
    today: date


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """The lines that are sound in themselves, what is wrong with the others, and for what there is a line at all."""

    entries: Sequence[Entry]
    faults: Sequence[Fault]
    there: Collection[tuple[str, str]]


def check(lines: Iterable[Line], environments: Sequence[EnvironmentKnown]) -> Checked:
    """Each line by itself."""
    entries, faults, there = [], [], set()
    for line in lines:
        values, wrong = _values(line, environments)
        if "code" in values and "environment" in values:
            there.add((values["code"], values["environment"]))
        if wrong:
            faults += wrong
        else:
            code, environment = values.pop("code"), values.pop("environment")
            entries.append(Entry(line.number, code, environment, PairEntered(**values)))
    return Checked(entries, faults, there)


def conflicts(entries: Sequence[Entry], facts: Facts, *, there: Collection[tuple[str, str]] = ()) -> list[Fault]:
    """What is wrong with entries among each other and with what the portal knows.

    :param there: providers and environments that have a line which is faulty in itself, so that it is not missed.
    """
    found = [
        *_twice(entries),
        *_not_waiting(entries, facts),
        *_incomplete(entries, there, facts),
        *_held_elsewhere(entries, facts),
        *_expired(entries, facts.today),
    ]
    return sorted(found, key=lambda fault: (fault.line, fault.column))


def _values(line: Line, environments: Sequence[EnvironmentKnown]) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    wrong: dict[str, str] = dict(line.faults)
    for key, parse in _parsers(environments).items():
        if "" in wrong or key in wrong:
            continue
        try:
            values[key] = parse(Row(line.number, line.cells).get(key))
        except (PairFault, DocumentFault, LineRefused) as fault:
            wrong[key] = str(fault)
    wrong |= _unlike_catalogue(line, environments, values.get("environment"))
    # Never what merely stands there: where columns were shifted, that may be a secret.
    written = clean(line.cells.get("code", ""))
    code = values.get("code") or (written if _PART_OF_A_CODE.fullmatch(written) else "")
    return values, [Fault(line.number, code, TITLES.get(key, ""), text) for key, text in wrong.items()]


def _parsers(environments: Sequence[EnvironmentKnown]) -> Mapping[str, Callable[[str], Any]]:
    return {
        "code": _provider_code,
        "environment": lambda text: _environment(text, environments),
        "client_id": _pasted(parse_client_id),
        "client_secret": _pasted(parse_client_secret),
        "expires_on": _date,
        "subscription_key": _pasted(parse_subscription_key),
    }


def _pasted(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    def parse_pasted(text: str) -> Any:
        if not text.strip():
            raise PairFault("Falta el valor.")
        if len(text) <= _LONGEST_NUMBER and _EXCELS_NUMBER.fullmatch(text.strip()):
            raise PairFault(MANGLED)
        return parse(text)

    return parse_pasted


MANGLED = "Excel lo convirtió en un número y perdió cifras. Dé a la celda el formato «Texto» y pegue el valor otra vez."


def _provider_code(text: str) -> str:
    code = clean(text)
    if not code:
        raise DocumentFault("Falta el código de habilitación. Si combinó celdas, sepárelas y escríbalo en cada línea.")
    if re.fullmatch(r"[58]\d{8}", code, re.ASCII):
        # A spreadsheet takes the zero from Antioquia's and Atlántico's codes. Whether one waits is asked later.
        code = f"0{code}"
    return parse_provider_code(code)


def _environment(text: str, environments: Sequence[EnvironmentKnown]) -> str:
    # As with the names of columns: without case, accents and punctuation.
    wanted = plain(text)
    for known in environments:
        if wanted and wanted in {plain(known.name), plain(known.code)}:
            return known.code
    listed = ", ".join(known.name for known in environments)
    raise PairFault(f"El ambiente debe ser uno de estos: {listed}.")


def _date(text: str) -> date:
    written = clean(text)
    for form in _DATES:
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise PairFault("Escriba la fecha de expiración como 30/06/2027 o 2027-06-30.")


def _unlike_catalogue(line: Line, environments: Sequence[EnvironmentKnown], code: str | None) -> dict[str, str]:
    """What differs from the environment's own values; a column that is missing or empty says nothing."""
    known = next((environment for environment in environments if environment.code == code), None)
    return {
        key: f"No es el {TITLES[key]} de {known.name}, que es del ambiente y no se cambia aquí. Deje la celda vacía."
        for key in _OF_THE_ENVIRONMENT
        if known and (text := clean(line.cells.get(key, ""))) and text != getattr(known, key)
    }


def _twice(entries: Iterable[Entry]) -> Iterator[Fault]:
    """Of a provider's environment there is one line, and no ClientID or ClientSecret serves in two lines."""
    lines: dict[object, int] = {}
    for entry in entries:
        for key, what, text in (
            ("environment", (entry.code, entry.environment), "Ya hay una línea de este prestador y ambiente: la {}."),
            ("client_id", entry.pair.client_id, "Es el mismo ClientID de la línea {}. Cada ambiente tiene el suyo."),
            ("client_secret", entry.pair.client_secret, "Es el mismo ClientSecret de la línea {}. Cópielo de nuevo."),
        ):
            first = lines.setdefault((key, what), entry.line)
            if first != entry.line:
                yield _fault(entry, key, text.format(first))


def _not_waiting(entries: Iterable[Entry], facts: Facts) -> Iterator[Fault]:
    told = "Este prestador no espera llaves: no las ha solicitado o su solicitud ya fue atendida. Quite sus líneas."
    return (_fault(entry, "code", told) for entry in entries if entry.code not in facts.waiting)


def _incomplete(entries: Sequence[Entry], there: Collection[tuple[str, str]], facts: Facts) -> Iterator[Fault]:
    """A provider gets all its keys or none."""
    named = {(entry.code, entry.environment) for entry in entries} | set(there)
    told = set()
    for entry in entries:
        missing = [known.name for known in facts.environments if (entry.code, known.code) not in named]
        if missing and entry.code not in told:
            told.add(entry.code)
            yield _fault(entry, "environment", f"Falta la línea de este prestador para: {', '.join(missing)}.")
    codes = {known.code for known in facts.environments}
    yield from (
        _fault(entry, "environment", "Este ambiente ya no existe.")
        for entry in entries
        if entry.environment not in codes
    )


def _held_elsewhere(entries: Iterable[Entry], facts: Facts) -> Iterator[Fault]:
    names = {known.code: known.name for known in facts.environments}
    for entry in entries:
        if holder := facts.holders.get(entry.pair.client_id):
            held, wanted = (
                (code, names.get(environment, environment))
                for code, environment in (holder, (entry.code, entry.environment))
            )
            try:
                check_holder(held, wanted=wanted)
            except PairFault as fault:
                yield _fault(entry, "client_id", str(fault))


def _expired(entries: Iterable[Entry], today: date) -> Iterator[Fault]:
    for entry in entries:
        try:
            check_expiry(entry.pair.expires_on, today=today)
        except PairFault as fault:
            yield _fault(entry, "expires_on", str(fault))


def _fault(entry: Entry, key: str, text: str) -> Fault:
    return Fault(entry.line, entry.code, TITLES[key], text)
