"""Entity types and document types: tables that the ministry publishes, in versions. Pure: what an entry may say.

A table comes from outside as JSON and decides who may register, so nothing in it is taken on trust, and no rule of it
is a pattern that could be slow to match.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from llaves.providers.documents import ALPHABETS, CITIZEN_CARD, DIGITS, LONGEST_NUMBER, DocumentRule

LONGEST_TABLE = 100_000
"""Bytes of a file."""
MOST_ENTRIES = 50
LONGEST_LABEL = 80
_CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHORTEST_NUMBER = 3
_DOCUMENT_CODE_LENGTH = 2
_LONGEST_ENTITY_CODE = 10

Entry = dict[str, Any]


class TableName(StrEnum):
    ENTITY_TYPES = "tipos-de-entidad"
    DOCUMENT_TYPES = "tipos-de-documento"


class TableFault(ValueError):
    """What is wrong with a table, as a Spanish sentence for whoever publishes it."""


@dataclass(frozen=True, slots=True)
class EntityType:
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The tables in force, and the version of each."""

    entity_types: Mapping[str, EntityType]
    document_types: Mapping[str, DocumentRule]
    versions: Mapping[TableName, int]

    def document_label(self, code: str) -> str:
        """The type's name; of one that was withdrawn, its code."""
        return self.document_types[code].label if code in self.document_types else code

    def entity_label(self, code: str) -> str:
        """The type's name; of one that was withdrawn, its code."""
        return self.entity_types[code].label if code in self.entity_types else code


def read_table(name: TableName, content: bytes) -> list[Entry]:
    """The entries of a file, each checked.

    :raises TableFault: the first thing that is wrong.
    """
    if len(content) > LONGEST_TABLE:
        raise TableFault("El archivo tiene más de 100 kB.")
    try:
        said = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_repetition)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise TableFault("El archivo no es JSON en UTF-8. Parta de llaves table export.") from None
    if not isinstance(said, list) or not 0 < len(said) <= MOST_ENTRIES:
        raise TableFault(f"El archivo debe ser una lista de 1 a {MOST_ENTRIES} entradas.")
    read: Callable[[Any], EntityType | DocumentRule] = (
        _document_rule if name is TableName.DOCUMENT_TYPES else _entity_type
    )
    entries = [_at(place, read, each) for place, each in enumerate(said, start=1)]
    for what in ("code", "label"):
        _require_different([entry[what] for entry in entries])
    if name is TableName.DOCUMENT_TYPES:
        _require_citizen_card(entries)
    return entries


def fingerprint(entries: list[Entry]) -> str:
    """The SHA-256 of the entries, however a file spaced them."""
    return sha256(json.dumps(entries, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _at(place: int, read: Callable[[Any], EntityType | DocumentRule], said: object) -> Entry:
    try:
        return asdict(read(said))
    except TableFault as fault:
        raise TableFault(f"Entrada {place}: {fault}") from None


def _entity_type(said: object) -> EntityType:
    entry = _keys(said, "code", "label")
    return EntityType(_code(entry["code"], 2, _LONGEST_ENTITY_CODE), _phrase(entry["label"], "label"))


def _document_rule(said: object) -> DocumentRule:
    entry = _keys(said, "code", "label", "alphabet", "shortest", "longest", "leading_zero", "shape")
    shortest, longest = entry["shortest"], entry["longest"]
    if type(shortest) is not int or type(longest) is not int:
        raise TableFault("shortest y longest son números enteros.")
    if not _SHORTEST_NUMBER <= shortest <= longest <= LONGEST_NUMBER:
        raise TableFault(f"shortest y longest van de {_SHORTEST_NUMBER} a {LONGEST_NUMBER}, en ese orden.")
    if not isinstance(entry["alphabet"], str) or entry["alphabet"] not in ALPHABETS:
        raise TableFault(f"alphabet es {' o '.join(ALPHABETS)}.")
    if not isinstance(entry["leading_zero"], bool):
        raise TableFault("leading_zero es true o false.")
    return DocumentRule(
        code=_code(entry["code"], _DOCUMENT_CODE_LENGTH, _DOCUMENT_CODE_LENGTH),
        label=_phrase(entry["label"], "label"),
        alphabet=entry["alphabet"],
        shortest=shortest,
        longest=longest,
        leading_zero=entry["leading_zero"],
        shape=_phrase(entry["shape"], "shape"),
    )


def _keys(said: object, *names: str) -> Entry:
    if not isinstance(said, dict) or set(said) != set(names):
        raise TableFault(f"debe tener exactamente {', '.join(names)}.")
    return said


def _code(said: object, shortest: int, longest: int) -> str:
    if not isinstance(said, str) or not shortest <= len(said) <= longest or not set(said) <= set(_CODE):
        raise TableFault(f"code lleva de {shortest} a {longest} letras mayúsculas sin tilde.")
    return said


def _phrase(said: object, what: str) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST_LABEL or said != " ".join(said.split()):
        raise TableFault(f"{what} es un texto de 1 a {LONGEST_LABEL} caracteres, sin espacios de más.")
    if not said.isprintable():
        raise TableFault(f"{what} tiene caracteres que no se ven.")
    return said


def _without_repetition(pairs: list[tuple[str, Any]]) -> Entry:
    if len(dict(pairs)) != len(pairs):
        raise TableFault("Una entrada dice dos veces lo mismo.")
    return dict(pairs)


def _require_different(values: list[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise TableFault(f"«{value}» está en dos entradas.")


def _require_citizen_card(entries: list[Entry]) -> None:
    """An independent professional's NIT is his cédula, so a portal without it would shut him out."""
    if not any(entry["code"] == CITIZEN_CARD and entry["alphabet"] == DIGITS for entry in entries):
        raise TableFault(f"Falta {CITIZEN_CARD} con alphabet {DIGITS}: el NIT de un profesional es su cédula.")
