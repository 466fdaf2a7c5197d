"""An official pastes a Secret ID, a wrong pair, an expired one and a right one, and reads what each verdict says."""

import json
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from .conftest import NARROW, WIDE, Enter
from .person import Person, Values, values_for_each
from .portal import PASSWORD, Portal

pytestmark = pytest.mark.journeys


@dataclass(frozen=True)
class Pair:
    """A pair that the demo shows to whoever wants to try the verdicts."""

    client_id: str
    client_secret: str
    secret_id: str


def pair(portal: Portal, environment: str, purpose: str) -> Pair:
    """The pair of an environment's directory that is there for this."""
    seeds = json.loads((portal.demo.folder / "entra" / "seeds.json").read_text())
    [tenant] = [each for each in seeds["tenants"] if each["name"] == environment]
    [found] = [each for each in tenant["applications"] if each.get("try") == purpose]
    secret = found["secrets"][0]
    return Pair(found["app_id"], secret["secret"], secret["key_id"])


def group(official: Person, environment: str) -> Locator:
    return official.page.get_by_role("group", name=environment, exact=True)


def proves(official: Person, environment: str, client_id: str, secret: str) -> Locator:
    """Copy a pair into the form and press the button; return where the answer stands."""
    official.fills({"ClientID": client_id, "ClientSecret": secret}, within=group(official, environment))
    official.presses(f"Comprobar llaves de {environment}")
    return group(official, environment).get_by_role("status")


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_an_official_reads_what_entra_says_before_anything_is_saved(
    enter: Enter, portal: Portal, screen: tuple[int, int]
) -> None:
    right, expired = (pair(portal, "Producción", purpose) for purpose in ("Un par correcto", "Un par vencido"))
    official = enter("proving", screen)
    official.is_official()
    login, provider = portal.somebody_who_waits()
    official.opens_request_of(provider)

    answer = proves(official, "Producción", right.client_id, right.secret_id)
    expect(answer).to_contain_text("Ese es el Secret ID; copie el Value.")
    official.eye.look(official.page, "comprobar-secret-id")
    answer = proves(official, "Producción", right.client_id, expired.client_secret)
    expect(answer).to_contain_text("Entra no acepta el ClientSecret")
    official.eye.look(official.page, "comprobar-equivocada")
    other = pair(portal, "Desarrollo", "Un par correcto")
    answer = proves(official, "Producción", other.client_id, other.client_secret)
    expect(answer).to_contain_text("Revise que el ClientID sea de este ambiente.")
    official.eye.look(official.page, "comprobar-de-otro-ambiente")
    answer = proves(official, "Producción", expired.client_id, expired.client_secret)
    expect(answer).to_contain_text("ya venció en Entra. Genere otro secreto")
    official.eye.look(official.page, "comprobar-vencida")
    answer = proves(official, "Producción", right.client_id, right.client_secret)
    expect(answer).to_contain_text("Entra acepta la llave.")
    official.eye.look(official.page, "comprobar-funciona")

    official.fills_values(values_for_each())
    official.presses("Comprobar todas")
    expect(official.page.get_by_text("Entra acepta la llave.")).to_have_count(3)
    official.presses("Guardar")
    official.sees("El registro se realizó de manera correcta")
    tries_her_own(enter("trying", screen), login)
    official.opens(f"/funcionario/prestadores/{provider}/")
    official.sees("Última comprobación")
    official.eye.look(official.page, "prestador")


def tries_her_own(delegate: Person, login: str) -> None:
    """The delegate, who was given keys a moment ago."""
    delegate.logs_in(login, PASSWORD)
    delegate.opens("/delegado/inscripcion-token/llaves/")
    delegate.sees("Última comprobación: todavía no.")
    delegate.eye.look(delegate.page, "ultima-comprobacion")
    delegate.follows("Probar mi llave de Producción")
    delegate.sees_page("Probar mi llave", "probar")
    delegate.fills({"Contraseña": PASSWORD})
    delegate.presses("Probar mi llave")
    delegate.sees("Todavía no: la llave es nueva", "Espere dos minutos")
    delegate.sees_page("Resultado de la prueba", "resultado")


def test_what_entra_refuses_is_not_saved(enter: Enter, portal: Portal) -> None:
    wrong = pair(portal, "Producción", "Un par desactivado en Entra")
    official = enter("refused")
    official.is_official()
    _, provider = portal.somebody_who_waits()
    official.opens_request_of(provider)
    values = values_for_each() | {"Producción": Values(wrong.client_id, wrong.client_secret)}
    official.fills_values(values)
    official.presses("Guardar")
    expect(official.page.get_by_role("alert").first).to_contain_text("La aplicación está desactivada en Entra.")
    official.eye.look(official.page, "rechazada")


def test_whoever_was_away_too_long_is_told_so(enter: Enter, portal: Portal) -> None:
    official = enter("away")
    official.is_official()
    _, provider = portal.somebody_who_waits()
    official.opens_request_of(provider)
    values = values_for_each()["Producción"]
    official.context.clear_cookies(name=re.compile("sesion$"))
    answer = proves(official, "Producción", values.client_id, values.client_secret)
    expect(answer).to_contain_text("la página cambió o su sesión terminó. Recárguela.")


def test_without_scripts_the_form_comes_back_with_the_answer_and_without_the_secret(
    enter: Enter, portal: Portal
) -> None:
    right = pair(portal, "Desarrollo", "Un par correcto")
    official = enter("proving-plain")
    official.is_official()
    _, provider = portal.somebody_who_waits()
    official.opens_request_of(provider)
    plain = enter("plain", java_script_enabled=False)
    plain.context.add_cookies(official.context.cookies())
    plain.page.goto(official.page.url)
    answer = proves(plain, "Desarrollo", right.client_id, right.client_secret)
    expect(answer).to_contain_text("Entra acepta la llave.")
    expect(group(plain, "Desarrollo").get_by_label("ClientID")).to_have_value(right.client_id)
    expect(group(plain, "Desarrollo").get_by_label("ClientSecret")).to_have_value("")
    plain.sees("escriba otra vez los secretos")
