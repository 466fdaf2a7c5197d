"""JavaScript is wanted for copying and for the proof of work; without it, everything else goes on."""

from uuid import UUID

import pytest
from playwright.sync_api import expect

from .conftest import Enter
from .portal import CARLA, MINISTRY, PASSWORD, Portal

pytestmark = pytest.mark.journeys

BERTAS_PASSWORD = "tres-loros-en-la-ceiba"


def test_an_official_registers_and_activates_the_account(enter: Enter, portal: Portal) -> None:
    """Imagen 5-7, with the image code."""
    who = portal.registry.introduces("Berta Lozano Arce", MINISTRY)
    berta = enter("berta", java_script_enabled=False)
    berta.opens("/registro/ihce/")
    berta.follows("Otro Usuario")
    berta.fills_registration(who.document_number)
    berta.page.get_by_role("textbox", name="Código de la imagen").fill("NOCODE")
    berta.presses("Registrar")
    berta.sees("El código no corresponde a la imagen. Escriba el de la imagen nueva.")
    berta.fills_registration(who.document_number)
    berta.presses("Registrar")
    berta.eye.keep(berta.page, "imagen-07-resumen")
    berta.sees(f"CC{who.document_number}", "ROL IHCE MSPS")

    berta.opens_letter("Active su usuario", to=who.email)
    berta.follows_link_of_letter()
    address = berta.page.url
    berta.sets_password(BERTAS_PASSWORD)
    berta.sees("Su usuario está activo")

    berta.page.goto(address)
    berta.sees("Este enlace ya no sirve")


def test_the_login_says_what_it_needs(enter: Enter) -> None:
    visitor = enter("login", java_script_enabled=False)

    visitor.opens("/ingresar/")

    visitor.sees_without_script("Para comprobar que usted no es un robot se necesita JavaScript.")
    expect(visitor.page.get_by_text("No soy un robot")).to_be_hidden()
    visitor.eye.keep(visitor.page, "ingreso")


def test_paso_1_and_the_keys(enter: Enter) -> None:
    """The login wants JavaScript; what comes after it does not."""
    with_script = enter()
    with_script.logs_in(CARLA, PASSWORD)
    carla = enter("carla", java_script_enabled=False, storage_state=with_script.context.storage_state())
    carla.opens("/delegado/prestador/")
    carla.page.get_by_label("1900190002").check()
    carla.presses("Continuar")
    carla.chooses_from_menu("Inscripción token")
    carla.presses("Generar llaves de acceso")
    carla.sees("Para pedir las llaves debe aceptar los términos.")
    carla.fills_request()
    carla.eye.keep(carla.page, "paso-1")
    carla.presses("Generar llaves de acceso")
    carla.sees("Token solicitados por primera vez")
    carla.eye.keep(carla.page, "solicitud")


def test_keys_are_shown_and_the_page_says_that_they_stay(enter: Enter, assigned: tuple[str, str]) -> None:
    login, secret = assigned
    with_script = enter()
    with_script.logs_in(login, PASSWORD)
    delegate = enter("llaves", java_script_enabled=False, storage_state=with_script.context.storage_state())
    delegate.opens("/delegado/inscripcion-token/")

    delegate.shows_keys_of("Desarrollo", PASSWORD)

    assert delegate.value("client-secret") == secret
    delegate.sees_without_script("Sin JavaScript los valores no se ocultan solos.")
    expect(delegate.page.get_by_role("button", name="Copiar")).to_have_count(0)
    delegate.eye.keep(delegate.page, "llaves")


@pytest.mark.parametrize(
    ("path", "says"),
    [("/no-existe/", "No encontramos esta página"), (f"/activacion/{UUID(int=7)}/roto/", "Este enlace ya no sirve")],
)
def test_pages_that_are_not_there_say_so(enter: Enter, path: str, says: str) -> None:
    visitor = enter("error", java_script_enabled=False)

    visitor.opens(path)

    visitor.sees(says, "Ir al inicio" if "existe" in path else "pida un enlace nuevo")
    visitor.eye.keep(visitor.page, "error")
