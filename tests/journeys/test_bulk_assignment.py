"""An official with a pile to clear: template, upload, a mistake mended, confirmation, report; and a delegate's keys."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from .conftest import NARROW, WIDE, Enter
from .person import EXPIRES_ON, Person, Values, values_for_each
from .portal import PASSWORD, Portal

pytestmark = pytest.mark.journeys
SECRET_ID = "7c2fd5a0-41c9-4f0e-9a53-0d2f3e4b5a61"
UPLOAD = "/funcionario/generar-llaves/varias/"
Pile = Mapping[str, Mapping[str, Values]]
"""The values by provider's code and environment."""


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_an_official_clears_a_pile(portal: Portal, enter: Enter, tmp_path: Path, screen: tuple[int, int]) -> None:
    login, code = portal.somebody_who_waits()
    official = enter("official-bulk", screen)
    official.is_official()
    official.chooses_from_menu("Generar llaves de acceso")
    official.follows("Asignar varias")
    official.sees_page("Asignar varias", "varias")

    template = downloads(official, "Plantilla Excel", tmp_path)
    pile = {who: values_for_each() for who in (code, *somebody_else(template, but=code))}
    fill(template, pile)
    cell = pile[code]["Preproducción"]
    spoil(template, cell, SECRET_ID)
    uploads(official, template)
    official.sees_page("Revisión del archivo", "varias-errores")
    official.sees("Hay un error.", "Ese es el Secret ID; copie el Value.")
    expect(official.page.get_by_role("alert").first).to_be_focused()
    assert "ClientSecret" in downloads(official, "Descargar los errores (CSV)", tmp_path).read_text("utf-8-sig")

    spoil(template, cell, cell.client_secret)
    official.follows("Subir otro archivo")
    uploads(official, template)
    official.sees_page("Revisión del archivo", "varias-revision")
    official.sees("Todas las líneas están bien", cell.client_id)
    shows_no_secret(official, pile)
    official.presses("Confirmar y asignar")
    official.sees_page("Asignación de llaves de acceso", "varias-registro")
    official.sees("El registro se realizó de manera correcta")
    expect(official.page.get_by_role("main").get_by_role("listitem")).to_have_count(2)
    assert cell.client_id in downloads(official, "Descargar el registro (CSV)", tmp_path).read_text("utf-8-sig")
    shows_no_secret(official, pile)

    delegate = enter("delegate-bulk", screen)
    delegate.opens_letter("Llaves de acceso asignadas", to=portal.address_of(login))
    delegate.logs_in(login, PASSWORD)
    delegate.opens("/delegado/inscripcion-token/")
    delegate.shows_keys_of("Preproducción", PASSWORD)
    assert (delegate.value("client-id"), delegate.value("client-secret")) == (cell.client_id, cell.client_secret)

    kept, logged = portal.everything_kept(), portal.everything_logged()
    secrets = [secret for values in pile.values() for value in values.values() for secret in value.secrets]
    assert not any(form in text for text in (kept, logged) for one in secrets for form in (one, one.encode().hex()))


def test_a_file_that_is_no_table_is_told_beside_its_field(enter: Enter, tmp_path: Path) -> None:
    official = enter("official-no-table")
    official.is_official()
    official.opens(UPLOAD)
    for content, told in ((b"hola", "No es una tabla conocida"), (bytes(9_000_000), "pesa más de 5 MB")):
        (tmp_path / "x.csv").write_bytes(content)
        uploads(official, tmp_path / "x.csv")
        official.sees_fault("Archivo con las llaves", told)
        official.sees_page("Asignar varias", "varias-no-es-tabla")


def downloads(official: Person, link: str, folder: Path) -> Path:
    with official.page.expect_download() as awaited:
        official.page.get_by_role("main").get_by_role("link", name=link).click()
    target = folder / awaited.value.suggested_filename
    awaited.value.save_as(target)
    return target


def uploads(official: Person, path: Path) -> None:
    official.field("Archivo con las llaves").set_input_files(path)
    official.presses("Revisar archivo")


def somebody_else(template: Path, *, but: str) -> list[str]:
    codes = [str(row[0]) for row in load_workbook(template)["Llaves"].iter_rows(min_row=2, values_only=True)]
    return [code for code in codes if code != but][-1:]


def fill(template: Path, pile: Pile) -> None:
    """As an official does in Excel: paste what there is, and delete the lines of all others."""
    book = load_workbook(template)
    sheet = book["Llaves"]
    places = places_in(sheet)
    for row in range(sheet.max_row, 1, -1):
        code, environment = (str(sheet.cell(row, place).value) for place in (1, places["Ambiente"]))
        if code not in pile:
            sheet.delete_rows(row)
            continue
        values = pile[code][environment]
        for title, value in (
            ("ClientID", values.client_id),
            ("ClientSecret", values.client_secret),
            ("Fecha de expiración", f"{EXPIRES_ON:%d/%m/%Y}"),
            ("APIM subscription key", values.subscription_key),
        ):
            sheet.cell(row, places[title]).value = value
    book.save(template)


def spoil(template: Path, pair: Values, client_secret: str) -> None:
    """Another ClientSecret in the line of this ClientID."""
    book = load_workbook(template)
    sheet = book["Llaves"]
    places = places_in(sheet)
    (row,) = (row for row in range(2, sheet.max_row + 1) if sheet.cell(row, places["ClientID"]).value == pair.client_id)
    sheet.cell(row, places["ClientSecret"]).value = client_secret
    book.save(template)


def places_in(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[1]}


def shows_no_secret(official: Person, pile: Pile) -> None:
    content = official.page.content()
    assert not any(secret in content for values in pile.values() for pair in values.values() for secret in pair.secrets)
    assert re.search(r"\d{2}/\d{2}/\d{4}", content)
