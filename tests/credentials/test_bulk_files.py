"""Files that an official uploads: what can be read is read as it stands, and everything else gets its sentence."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from llaves.credentials import blanks, bulk, files
from llaves.credentials.bulk import EnvironmentKnown, Fault
from llaves.providers.tables import UnusableFile
from tests.crowd import HEADER, as_csv, as_xlsx, rows_for, saved

TODAY = date(2026, 11, 23)
CODES = ("0500100007", "1900100001")
ROWS = rows_for(CODES, TODAY)
ENVIRONMENTS = [
    EnvironmentKnown(code, name, f"https://{code}.example", "7f5c", "api://ihce")
    for code, name in (("desarrollo", "Desarrollo"), ("preproduccion", "Preproducción"), ("produccion", "Producción"))
]


def refusal(content: bytes) -> str:
    with pytest.raises(UnusableFile) as refused:
        files.read(content)
    return str(refused.value)


def values(content: bytes) -> list[tuple[Any, ...]]:
    """What the portal would assign."""
    checked = bulk.check(files.read(content).lines, ENVIRONMENTS)
    assert checked.faults == []
    return [
        (entry.code, entry.environment, entry.pair.client_id, entry.pair.client_secret, entry.pair.expires_on)
        for entry in checked.entries
    ]


def faults(rows: list[list[Any]], header: tuple[str, ...] = HEADER) -> list[Fault]:
    return list(bulk.check(files.read(as_xlsx(rows, header)).lines, ENVIRONMENTS).faults)


def changed(column: str, value: object) -> list[list[Any]]:
    rows: list[list[Any]] = [list(row) for row in ROWS]
    rows[1][HEADER.index(column)] = value
    return rows


EXPECTED = values(as_csv(ROWS))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_whatever_its_encoding_and_separator(separator: str, encoding: str) -> None:
    assert values(as_csv(ROWS, separator=separator, encoding=encoding)) == EXPECTED
    assert len(EXPECTED) == 6


def test_a_workbook_gives_the_same_as_text() -> None:
    assert values(as_xlsx(ROWS)) == EXPECTED


def test_dates_may_be_dates_or_text() -> None:
    day = datetime(2027, 9, 19)  # noqa: DTZ001 - as a workbook keeps it
    for written in (day, day.date(), "19/09/2027", "2027-09-19", "19-09-2027"):
        assert values(as_xlsx(changed("Fecha de expiración", written)))[1][-1] == date(2027, 9, 19)


def test_the_zero_that_a_spreadsheet_took_from_a_code_is_given_back() -> None:
    rows = [[int(row[0]), *row[1:]] for row in ROWS]
    assert values(as_xlsx(rows)) == EXPECTED


def test_a_formula_is_refused_beside_its_cell() -> None:
    (fault,) = faults(changed("ClientSecret", '=CONCATENATE("a","b")'))
    assert (fault.line, fault.code, fault.column) == (3, "0500100007", "ClientSecret")
    assert "fórmula" in fault.text
    assert "Pegue el valor" in fault.text


@pytest.mark.parametrize("number", [1.23456789012346e31, 12345678901234567, "1,23457E+31", "1.23E+35", True])
def test_a_key_that_excel_turned_into_a_number_is_refused(number: object) -> None:
    (fault,) = faults(changed("APIM subscription key", number))
    assert "Excel lo convirtió en un número" in fault.text


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("Código de habilitación", "19001", "diez dígitos"),
        ("Código de habilitación", None, "combinó celdas"),
        ("Ambiente", "Pruebas", "Desarrollo, Preproducción, Producción"),
        ("ClientID", "abc", "GUID"),
        ("ClientID", None, "Falta el valor"),
        ("ClientSecret", "7c2fd5a0-41c9-4f0e-9a53-0d2f3e4b5a61", "Secret ID"),
        ("ClientSecret", "zz8Q~\u200bsecret_value_1234", "invisibles"),
        ("ClientSecret", "zz8Q~ secret value 1234", "espacios"),
        ("Fecha de expiración", 46234, "no tiene una fecha"),
        ("Fecha de expiración", "06/30/2027", "30/06/2027"),
        ("APIM subscription key", "corta", "incompleta"),
        ("ClientSecret", "#N/A", "error de Excel"),
    ],
)
def test_each_mistake_has_its_sentence_and_no_sentence_repeats_a_value(column: str, value: object, told: str) -> None:
    (fault,) = faults(changed(column, value))
    assert fault.line == 3
    assert fault.column == column
    assert told in fault.text
    assert "secret_value" not in fault.text


def test_shifted_columns_show_no_secret_in_the_place_of_the_code() -> None:
    shifted = [row[4:] + row[:4] for row in ROWS]
    told = faults(shifted)
    assert len(told) > 6
    assert not any("secret" in str(fault) or row[6] in str(fault) for fault in told for row in ROWS)


def test_every_fault_of_a_line_is_told_at_once() -> None:
    rows = changed("ClientID", "x")
    rows[1][HEADER.index("ClientSecret")] = "y"
    assert [fault.column for fault in faults(rows)] == ["ClientID", "ClientSecret"]


def test_values_of_the_environment_must_be_the_catalogues() -> None:
    header = (*HEADER, "EndPoint", "TenantID", "Scope")
    same: list[list[Any]] = [
        [*row, f"https://{ENVIRONMENTS[at % 3].code}.example", "", ""] for at, row in enumerate(ROWS)
    ]
    assert faults(same, header) == []
    same[0][-3] = "https://elsewhere.example"
    (fault,) = faults(same, header)
    assert (fault.line, fault.column) == (2, "EndPoint")


def test_a_line_with_a_stray_quotation_mark_costs_itself_only() -> None:
    lines = as_csv(ROWS).decode().splitlines()
    lines[2] = f'"{lines[2]}'
    checked = bulk.check(files.read("\n".join(lines).encode()).lines, ENVIRONMENTS)
    assert [fault.line for fault in checked.faults] == [3]
    assert len(checked.entries) == 5


def test_titles_above_the_header_do_no_harm_in_a_workbook() -> None:
    assert values(as_xlsx([[], list(HEADER), *ROWS], header=("LLAVES DE NOVIEMBRE",))) == EXPECTED


def test_a_merged_header_is_told() -> None:
    merged = ("Código de habilitación", None, "Ambiente", "ClientID", None, "Fecha de expiración", "Key")
    told = refusal(as_xlsx(ROWS, merged))  # type: ignore[arg-type]
    assert "ClientSecret" in told
    assert "sin combinar" in told


def test_a_hidden_sheet_is_never_read_unseen() -> None:
    book = load_workbook(io.BytesIO(as_xlsx(ROWS)))
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("Otra")
    assert "Está vacío" in refusal(saved(book))
    book.create_sheet("Y otra")
    assert "varias hojas" in refusal(saved(book))
    book.worksheets[0].sheet_state = "visible"
    book.worksheets[0].title = "Llaves"
    assert values(saved(book)) == EXPECTED


def test_a_workbook_of_which_the_bounds_are_wrong_is_read_whole() -> None:
    content = repacked(as_xlsx(ROWS), "xl/worksheets/sheet1.xml", b'ref="A1:G7"', b'ref="A1:B2"')
    assert values(content) == EXPECTED


def repacked(content: bytes, part: str, old: bytes, new: bytes, **more: bytes) -> bytes:
    """The workbook with something replaced in one of its parts, and with more parts."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name)
            assert name != part or old in text
            after.writestr(name, text.replace(old, new) if name == part else text)
        for name, text in more.items():
            after.writestr(name, text)
    return changed.getvalue()


BOOK = as_xlsx(ROWS)
SHEET_PART = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "vacío"),
        (b"\xef\xbb\xbf", "vacío"),
        (as_csv([]), "ninguna línea"),
        (as_xlsx([]), "ninguna línea"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "contraseña"),
        (b"%PDF-1.7", "PDF"),
        (b"<html><table>", "página web"),
        (b"a;b;c\n1;2;3\n", "Código de habilitación"),
        (as_csv([row[:-1] for row in ROWS], HEADER[:-1]), "APIM subscription key"),
        (b"PK\x03\x04" + bytes(80), "dañado"),
        (BOOK[:-300], "dañado"),
        (repacked(BOOK, SHEET_PART, b"", b"", **{"xl/vbaProject.bin": b"x"}), "macros"),
        (repacked(BOOK, SHEET_PART, b"", b"", bomb=bytes(40_000_000)), "demasiado grande"),
        (
            repacked(
                BOOK,
                SHEET_PART,
                b"<worksheet",
                b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet',
            ),
            "dañado",
        ),
        (bytes(files.MOST_BYTES + 1), "5 MB"),
        (as_csv(rows_for([f"05{number:08}" for number in range(2001)], TODAY)), "6000 líneas"),
    ],
    ids=[
        "empty", "mark only", "header only", "sheet with header only", "password", "pdf", "html", "other table",
        "missing column", "not really zip", "cut", "macros", "bomb", "entities", "long", "many lines",
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_told_as_a_whole(content: bytes, told: str) -> None:
    assert told in refusal(content)


def test_a_zip_of_something_else_is_told() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("llaves.csv", as_csv(ROWS))
    assert "ZIP" in refusal(content.getvalue())


def test_a_row_at_the_end_of_the_world_costs_no_minute() -> None:
    content = repacked(BOOK, SHEET_PART, b'<row r="7"', b'<row r="999999999"')
    assert len(files.read(content).lines) == 5


def test_nothing_that_is_read_shows_its_values_in_a_trace() -> None:
    read = files.read(as_csv(ROWS))
    entry = bulk.check(read.lines, ENVIRONMENTS).entries[0]
    assert not any("secret_value" in repr(thing) for thing in (read, read.lines, read.lines[0], entry))


# The template


WAITING = (("0500100007", "HOSPITAL LA CEIBA"), ("1900100001", '=HYPERLINK("http://x")'))


def test_the_workbook_to_fill_is_read_back_with_its_zeros_and_without_formulas() -> None:
    book = load_workbook(io.BytesIO(blanks.as_xlsx(WAITING, ENVIRONMENTS)))
    sheet = book["Llaves"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert all(cell.number_format == "@" for row in sheet.iter_rows(min_row=2) for cell in row)
    filled(sheet)
    assert [(code, environment) for code, environment, *_ in values(saved(book))] == [
        (code, known.code) for code, _ in WAITING for known in ENVIRONMENTS
    ]


def filled(sheet: Any) -> None:
    places = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(ROWS, start=2):
        for title in ("ClientID", "ClientSecret", "Fecha de expiración", "APIM subscription key"):
            sheet.cell(number, places[title]).value = row[HEADER.index(title)]


def test_the_text_to_fill_holds_no_formula_and_is_recognised() -> None:
    content = blanks.as_csv(WAITING, ENVIRONMENTS)
    assert content.startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK" in content.decode("utf-8-sig")
    read = files.read(content)
    assert len(read.lines) == 6
    assert {fault.column for fault in bulk.check(read.lines, ENVIRONMENTS).faults} == {
        "ClientID", "ClientSecret", "Fecha de expiración", "APIM subscription key",
    }  # fmt: skip


# Whatever the bytes


def book_of(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in (list(HEADER), *rows):
        book.active.append(row)
    return saved(book)


def mutilated(place: int, junk: bytes) -> bytes:
    """A workbook with some of its bytes overwritten."""
    at = place % len(BOOK)
    return BOOK[:at] + junk + BOOK[at + len(junk) :]


def with_sheet(junk: bytes, place: int) -> bytes:
    """A sound ZIP with a sheet whose XML is damaged."""
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
        text = archive.read(SHEET_PART)
    return repacked(BOOK, SHEET_PART, text, text[: place % len(text)] + junk + text[place % len(text) :])


printable = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), max_size=30)
cells = printable | st.integers() | st.floats() | st.booleans() | st.none() | st.datetimes() | st.dates()
tables = st.lists(st.lists(cells, max_size=9), max_size=5)
contents = (
    st.binary(max_size=300)
    | st.binary(max_size=200).map(lambda tail: as_csv([]) + tail)
    | st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail)
    | st.lists(st.lists(printable, max_size=9), max_size=6).map(as_csv)
    | st.lists(st.lists(printable, max_size=9), max_size=6).map(lambda rows: as_csv(rows, encoding="utf-16"))
    | tables.map(book_of)
    | st.builds(mutilated, st.integers(min_value=0), st.binary(min_size=1, max_size=40))
    | st.builds(with_sheet, st.binary(max_size=40), st.integers(min_value=0))
)


@settings(max_examples=400, deadline=None)
@given(content=contents)
def test_any_bytes_are_refused_by_name_or_checked_line_by_line(content: bytes) -> None:
    try:
        read = files.read(content)
    except UnusableFile:
        pass
    else:
        checked = bulk.check(read.lines, ENVIRONMENTS)
        answered = {fault.line for fault in checked.faults} | {entry.line for entry in checked.entries}
        assert answered == {line.number for line in read.lines}
