"""The pending list as a file: row by row, so that sixty thousand cost no more memory than sixty."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from django.utils import timezone
from xlsxwriter import Workbook

from llaves.credentials.waiting import business_days

if TYPE_CHECKING:
    from llaves.credentials.models import Request

HEADINGS = (
    "Fecha de solicitud",
    "Días hábiles de espera",
    "Código de habilitación",
    "Prestador",
    "Departamento",
    "Municipio",
    "Clase",
    "NIT",
    "Estado de solicitud",
    "Delegado administrativo",
    "Software",
    "Proveedor tecnológico",
    "Líder técnico",
    "Correo del líder técnico",
    "Teléfono del líder técnico",
)
BYTE_ORDER_MARK = "\ufeff"
"""By which spreadsheet programs know UTF-8."""
_BEGIN_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def rows(requests: "Iterable[Request]", *, today: date) -> Iterator[tuple[str, ...]]:
    """What is told of each request."""
    for asked in requests:
        provider, moment = asked.provider, timezone.localtime(asked.requested_at)
        yield (
            moment.strftime("%d/%m/%Y %H:%M"),
            str(business_days(moment.date(), today)),
            provider.code,
            provider.name,
            provider.department,
            provider.municipality,
            provider.get_provider_class_display(),
            provider.organization.nit_with_check_digit,
            asked.state_label,
            asked.requested_by.person.name,
            asked.software_name,
            asked.vendor_name,
            asked.lead_name,
            asked.lead_email,
            asked.lead_phone,
        )


class _Line:
    """What the csv module calls a file: it hands each line on at once."""

    def write(self, line: str) -> str:
        return line


def as_csv(lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """RFC 4180 with semicolons, as the spreadsheet programs of Colombia read it."""
    writer = csv.writer(_Line(), delimiter=";")
    yield BYTE_ORDER_MARK + writer.writerow(HEADINGS)
    for line in lines:
        yield writer.writerow([harmless(cell) for cell in line])


def harmless(cell: str) -> str:
    """A cell that no spreadsheet program takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_BEGIN_A_FORMULA) else cell


def as_xlsx(lines: Iterable[tuple[str, ...]]) -> IO[bytes]:
    """An Excel workbook. Each cell is written as text, so that none is a formula."""
    file = TemporaryFile()  # noqa: SIM115 - the answer that sends it closes it
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Solicitudes pendientes")
        bold = book.add_format({"bold": True})
        for place, heading in enumerate(HEADINGS):
            sheet.write_string(0, place, heading, bold)
        for number, line in enumerate(lines, start=1):
            for place, cell in enumerate(line):
                sheet.write_string(number, place, cell)
    file.seek(0)
    return file
