"""An official pastes a Secret ID, a wrong pair, an expired one and a right one, and reads what each verdict says."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, expect

from tests import entra as emulated
from tests.entra import Entra, Tenant, running

from .conftest import NARROW, WIDE, Enter, running_portal
from .person import Person, Values
from .portal import OFFICIAL, PASSWORD, Portal

pytestmark = pytest.mark.journeys

CODES = {"Desarrollo": "desarrollo", "Preproducción": "preproduccion", "Producción": "produccion"}


@pytest.fixture(scope="module")
def entra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entra]:
    with running(tmp_path_factory.mktemp("entra")) as entra:
        yield entra


@pytest.fixture(scope="module")
def portal(entra: Entra) -> Iterator[Portal]:
    """A portal of this module alone, that trusts the emulator."""
    with running_portal(SSL_CERT_FILE=str(entra.ca_file)) as portal:
        yield portal


@pytest.fixture(scope="module")
def tenants(entra: Entra, portal: Portal) -> dict[str, Tenant]:
    """A tenant for each environment, of which the portal knows."""
    found = {name: entra.new_tenant() for name in CODES}
    for name, tenant in found.items():
        place = ("--authority", entra.url, "--tenant-id", tenant.id, "--scope", emulated.GRAPH_SCOPE)
        portal.operator("environment", "set", CODES[name], *place)
    return found


def as_values(pair: emulated.Pair) -> Values:
    return Values(client_id=pair.app_id, client_secret=pair.secret)


def group(official: Person, environment: str) -> Locator:
    return official.page.get_by_role("group", name=environment, exact=True)


def proves(official: Person, environment: str, pair: emulated.Pair) -> Locator:
    """Copy a pair into the form and press the button; return where the answer stands."""
    entered = {"ClientID": pair.app_id, "ClientSecret": pair.secret}
    official.fills(entered, within=group(official, environment))
    official.presses(f"Comprobar llaves de {environment}")
    return group(official, environment).get_by_role("status")


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_an_official_reads_what_entra_says_before_anything_is_saved(
    enter: Enter, portal: Portal, tenants: dict[str, Tenant], screen: tuple[int, int]
) -> None:
    here = tenants["Producción"]
    right, expired = here.seed(), here.seed(secrets=[{"start": -99, "end": -9}])
    official = enter("proving", screen)
    official.logs_in_as_official(OFFICIAL, PASSWORD)
    _, provider = portal.somebody_who_waits()
    official.opens_request_of(provider)

    answer = proves(official, "Producción", replace(right, secret=right.key_id))
    expect(answer).to_contain_text("Ese es el Secret ID; copie el Value.")
    official.eye.look(official.page, "comprobar-secret-id")
    answer = proves(official, "Producción", replace(right, secret=expired.secret))
    expect(answer).to_contain_text("Entra no acepta el ClientSecret")
    official.eye.look(official.page, "comprobar-equivocada")
    answer = proves(official, "Producción", expired)
    expect(answer).to_contain_text("ya venció en Entra. Genere otro secreto")
    official.eye.look(official.page, "comprobar-vencida")
    answer = proves(official, "Producción", right)
    expect(answer).to_contain_text("Entra acepta la llave.")
    official.eye.look(official.page, "comprobar-funciona")

    others = {name: tenants[name].seed() for name in ("Desarrollo", "Preproducción")}
    official.fills_values({name: as_values(pair) for name, pair in {**others, "Producción": right}.items()})
    official.presses("Comprobar todas")
    expect(official.page.get_by_text("Entra acepta la llave.")).to_have_count(3)
    official.presses("Guardar")
    official.sees("El registro se realizó de manera correcta")


def test_without_scripts_the_form_comes_back_with_the_answer_and_without_the_secret(
    enter: Enter, portal: Portal, tenants: dict[str, Tenant]
) -> None:
    pair = tenants["Desarrollo"].seed()
    official = enter("proving-plain")
    official.logs_in_as_official(OFFICIAL, PASSWORD)
    _, provider = portal.somebody_who_waits()
    official.opens_request_of(provider)
    plain = enter("plain", java_script_enabled=False)
    plain.context.add_cookies(official.context.cookies())
    plain.page.goto(official.page.url)
    expect(proves(plain, "Desarrollo", pair)).to_contain_text("Entra acepta la llave.")
    expect(group(plain, "Desarrollo").get_by_label("ClientID")).to_have_value(pair.app_id)
    expect(group(plain, "Desarrollo").get_by_label("ClientSecret")).to_have_value("")
    plain.sees("escriba otra vez los secretos")
