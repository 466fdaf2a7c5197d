"""Colombia's identifiers: what each looks like, how people write it, what is wrong with it. Pure.

Sources: Res. 1888 de 2025 (document types), DIAN (NIT), Res. CRC 5826 (telephones), REPS (código de habilitación).
"""

import re
from contextlib import suppress
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from stdnum.co import nit as stdnum_nit

MINISTRY_NIT = "900474727"
"""The Ministry of Health itself: its delegates are the officials."""
CITIZEN_CARD = "CC"
"""The type that always exists: an independent professional's NIT is his cédula."""

DIGITS, LETTERS_AND_DIGITS = "digits", "letters-and-digits"
ALPHABETS = {
    DIGITS: frozenset("0123456789"),
    LETTERS_AND_DIGITS: frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
}
LONGEST_NUMBER = 16

LONGEST_EMAIL = 254
"""RFC 5321, and the columns that hold one."""

# Spaces, dots, commas, apostrophes; hyphens and dashes, as word processors put them; the invisible marks that come
# along when a number is copied from a PDF or a telephone's contacts.
_SEPARATORS = re.compile(
    r"[\s.,_'’\-\u2010-\u2015\u2212\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+"
)
_BRACKETS = re.compile(r"[()]+")
_NIT = re.compile(r"[1-9]\d{4,9}", re.ASCII)
_PHONE = re.compile(r"(?:3\d{9}|60[1245678]\d{7})", re.ASCII)
_COUNTRY = re.compile(r"^(?:\+|00)57(?=\d{10}$)", re.ASCII)
_PROVIDER_CODE = re.compile(r"\d{10}", re.ASCII)
_LEGAL_NIT_WITH_CHECK_DIGIT = re.compile(r"[89]\d{9}", re.ASCII)


class DocumentFault(ValueError):
    """What is wrong with an identifier, as a Spanish sentence for the person who typed it."""


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """What the number of one type of document looks like: an entry of the table in force."""

    code: str
    label: str
    alphabet: str
    shortest: int
    longest: int
    leading_zero: bool
    shape: str

    def fits(self, number: str) -> bool:
        is_long_enough = self.shortest <= len(number) <= self.longest
        return is_long_enough and set(number) <= ALPHABETS[self.alphabet] and (self.leading_zero or number[0] != "0")


def without_separators(text: str) -> str:
    """What was typed, without the dots, hyphens and spaces (also invisible ones) that people add."""
    return _SEPARATORS.sub("", text)


def parse_document(rule: DocumentRule, text: str) -> str:
    """The number of an identity document as it is stored.

    :raises DocumentFault: it does not look like one of this type.
    """
    number = without_separators(text)
    # Matched before it is put in capitals: those of «ß» or «ﬁ» are two letters that nobody typed.
    if not number.isascii() or not rule.fits(number.upper()):
        raise DocumentFault(f"Un documento de tipo {rule.label} tiene {rule.shape}. Revise el número.")
    return number.upper()


def parse_nit(text: str) -> str:
    """The NIT as it is stored: digits only, without its check digit.

    :raises DocumentFault: not a NIT, or one with its check digit still on.
    """
    number = without_separators(text)
    if not _NIT.fullmatch(number):
        raise DocumentFault("El NIT lleva solo dígitos (entre 5 y 10), sin dígito de verificación. Revise el número.")
    if _LEGAL_NIT_WITH_CHECK_DIGIT.fullmatch(number) and stdnum_nit.is_valid(number):
        raise DocumentFault(f"Escriba el NIT sin el dígito de verificación: {number[:9]}.")
    return number


def check_digit(nit: str) -> str:
    """The DIAN's check digit of a NIT that is stored without it."""
    return str(stdnum_nit.calc_check_digit(nit))


def parse_phone(text: str) -> str:
    """A Colombian telephone as it is stored: ten digits, without +57.

    :raises DocumentFault: neither a mobile (3…) nor a landline (60…) number.
    """
    number = _COUNTRY.sub("", _BRACKETS.sub("", without_separators(text)))
    if not _PHONE.fullmatch(number):
        raise DocumentFault(
            "Escriba los diez dígitos: un celular empieza por 3, un fijo por 60 y el indicativo de la ciudad."
        )
    return number


def parse_email(text: str) -> str:
    """An e-mail address as it is stored. Whether anybody reads it is not asked.

    :raises DocumentFault: no address.
    """
    address = text.strip()
    if len(address) <= LONGEST_EMAIL:
        with suppress(EmailNotValidError):
            return validate_email(address, check_deliverability=False).normalized
    raise DocumentFault("Escriba un correo completo, como nombre@entidad.gov.co.")


def parse_provider_code(text: str) -> str:
    """A código de habilitación: ten digits, leading zeros kept; the first five are the municipality (DIVIPOLA).

    :raises DocumentFault: anything else.
    """
    code = text.strip()
    if not _PROVIDER_CODE.fullmatch(code):
        raise DocumentFault("El código de habilitación tiene diez dígitos.")
    return code
