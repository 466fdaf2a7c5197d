"""The second step, the open sessions and the password, as their owner meets them."""

import pytest
from playwright.sync_api import expect

from llaves_demo.codes import Codes

from .authenticator import Authenticator
from .conftest import NARROW, WIDE, Enter
from .person import Person
from .portal import PASSWORD, Portal
from .test_keyboard import skip_to_content, tab_to, type_into

pytestmark = pytest.mark.journeys

REFUSED = "Los datos de usuario no corresponden"
NEW_PASSWORD = "guayacán-florece-51-río"


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_a_passkey_guards_the_login_and_shows_keys(
    enter: Enter, assigned: tuple[str, str], screen: tuple[int, int]
) -> None:
    login, secret = assigned
    keeper = enter("passkey", screen)
    finger = Authenticator(keeper.page)
    keeper.logs_in(login, PASSWORD)
    codes = adds_passkey(keeper)

    keeper.leaves()
    keeper.opens("/ingresar/")
    keeper.tries_to_log_in(login, PASSWORD)
    keeper.sees_page("Verificación en dos pasos", "segundo-paso")
    finger.recognises(its_owner=False)
    keeper.presses("Usar una passkey")
    keeper.sees("La verificación se canceló o tardó mucho")
    finger.recognises(its_owner=True)
    keeper.presses("Usar una passkey")
    keeper.is_inside()

    keeper.opens("/delegado/inscripcion-token/llaves/")
    keeper.page.get_by_role("link", name="Mostrar llaves de Desarrollo", exact=True).click()
    keeper.sees_page("Confirme que es usted", "confirmacion-con-passkey")
    keeper.presses("Mostrar llaves con una passkey")
    expect(keeper.page.get_by_role("heading", level=1)).to_have_text("Llaves de acceso de Desarrollo")
    assert secret in keeper.page.get_by_role("main").inner_text()

    keeper.leaves()
    logs_in_with_code(keeper, login, codes[0])
    keeper.leaves()
    keeper.opens("/ingresar/")
    keeper.tries_to_log_in(login, PASSWORD)
    keeper.fills({"Código de verificación": codes[0]})
    keeper.presses("Continuar")
    keeper.sees(REFUSED)
    keeper.sees_page("Verificación en dos pasos", "segundo-paso-negado")
    keeper.fills({"Código de verificación": codes[1]})
    keeper.presses("Continuar")
    keeper.is_inside()
    removes_passkey(keeper)


def adds_passkey(keeper: Person) -> list[str]:
    """Return the recovery codes."""
    keeper.chooses_from_menu("Mi cuenta")
    keeper.sees_page("Mi cuenta", "mi-cuenta")
    keeper.follows("Agregar passkey")
    keeper.sees_page("Agregar passkey", "passkey")
    keeper.fills({"Nombre": "Computador de la oficina"})
    keeper.presses("Crear passkey")
    keeper.sees_page("Guarde sus códigos de recuperación", "codigos")
    codes = keeper.page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    keeper.follows("Ya los guardé: continuar")
    return codes


def removes_passkey(keeper: Person) -> None:
    keeper.opens("/mi-cuenta/")
    keeper.sees("Códigos de recuperación sin usar: 8")
    keeper.sees_page("Mi cuenta", "mi-cuenta-con-passkey")
    keeper.follows("Quitar Computador de la oficina")
    keeper.sees_page("Quitar verificación", "quitar")
    keeper.presses("Quitar")
    keeper.sees("Se quitó. Le enviamos un aviso a su correo.")


def test_an_application_of_codes_is_added_and_used_by_keyboard_alone(enter: Enter, assigned: tuple[str, str]) -> None:
    login, _ = assigned
    keeper = enter("application")
    keeper.logs_in(login, PASSWORD)
    keeper.opens("/mi-cuenta/")
    skip_to_content(keeper)
    tab_to(keeper, "Agregar aplicación de códigos")
    keeper.page.keyboard.press("Enter")
    keeper.sees_page("Aplicación de códigos", "aplicacion")
    application = Codes(keeper.page.locator("code.no-break").inner_text().replace(" ", ""))
    skip_to_content(keeper)
    type_into(keeper, "Código que muestra la aplicación", "000000")
    keeper.page.keyboard.press("Enter")
    keeper.sees_fault("Código que muestra la aplicación", "Ese no es el código")
    tab_to(keeper, "Código que muestra la aplicación: Ese no es el código")  # in the summary, and leads to the field
    keeper.page.keyboard.press("Enter")
    keeper.page.keyboard.press("Control+A")
    keeper.page.keyboard.type(keeper.portal.code_of(application))
    keeper.page.keyboard.press("Enter")
    keeper.sees("No se mostrarán otra vez")

    keeper.leaves()
    keeper.opens("/ingresar/")
    keeper.tries_to_log_in(login, PASSWORD)
    keeper.sees("Verificación en dos pasos")
    skip_to_content(keeper)
    type_into(keeper, "Código de verificación", keeper.portal.code_of(application))
    keeper.page.keyboard.press("Enter")
    keeper.is_inside()


def test_one_closes_the_session_of_another_browser_and_a_new_password_closes_all(
    enter: Enter, assigned: tuple[str, str]
) -> None:
    login, _ = assigned
    here, elsewhere, usual = enter("sessions"), enter("elsewhere"), enter("usual")
    for browser in (here, elsewhere, usual):
        browser.logs_in(login, PASSWORD)
    here.opens("/mi-cuenta/")
    here.sees("Esta sesión")
    here.eye.look(here.page, "sesiones")
    here.presses("Cerrar las demás sesiones")
    here.sees("Las demás sesiones se cerraron.")
    elsewhere.opens("/mi-cuenta/")
    elsewhere.sees("Su sesión se cerró desde otro navegador")
    elsewhere.sees_page("Ingresar", "sesion-cerrada")

    usual.logs_in(login, PASSWORD)
    here.follows("Cambiar contraseña")
    here.sees_page("Cambiar contraseña", "contrasena")
    here.fills({"Contraseña actual": PASSWORD, "Contraseña nueva": NEW_PASSWORD, "Repita la contraseña": NEW_PASSWORD})
    here.presses("Guardar contraseña")
    here.sees("Su contraseña cambió y se cerraron todas sus sesiones.")
    usual.opens("/mi-cuenta/")
    usual.sees("¿Olvidó su contraseña?")
    here.tries_to_log_in(login, NEW_PASSWORD)
    here.is_inside()


def test_before_the_session_ends_one_is_asked_whether_to_stay(enter: Enter, assigned: tuple[str, str]) -> None:
    login, _ = assigned
    keeper = enter("idle")
    keeper.page.clock.install()
    keeper.logs_in(login, PASSWORD)
    keeper.opens("/mi-cuenta/")
    dialog = keeper.page.get_by_role("dialog", name="¿Sigue ahí?")
    keeper.page.clock.fast_forward("12:30")
    expect(dialog).to_be_hidden()
    keeper.page.clock.fast_forward("00:45")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Seguir conectado")).to_be_focused()
    keeper.eye.look(keeper.page, "sigue-ahi")
    keeper.page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    keeper.page.clock.fast_forward("12:30")
    expect(dialog).to_be_hidden()
    keeper.context.clear_cookies()  # as the server would have ended the session, whose clock runs as usual
    keeper.page.clock.fast_forward("03:00")
    keeper.sees("Su sesión se cerró porque pasaron 15 minutos sin actividad.")


def logs_in_with_code(person: Person, login: str, code: str) -> None:
    person.opens("/ingresar/")
    person.tries_to_log_in(login, PASSWORD)
    person.fills({"Código de verificación": code})
    person.presses("Continuar")
    person.is_inside()


def test_whoever_guesses_a_password_does_not_lock_its_owner_out(
    enter: Enter, assigned: tuple[str, str], portal: Portal
) -> None:
    login, _ = assigned
    owner, guesser = enter("owner"), enter("guesser")
    owner.logs_in(login, PASSWORD)
    owner.leaves()
    guesser.opens("/ingresar/")
    for _ in range(6):
        guesser.tries_to_log_in(login, "no-es-la-contraseña-99")
        guesser.sees(REFUSED)
    guesser.tries_to_log_in(login, PASSWORD)
    guesser.sees(REFUSED)
    owner.logs_in(login, PASSWORD)
    portal.operator("account", "unlock", login)
    guesser.logs_in(login, PASSWORD)
