"""«Otro Usuario»: an official registers, and guards the account before anything else."""

import pytest
from playwright.sync_api import expect

from llaves_demo.codes import Codes

from .conftest import NARROW, WIDE, Enter
from .portal import MINISTRY, Portal

pytestmark = pytest.mark.journeys

PASSWORD = "frailejón-crece-17-lento"


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_a_new_official_adds_a_second_step_before_assigning(
    enter: Enter, portal: Portal, screen: tuple[int, int]
) -> None:
    who = portal.registry.introduces("Ismael Cuero Hinestroza", MINISTRY)
    login = f"CC{who.document_number}"
    official = enter("newcomer", screen)
    official.opens("/registro/ihce/otro-usuario/")
    official.sees_page("Registro de usuario", "imagen-06-registro")
    official.fills_registration(who.document_number)
    official.presses("Registrar")
    official.sees_page("Resumen del registro de usuario", "imagen-07-resumen")
    official.activates(who.email, PASSWORD)

    official.logs_in(login, PASSWORD)
    official.sees_page("Aplicación de códigos", "segundo-paso-obligatorio")
    official.sees("Su usuario necesita un segundo paso")
    official.opens("/funcionario/generar-llaves/")
    official.sees_page("Aplicación de códigos", "antes-de-todo")
    application = Codes(official.page.locator("code.no-break").inner_text().replace(" ", ""))
    official.fills({"Código que muestra la aplicación": portal.code_of(application)})
    official.presses("Activar")
    official.sees_page("Guarde sus códigos de recuperación", "codigos")
    official.follows("Ya los guardé: continuar")
    expect(official.page.get_by_role("button", name="Cerrar sesión")).to_be_visible()
    official.assigns_to_somebody()
    official.eye.look(official.page, "imagen-19-asignadas")

    official.opens_letter("Se estableció la contraseña", to=who.email)
    official.sees(login)
    official.opens_letter("Cambió la verificación en dos pasos", to=who.email)
    official.sees(login)
    official.eye.look(official.page, "carta-del-segundo-paso")
