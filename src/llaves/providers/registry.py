"""The REPS as files: which columns mean what, and what makes a line of it acceptable. Writes nothing.

Three layouts are known: the «prestadores» report with 20 or 30 columns, and the open data set c36g-9fc2 of
datos.gov.co, which has a line per site, so that a provider comes as often as it has sites.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from llaves.providers.classes import ProviderClass
from llaves.providers.documents import DocumentFault, check_digit, parse_email, parse_nit, parse_provider_code
from llaves.providers.queries import words
from llaves.providers.sources import LineRefused, Row, Source, bounded
from llaves.providers.tables import Column

CODE_LENGTH = 10
NAME_LENGTH = 200
PLACE_LENGTH = 60

COLUMNS = (
    Column("code", ("codigo_habilitacion", "codigoprestador", "codigo_prestador"), is_required=True),
    Column("name", ("nombre_prestador", "nombreprestador"), is_required=True),
    Column("nit", ("nits_nit", "numeroidentificacion", "numero_identificacion", "nit"), is_required=True),
    Column("class", ("clpr_codigo", "claseprestador", "claseprestadordesc", "clpr_nombre"), is_required=True),
    Column("department", ("depa_nombre", "departamentoprestadordesc", "departamento"), is_required=True),
    Column("municipality", ("muni_nombre", "municipioprestadordesc", "municipio"), is_required=True),
    Column("organization", ("razon_social",)),
    Column("check_digit", ("dv", "digito_verificacion")),
    Column("person_class", ("clase_persona",)),
    Column("document_kind", ("tido_codigo", "tipoid", "tipo_identificacion")),
    Column("email", ("email", "email_prestador", "correo_electronico")),
    Column("is_enabled", ("habilitado",)),
    Column("closed_on", ("fecha_cierre",)),
)

REPAIRED = "Se le devolvió el cero inicial a su código."
EMAIL_DROPPED = "Su correo no es válido y se dejó vacío."
OTHER_ORGANIZATION = "Su razón social no es la de la primera línea del mismo NIT; se conserva esa."

_CLASSES = {tuple(words(form)): value for value, label in ProviderClass.choices for form in (label, str(value))}
_LEGAL_NIT = re.compile(r"[89]\d{8}", re.ASCII)
_AS_DECIMAL = re.compile(r".*[.,]\d{1,2}", re.ASCII)
_AS_FORMULA = re.compile(r"=?\"?'?(\d+)\"?", re.ASCII)
# Whose codes begin with a zero, as the REPS names them: there the districts stand beside the departments.
_PLACES_WITH_ZERO = {"5": {"antioquia", "medellin"}, "8": {"atlantico", "barranquilla"}}
_YES = {"SI": True, "SÍ": True, "S": True, "1": True, "": True, "NO": False, "N": False, "0": False}


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """An accepted line of the registry, as it is stored."""

    code: str
    nit: str
    organization_name: str
    is_natural_person: bool
    name: str
    provider_class: int
    department: str
    municipality: str
    email: str
    is_enabled: bool

    @property
    def search_words(self) -> str:
        """What `Provider.search_words` holds."""
        return search_words(self.code, self.nit, self.name, self.organization_name, self.municipality)


def search_words(*texts: str) -> str:
    """The words by which a provider is found, from its code, NIT, name, organization's name and place."""
    return " ".join(word for text in texts for word in words(text))


def provider_lines(source: Source, *, known_names: Mapping[str, str]) -> Iterator[ProviderLine]:
    """The acceptable lines of a file; the others are refused on the way, each with its reason.

    :param known_names: of the organizations known already, by NIT: they stand where the file has none.
    """
    reader = _Reader(source, known_names)
    for row in source.rows():
        about = row.cells.get("code", "")
        try:
            line = reader.read(row)
        except (LineRefused, DocumentFault) as fault:
            source.refuse(row.line, about, str(fault))
            continue
        if line:
            yield line


class _Reader:
    """Reads row after row, and remembers of each code and each NIT what its first line said."""

    def __init__(self, source: Source, known_names: Mapping[str, str]) -> None:
        self._source = source
        self._known_names = known_names
        self._first_of_code: dict[str, tuple[int, int]] = {}
        self._first_of_nit: dict[str, tuple[str, bool]] = {}

    def read(self, row: Row) -> ProviderLine | None:
        """The line; None if an earlier one says the very same, as where the file has a line per site.

        :raises LineRefused: it is not acceptable.
        :raises DocumentFault: an identifier in it is not.
        """
        line = _checked(row)
        if self._is_repetition(row.line, line):
            return None
        own = (line.organization_name or self._known_names.get(line.nit, line.name), line.is_natural_person)
        first = self._first_of_nit.setdefault(line.nit, own)
        if line.organization_name and first[0] != line.organization_name:
            self._source.note(row.line, line.code, OTHER_ORGANIZATION)
        if row.get("email") and not line.email:
            self._source.note(row.line, line.code, EMAIL_DROPPED)
        if line.code not in row.get("code"):
            self._source.note(row.line, line.code, REPAIRED)
        return replace(line, organization_name=first[0], is_natural_person=first[1])

    def _is_repetition(self, number: int, line: ProviderLine) -> bool:
        said = hash(line)
        first_number, first_said = self._first_of_code.setdefault(line.code, (number, said))
        if first_said != said:
            raise LineRefused(f"Su código ya está en la línea {first_number}, con otros datos; se conserva esa.")
        return first_number != number


def _checked(row: Row) -> ProviderLine:
    """What a row says by itself; without a razón social where it has none."""
    department = bounded(row.get("department"), PLACE_LENGTH, "el departamento")
    code = _code(row.get("code"), department)
    nit = _nit(row)
    provider_class = _provider_class(row.get("class"))
    name = bounded(row.get("name"), NAME_LENGTH, "el nombre del prestador")
    organization_name = row.get("organization")
    return ProviderLine(
        code=code,
        nit=nit,
        organization_name=organization_name and bounded(organization_name, NAME_LENGTH, "la razón social"),
        is_natural_person=_is_natural_person(row, nit, provider_class),
        name=name,
        provider_class=provider_class,
        department=department,
        municipality=bounded(row.get("municipality"), PLACE_LENGTH, "el municipio"),
        email=_first_email(row.get("email")),
        is_enabled=_is_enabled(row),
    )


def _code(text: str, department: str) -> str:
    """The code, with the zero that a spreadsheet took from it where the department leaves no doubt."""
    as_formula = _AS_FORMULA.fullmatch(text)
    code = as_formula.group(1) if as_formula else text
    if len(code) != CODE_LENGTH - 1 or not code.isdecimal():
        return parse_provider_code(code)
    if " ".join(words(department)) not in _PLACES_WITH_ZERO.get(code[0], ()):
        raise LineRefused(
            "Su código tiene nueve dígitos. Si Excel le quitó el cero inicial, exporte el archivo de nuevo."
        )
    return parse_provider_code(f"0{code}")


def _nit(row: Row) -> str:
    text = row.get("nit")
    if _AS_DECIMAL.fullmatch(text):
        raise LineRefused("Su NIT tiene decimales. Exporte el archivo de nuevo, con el NIT como texto.")
    nit = parse_nit(text)
    said = row.get("check_digit")
    if said and said != check_digit(nit):
        raise LineRefused(f"El dígito de verificación del NIT {nit} es {check_digit(nit)} y la línea dice {said}.")
    return nit


def _provider_class(text: str) -> int:
    value = _CLASSES.get(tuple(words(text)))
    if value is None:
        raise LineRefused(f"Su clase de prestador no es ninguna de las cuatro del REPS: «{text[:40]}».")
    return value


def _is_natural_person(row: Row, nit: str, provider_class: int) -> bool:
    """Whether the NIT is a person's cédula. That lets the person act for it, so a legal NIT never passes."""
    if is_legal(nit):
        return False
    declared = row.get("person_class").upper()
    if declared:
        return declared.startswith("NATURAL")
    kind = row.get("document_kind").upper()
    if kind:
        return kind not in {"NI", "NIT"}
    return provider_class == ProviderClass.INDEPENDENT


def is_legal(nit: str) -> bool:
    """Whether a NIT can only be a legal person's."""
    return _LEGAL_NIT.fullmatch(nit) is not None


def _first_email(text: str) -> str:
    for address in re.split(r"[;,/\s]+", text):
        try:
            return parse_email(address)
        except DocumentFault:
            continue
    return ""


def _is_enabled(row: Row) -> bool:
    said = row.get("is_enabled").upper()
    if said not in _YES:
        raise LineRefused(f"Su columna habilitado no dice SI ni NO: «{said[:40]}».")
    return _YES[said] and not row.get("closed_on")
