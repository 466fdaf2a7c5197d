"""What an official enters for one environment, and the mistakes that copying from Entra invites. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_INVISIBLE = re.compile(r"[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
SHORTEST_SECRET = 16
LONGEST_SECRET = 64
SUBSCRIPTION_KEY_LENGTHS = range(16, 257)
LONGEST_LIFE = timedelta(days=2 * 366)


class PairFault(ValueError):
    """What is wrong with a value, as a Spanish sentence for the official who pasted it. It never repeats the value."""


@dataclass(frozen=True, slots=True, repr=False)
class PairEntered:
    """The values of one environment that belong to the provider. Its text form shows none of them."""

    client_id: UUID
    client_secret: str
    subscription_key: str
    expires_on: date


def parse_client_id(text: str) -> UUID:
    """:raises PairFault: not a GUID."""
    value = text.strip()
    if not _GUID.fullmatch(value):
        raise PairFault(
            "El ClientID es un GUID: 8-4-4-4-12 letras y dígitos. Copie «Application (client) ID» de Entra."
        )
    return UUID(value)


def parse_client_secret(text: str) -> str:
    """:raises PairFault: the Secret ID instead of the Value, a cut value, one with spaces or invisible characters."""
    value = text.strip()
    if _GUID.fullmatch(value):
        raise PairFault("Ese es el Secret ID; copie el Value.")
    if _INVISIBLE.search(value) or not _PRINTABLE.fullmatch(value):
        raise PairFault("El ClientSecret tiene espacios o caracteres invisibles. Cópielo de nuevo desde Entra.")
    if not SHORTEST_SECRET <= len(value) <= LONGEST_SECRET or value.endswith(("...", "…")):
        raise PairFault("El ClientSecret está incompleto. Copie el Value entero con el botón de copiar de Entra.")
    return value


def parse_subscription_key(text: str) -> str:
    """:raises PairFault: cut, or with spaces or invisible characters."""
    value = text.strip()
    if _INVISIBLE.search(value) or not _PRINTABLE.fullmatch(value):
        raise PairFault("La llave de suscripción tiene espacios o caracteres invisibles. Cópiela de nuevo.")
    if len(value) not in SUBSCRIPTION_KEY_LENGTHS:
        raise PairFault("La llave de suscripción está incompleta. Cópiela entera desde API Management.")
    return value


def check_expiry(expires_on: date, *, today: date) -> date:
    """:raises PairFault: not in the future, or further ahead than Entra allows (24 months)."""
    if expires_on <= today:
        raise PairFault("La fecha de expiración ya pasó. Escriba la que muestra Entra para este secreto.")
    if expires_on > today + LONGEST_LIFE:
        raise PairFault("Entra no admite más de 24 meses. Revise el año de la fecha de expiración.")
    return expires_on


def check_holder(holder: tuple[str, str], *, wanted: tuple[str, str]) -> None:
    """That a known ClientID is what it is taken for; both are a provider's code and an environment's name.

    :raises PairFault: it is another provider's, or of another environment.
    """
    if holder[0] != wanted[0]:
        raise PairFault("Este ClientID ya pertenece a otro prestador. Verifíquelo en Entra.")
    if holder[1] != wanted[1]:
        raise PairFault(f"Este ClientID es del ambiente {holder[1]}. Copie el de {wanted[1]}.")
