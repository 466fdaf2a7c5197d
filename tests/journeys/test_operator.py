"""What an operator does at the terminal, and what people then see.

With a demo of its own: what is published, everybody is asked for.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .conftest import NARROW, Enter, running_portal
from .person import Person
from .portal import DIEGO, PASSWORD, Portal
from .test_keyboard import skip_to_content, tab_to

pytestmark = pytest.mark.journeys

AGREEMENT = "Acuerdo de confidencialidad"
BETO = "CC1010101010"
BERTA = "CC1717171717"


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with running_portal(waiting=8) as portal:
        yield portal


def test_a_suspended_user_is_out_at_the_next_click_until_reinstated(enter: Enter, portal: Portal) -> None:
    user = enter("suspended", NARROW)
    user.logs_in(DIEGO, PASSWORD)
    assert "Ejemplo: llaves account suspend CC" in portal.operator("account", "suspend", "--help")
    said = portal.operator("account", "suspend", DIEGO, "--reason", "Caso 4512")
    assert said == f"El usuario {DIEGO} quedó suspendido. Sesiones cerradas: 1."

    user.chooses_from_menu("Mi cuenta")
    user.sees("o porque su usuario fue suspendido.")
    user.sees_page("Ingresar", "suspendido")
    user.tries_to_log_in(DIEGO, PASSWORD)
    user.sees("Los datos de usuario no corresponden")
    assert "Puede ingresar no" in portal.operator("account", "show", DIEGO)
    portal.operator("account", "reinstate", DIEGO, "--reason", "Caso 4512 cerrado")
    user.logs_in(DIEGO, PASSWORD)


def test_an_application_appears_in_the_catalogue(enter: Enter, portal: Portal) -> None:
    words = ("--name", "PISIS", "--summary", "Envíe sus archivos al Ministerio.", "--address", "https://pisis.example")
    assert "Ejemplo: llaves application add" in portal.operator("application", "add", "--help")
    portal.operator("application", "add", "pisis", *words)
    assert "https://pisis.example" in portal.operator("application", "list")

    visitor = enter("catalogue", NARROW)
    visitor.opens("/registro/")
    card = visitor.page.get_by_role("link", name="PISIS (sitio externo)")
    expect(card).to_have_attribute("href", "https://pisis.example")
    visitor.sees("Envíe sus archivos al Ministerio.")
    visitor.sees_page("Registro de Usuarios", "catalogo")


def test_an_official_is_added_loses_the_telephone_and_is_removed(enter: Enter, portal: Portal) -> None:
    assert "Ejemplo: llaves official add" in portal.operator("official", "--help")
    assert f"El funcionario {BERTA} quedó registrado." in portal.operator("official", "add", "CC", BERTA[2:])
    berta = enter("added")
    berta.opens_letter("Active su usuario", to="berta@example.co")
    berta.follows_link_of_letter()
    berta.sees_page("Cree su contraseña", "activacion-con-acuerdo")
    berta.ticks("Acepto el acuerdo de confidencialidad")
    berta.sets_password("samán-viejo-40-ancho")
    berta.logs_in(BERTA, "samán-viejo-40-ancho")
    berta.sees("Su usuario necesita un segundo paso")

    portal.operator("account", "reset-factor", BETO, "--reason", "Caso 4513: perdió el celular")
    beto = enter("without-telephone")
    beto.logs_in(BETO, PASSWORD)
    beto.opens_letter("Cambió la verificación en dos pasos", to="beto@example.co")
    beto.eye.look(beto.page, "carta")
    portal.operator("official", "remove", BERTA, "--reason", "Terminó su contrato")
    berta.opens("/funcionario/")
    berta.sees("o porque su usuario fue suspendido.")
    activated_and_suspended = r"\d\d/\d\d/\d{4} \d\d/\d\d/\d{4} sí"
    assert re.search(rf"{BERTA} Berta Zúñiga {activated_and_suspended}", portal.operator("official", "list"))


def test_a_new_agreement_is_asked_for_at_the_next_login_and_not_before(enter: Enter, portal: Portal) -> None:
    login, _, _ = portal.somebody_with_one_provider()
    here, elsewhere = enter("agreement"), enter("agreement", NARROW)
    here.logs_in(login, PASSWORD)
    publishes(portal)
    here.chooses_from_menu("Mi cuenta")
    here.sees_page("Mi cuenta", "sesion-abierta")

    elsewhere.logs_in(login, PASSWORD)
    elsewhere.sees_page(AGREEMENT, "version-2")
    elsewhere.sees("Usted aceptó la versión 1 el ", "Usaré mi usuario solo para el prestador que me delegó.")
    elsewhere.opens("/delegado/inscripcion-token/")
    elsewhere.sees_page(AGREEMENT, "no-se-pasa")
    elsewhere.presses("Aceptar y continuar")
    elsewhere.sees_fault("Acepto el acuerdo", "debe aceptar")
    elsewhere.sees_page(AGREEMENT, "sin-aceptar")
    elsewhere.presses("Salir sin aceptar")
    elsewhere.opens("/delegado/")
    elsewhere.sees_page("Ingresar", "fuera")

    here.leaves()
    here.opens("/delegado/inscripcion-token/")
    here.tries_to_log_in(login, PASSWORD)
    here.sees_page(AGREEMENT, "por-teclado")
    accepts_by_keyboard(here)
    expect(here.page).to_have_url(re.compile("/delegado/inscripcion-token/"))
    here.leaves()
    here.logs_in(login, PASSWORD)
    here.sees_page("Inicio", "aceptado")


def publishes(portal: Portal) -> None:
    assert "no se puede retirar" in portal.operator("agreement", "publish", "--help")
    file = portal.demo.folder.parent / "acuerdo-2.txt"
    file.write_text("ACUERDO\n\n1. Usaré mi usuario solo para el prestador que me delegó.\n", encoding="utf-8")
    assert "rige la versión 2" in portal.operator("agreement", "publish", "confidencialidad", str(file))


def accepts_by_keyboard(person: Person) -> None:
    skip_to_content(person)
    tab_to(person, "Acepto el acuerdo")
    person.page.keyboard.press("Space")
    tab_to(person, "Aceptar y continuar")
    person.page.keyboard.press("Enter")
