"""From the requirements to the copied secret, as the manual tells it (imagen 1–19), on a desk and on a telephone."""

import re
from collections.abc import Mapping
from contextlib import suppress
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Error, expect

from .conftest import NARROW, WIDE, Enter
from .person import Person, Values, values_for_each
from .portal import OFFICIAL, PASSWORD, Newcomer, Portal

pytestmark = pytest.mark.journeys

OWN_PASSWORD = "arrayán-lluvia-74-páramo"
WEAK = "yuca-93-q"
WRONG = "no-es-la-contraseña-99"


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_n23_a_delegate_gets_her_keys_and_nothing_remembers_them(
    portal: Portal, enter: Enter, screen: tuple[int, int]
) -> None:
    who, values = portal.newcomer(), values_for_each()
    delegate = enter("delegate", screen)
    official = enter("official", screen)

    checks_requirements(delegate, who)
    registers(delegate, who)
    token = activates(delegate, who)
    logs_in(delegate, who)
    asks_for_keys(delegate, who)
    the_others_are_told(official, who)
    official_assigns(official, who, values)
    looks_at_keys(delegate, who, values)
    copies_them(delegate, values["Producción"], portal)
    they_hide_by_themselves(delegate, values["Producción"])

    secrets = [secret for pair in values.values() for secret in pair.secrets]
    nothing_remembers(portal, who, [*secrets, OWN_PASSWORD, WEAK, WRONG, token])


def checks_requirements(delegate: Person, who: Newcomer) -> None:
    delegate.opens("/")
    delegate.sees_page("IHCE – Administración de Llaves de acceso", "inicio")
    delegate.follows("Verifique cuáles le faltan")
    delegate.sees_page("Verificación de requisitos", "requisitos")
    delegate.checks_requirements(who)
    result = delegate.page.get_by_role("region", name="Resultado").get_by_role("listitem")
    expect(result).to_contain_text(["Se cumple:", "Se cumple:", "Se cumple:", "Falta:"])
    delegate.sees_page("Verificación de requisitos", "requisitos-resultado")


def registers(delegate: Person, who: Newcomer) -> None:
    delegate.opens("/")
    delegate.follows("Registro de Usuarios")
    delegate.sees_page("Registro de Usuarios", "imagen-01-aplicativos")
    delegate.follows("IHCE")
    delegate.sees("Delegado Administrativo", "Otro Usuario")
    delegate.eye.look(delegate.page, "imagen-02-tipos-de-usuario")
    delegate.follows("Delegado Administrativo")
    delegate.sees_page("Registro de usuario", "imagen-03-registro")
    delegate.presses("Registrar")
    delegate.sees_fault("Nit de la entidad", "Escriba el NIT de la entidad.")
    delegate.sees_page("Registro de usuario", "imagen-03-registro-vacio")
    delegate.registers(who.nit, who.document_number)
    delegate.sees_page("Resumen del registro de usuario", "imagen-04-resumen")
    delegate.sees(who.login)


def activates(delegate: Person, who: Newcomer) -> str:
    """Return the link's token."""
    delegate.opens_letter("Active su usuario", to=who.email)
    delegate.eye.look(delegate.page, "carta-de-activacion")
    delegate.follows_link_of_letter()
    delegate.sees_page("Cree su contraseña", "activacion")
    token = delegate.page.url.rstrip("/").rsplit("/", 1)[1]
    delegate.sets_password(WEAK)
    delegate.sees_fault("Contraseña nueva", "12")
    delegate.sees_page("Cree su contraseña", "activacion-debil")
    delegate.sets_password(OWN_PASSWORD)
    delegate.sees_page("Su usuario está activo", "activado")
    return token


def logs_in(delegate: Person, who: Newcomer) -> None:
    delegate.follows("Ingresar")
    delegate.sees_page("Ingresar", "imagen-08-ingreso")
    delegate.tries_to_log_in(who.login, WRONG)
    expect(delegate.page.get_by_role("alert").first).to_have_text("Los datos de usuario no corresponden")
    delegate.sees_page("Ingresar", "imagen-09-ingreso-negado")
    expect(delegate.field("Usuario")).to_have_value(who.login)
    expect(delegate.page.get_by_label("Contraseña")).to_have_value("")
    delegate.tries_to_log_in(who.login, OWN_PASSWORD)
    delegate.sees_page("Inicio", "imagen-10-inicio")
    delegate.has_card(who.name, who.login, "SECURITYADMIN - IHCE IPS", who.provider_code, who.provider_name, who.nit)


def asks_for_keys(delegate: Person, who: Newcomer) -> None:
    delegate.chooses_from_menu("Inscripción token")
    delegate.sees_page("Inscripción token", "imagen-13-paso-1")
    way = delegate.page.get_by_role("navigation", name="Ruta de exploración")
    expect(way.get_by_role("listitem")).to_have_text(["Inicio", "Inscripción token"])
    delegate.presses("Generar llaves de acceso")
    delegate.sees_fault("Nombre del software", "Escriba el nombre del software.")
    delegate.sees_fault("Aceptación términos", "Para pedir las llaves debe aceptar los términos.")
    delegate.sees_page("Inscripción token", "imagen-13-paso-1-vacio")
    delegate.fills_request()
    delegate.presses("Generar llaves de acceso")
    delegate.sees("Token solicitados por primera vez")
    delegate.sees_page("Inscripción token", "imagen-14-solicitud")


def the_others_are_told(official: Person, who: Newcomer) -> None:
    official.opens_letter(f"Nueva solicitud de llaves de acceso: {who.provider_code}", to="beto@example.co")
    official.sees(who.provider_code)
    official.opens_letter(
        f"Usted figura como líder técnico de IHCE en {who.provider_code}", to="jorge.munoz@example.co"
    )
    official.sees(who.provider_code)
    official.eye.look(official.page, "carta-al-lider")


def official_assigns(official: Person, who: Newcomer, values: Mapping[str, Values]) -> None:
    official.logs_in_as_official(OFFICIAL, PASSWORD)
    official.sees_page("Inicio", "imagen-16-inicio")
    expect(official.page.get_by_role("main")).to_contain_text(re.compile("solicitud(es)? esperan?"))
    official.chooses_from_menu("Generar llaves de acceso")
    official.sees_page("Generar llaves de acceso", "imagen-17-pendientes")
    official.opens_request_of(who.provider_code)
    official.sees_page("Asignación de llaves de acceso", "imagen-18-asignacion")
    official.fills_values(values)
    group = official.page.get_by_role("group", name="Desarrollo")
    group.get_by_label("ClientSecret").fill(str(uuid4()))
    official.presses("Guardar")
    expect(group.get_by_label("ClientSecret")).to_have_accessible_description(
        re.compile("Ese es el Secret ID; copie el Value")
    )
    expect(group.get_by_label("ClientID")).to_have_value(values["Desarrollo"].client_id)
    official.sees_page("Asignación de llaves de acceso", "imagen-18-secret-id")
    official.fills_values(values)
    official.presses("Guardar")
    official.sees("El registro se realizó de manera correcta")
    official.sees_page("Asignación de llaves de acceso", "imagen-19-registro-correcto")


def looks_at_keys(delegate: Person, who: Newcomer, values: Mapping[str, Values]) -> None:
    delegate.opens_letter("Llaves de acceso asignadas", to=who.email)
    for secret in values["Producción"].secrets:
        expect(delegate.page.get_by_role("main")).not_to_contain_text(secret)
    delegate.opens("/delegado/inscripcion-token/")
    delegate.sees("Paso 2 – Visualización de las llaves", "Token asignados por primera vez", "Oculto")
    delegate.sees_page("Inscripción token", "imagen-15-paso-2")
    for pair in values.values():
        assert not any(secret in delegate.page.content() for secret in pair.secrets)
    delegate.page.clock.install()
    delegate.shows_keys_of("Producción", WRONG)
    delegate.sees_fault("Contraseña", "La contraseña no corresponde.")
    delegate.sees_page("Confirme que es usted", "confirmacion-negada")
    delegate.fills({"Contraseña": OWN_PASSWORD})
    delegate.presses("Mostrar llaves")
    delegate.sees("Llaves de acceso de Producción")
    delegate.sees_page("Llaves de acceso de Producción", "imagen-15-llaves-visibles")


def copies_them(delegate: Person, pair: Values, portal: Portal) -> None:
    assert delegate.value("client-id") == pair.client_id
    assert delegate.value("client-secret") == pair.client_secret
    assert delegate.value("subscription-key") == pair.subscription_key
    delegate.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=portal.url)
    delegate.presses("Copiar ClientSecret de Producción")
    expect(delegate.page.locator("#client-secret-status")).to_have_text("Copiado")
    assert delegate.page.evaluate("navigator.clipboard.readText()") == pair.client_secret
    delegate.eye.keep(delegate.page, "imagen-15-copiado")


def they_hide_by_themselves(delegate: Person, pair: Values) -> None:
    delegate.page.clock.fast_forward("01:00")
    expect(delegate.page).to_have_url(re.compile("/inscripcion-token/llaves/$"))
    delegate.sees("Oculto")
    for _ in range(3):
        with suppress(Error):  # the browser kept nothing that it could show there
            delegate.page.go_back()
        expect(delegate.page.locator("body")).not_to_be_empty()
        assert not any(secret in delegate.page.content() for secret in pair.secrets)


def nothing_remembers(portal: Portal, who: Newcomer, secrets: list[str]) -> None:
    kept, logged = portal.everything_kept(), portal.everything_logged()
    assert who.login in kept  # the dump is whole
    assert logged.strip()
    assert who.login not in logged
    assert portal.address_of(who.login) not in logged
    for secret in secrets:
        for form in (secret, secret.encode().hex()):
            assert form not in kept
            assert form not in logged


@pytest.mark.parametrize("change", ["UPDATE audit_event SET actor = 'nobody'", "DELETE FROM audit_event"])
def test_the_portal_itself_cannot_change_the_trail(portal: Portal, change: str) -> None:
    with pytest.raises(psycopg.errors.DatabaseError, match="audit"):
        portal.ask(change)
