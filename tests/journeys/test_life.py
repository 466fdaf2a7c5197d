"""Two officials at one request, and the pages on which requests and keys go on after the first assignment."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from llaves_demo.codes import Codes

from .conftest import NARROW, WIDE, Enter
from .person import Person, values_for_each
from .portal import CARLA, DIEGO, PASSWORD, Portal

pytestmark = pytest.mark.journeys

BERTA = "1717171717"
OWN_PASSWORD = "arrayán-lluvia-74-páramo"
SCREENS = pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
EXPIRING = "7652090001"


def becomes_an_official(berta: Person) -> None:
    """Berta, whom the registry knows, registers, activates her account and adds an application of codes."""
    berta.opens("/registro/ihce/otro-usuario/")
    berta.fills_registration(BERTA)
    berta.presses("Registrar")
    berta.opens_letter("Active su usuario", to="berta@example.co")
    berta.page.get_by_role("link", name="/activacion/").click()
    berta.sets_password(OWN_PASSWORD)
    berta.opens("/ingresar/")
    berta.tries_to_log_in(f"CC{BERTA}", OWN_PASSWORD)
    berta.is_inside()
    berta.opens("/mi-cuenta/verificacion/aplicacion/")
    secret = berta.page.locator("main code").first.inner_text().replace(" ", "")
    berta.page.locator("input[name=code]").fill(Codes(secret).shown(datetime.now(tz=UTC)))
    berta.presses("Activar")
    berta.sees("La aplicación de códigos quedó activa.")


def test_two_officials_at_one_request(portal: Portal, enter: Enter) -> None:
    beto, berta = enter("beto"), enter("berta")
    beto.is_official()
    becomes_an_official(berta)
    _, provider = portal.somebody_who_waits()

    beto.opens_request_of(provider)
    berta.opens_request_of(provider)
    berta.sees("Beto Quiñones Ríos la abrió hace un momento")
    berta.sees_page("Asignación de llaves de acceso", "otro-la-abrio")
    berta.fills_values(values_for_each())
    beto.fills_values(values_for_each())
    beto.presses("Guardar")
    beto.sees("El registro se realizó de manera correcta")
    berta.presses("Comprobar todas")
    expect(berta.page.get_by_text("la página cambió o su sesión terminó. Recárguela.")).to_have_count(3)
    berta.presses("Guardar")

    berta.sees_page("Esta solicitud ya fue atendida", "segunda")
    berta.sees("Otro funcionario asignó las llaves antes.", "Lo que usted escribió no se guardó.", "Beto Quiñones Ríos")


@SCREENS
def test_the_official_looks_after_requests_and_keys(portal: Portal, enter: Enter, screen: tuple[int, int]) -> None:
    official = enter("official", screen)
    official.is_official()
    official.opens("/funcionario/generar-llaves/")
    official.sees_page("Generar llaves de acceso", "pendientes")
    official.page.get_by_label("Tipo de solicitud").select_option(label="Por reposición")
    official.presses("Buscar")
    official.sees("Token solicitados por reposición")
    with official.page.expect_download() as download:
        official.presses("Descargar en Excel")
    assert download.value.suggested_filename.endswith(".xlsx")

    _, provider = portal.somebody_who_waits()
    official.opens_request_of(provider)
    official.follows("Devolver la solicitud")
    official.presses("Devolver la solicitud")
    official.sees("Marque al menos un dato.")
    official.sees_page("Devolver la solicitud", "devolver-vacio")

    official.opens("/funcionario/prestadores/")
    official.fills({"Buscar prestador": EXPIRING})
    official.presses("Buscar")
    official.sees_page("Prestadores", "prestadores")
    official.page.get_by_role("link", name=EXPIRING).click()
    official.sees("Por vencer", "Asignó las llaves")
    official.eye.look(official.page, "prestador")
    official.follows("Corregir las de Desarrollo")
    official.sees_page("Corregir llaves", "corregir")
    official.opens(f"/funcionario/prestadores/{EXPIRING}/")
    official.follows("Revocar llaves")
    official.presses("Revocar")
    official.sees("Escriba el motivo.")
    official.sees_page("Revocar llaves", "revocar-vacio")


@SCREENS
def test_a_delegate_renews_and_takes_a_file(enter: Enter, screen: tuple[int, int]) -> None:
    carla = enter("carla", screen)
    carla.logs_in(CARLA, PASSWORD)
    carla.opens("/delegado/prestador/")
    carla.page.get_by_label(EXPIRING).check()
    carla.presses("Continuar")
    carla.sees("Sus llaves vencen el")
    carla.eye.look(carla.page, "inicio-por-vencer")
    carla.chooses_from_menu("Inscripción token")
    carla.sees("Por vencer", "Renovar las llaves")
    carla.sees_page("Inscripción token", "llaves-por-vencer")
    carla.follows("Qué sigue")
    carla.sees_page("Qué sigue", "que-sigue")

    carla.chooses_from_menu("Inscripción token")
    carla.page.get_by_role("link", name="Descargar llaves de Desarrollo").click()
    carla.sees_page("Descargar llaves", "descargar")
    carla.ticks("JSON")
    carla.fills({"Contraseña": PASSWORD})
    with carla.page.expect_download() as download:
        carla.presses("Descargar")
    taken = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert taken["IHCE_CLIENT_SECRET"].startswith("Demo~")

    carla.opens("/delegado/inscripcion-token/reposicion/")
    carla.sees_page("Inscripción token", "reposicion")
    carla.opens("/delegado/inscripcion-token/renovacion/")
    carla.page.get_by_label("Nombre del software").fill("Otro software")
    carla.sees("Borrador guardado a las")
    carla.opens("/delegado/inscripcion-token/renovacion/")
    expect(carla.page.get_by_label("Nombre del software")).to_have_value("Otro software")
    carla.sees_page("Inscripción token", "renovacion")


@SCREENS
def test_a_delegate_sees_what_to_mend(enter: Enter, screen: tuple[int, int]) -> None:
    diego = enter("diego", screen)
    diego.logs_in(DIEGO, PASSWORD)
    diego.chooses_from_menu("Inscripción token")
    diego.sees("El Ministerio devolvió la solicitud")
    diego.sees_page("Inscripción token", "devuelta")
    diego.follows("Corregir la solicitud")
    expect(diego.field("contacto del líder técnico")).to_have_accessible_description(
        "Corrija este dato: Los datos del líder técnico no permiten contactarlo. "
        "Diez dígitos, por ejemplo 3001234567 o 6021234567."
    )
    diego.sees_page("Inscripción token", "corregir")
    diego.opens("/delegado/inscripcion-token/retiro/")
    diego.sees_page("Retirar la solicitud", "retirar")
