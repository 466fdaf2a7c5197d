"""The table that an official fills: who waits, a line for each environment, and the rest to be pasted. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from xlsxwriter import Workbook

from llaves.credentials.bulk import TITLES, EnvironmentKnown
from llaves.credentials.files import SHEET

_PROVIDER = "Prestador"
_TITLES = (TITLES["code"], _PROVIDER, *(title for key, title in TITLES.items() if key != "code"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = {_PROVIDER: 48, TITLES["client_id"]: 38, TITLES["client_secret"]: 44, TITLES["subscription_key"]: 36}
_USUAL_WIDTH = 22


def as_csv(waiting: Iterable[tuple[str, str]], environments: Sequence[EnvironmentKnown]) -> bytes:
    """For spreadsheets of this country: UTF-8 with its mark, and semicolons.

    :param waiting: code and name of each provider.
    """
    return written([_TITLES, *_rows(waiting, environments)])


def written(rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV in which no cell is a formula."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([harmless(str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(waiting: Iterable[tuple[str, str]], environments: Sequence[EnvironmentKnown]) -> bytes:
    """A workbook whose cells are text, so that Excel takes no zero from a code and turns no key into a number."""
    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet(SHEET)
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        for place, title in enumerate(_TITLES):
            sheet.set_column(place, place, _WIDTHS.get(title, _USUAL_WIDTH), text)
            sheet.write_string(0, place, title, bold)
        for number, row in enumerate(_rows(waiting, environments), start=1):
            for place, cell in enumerate(row):
                # An empty cell is written too: it carries the format into which the official pastes.
                sheet.write_string(number, place, cell, text) if cell else sheet.write_blank(number, place, None, text)
        sheet.freeze_panes(1, 0)
    return content.getvalue()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rows(waiting: Iterable[tuple[str, str]], environments: Sequence[EnvironmentKnown]) -> Iterator[Sequence[str]]:
    for code, name in waiting:
        for known in environments:
            yield code, name, known.name, "", "", "", "", known.endpoint, known.tenant_id, known.scope
