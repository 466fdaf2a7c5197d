"""An official has the portal make pairs in Entra: of one request with a fault in between, and of several at once."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.demo.running import until
from tests.entra import Entra

from .conftest import NARROW, WIDE, Enter
from .person import ENVIRONMENTS, Person
from .portal import PASSWORD, Portal
from .test_keyboard import skip_to_content, tab_to

pytestmark = pytest.mark.journeys

SCREENS = pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
WORK_MS = 300_000
"""So long the worker may need on a busy machine."""
BUSY = {"kind": "error", "on": "write", "status": 503, "retry_after": 1, "probability": 1}
MANY = "/funcionario/generar-llaves/entra/"


class Directories:
    """Entra's emulator as the demo runs it: a directory for each environment."""

    def __init__(self, portal: Portal) -> None:
        folder = portal.demo.folder / "entra"
        seeds = json.loads((folder / "seeds.json").read_text())
        self.entra = Entra(folder, portal.demo.entra_port())
        self._by_name = {each["name"]: each for each in seeds["tenants"]}

    def goes_wrong(self, environment: str, *faults: Mapping[str, Any]) -> None:
        """Let these go wrong in an environment from now on, and nothing else."""
        tenant = self._by_name[environment]["tenant_id"]
        self.entra.control("PUT", f"/tenants/{tenant}/faults", {"list": list(faults)})

    def has(self, environment: str, **wish: Any) -> None:
        """Let there be an application that somebody made by hand."""
        tenant = self._by_name[environment]["tenant_id"]
        self.entra.control("POST", f"/tenants/{tenant}/applications", {"applications": [wish]})

    def gives_a_token(self, environment: str, client_id: str, client_secret: str) -> bool:
        tenant = self._by_name[environment]
        [scope] = [uri for each in tenant["applications"] for uri in each.get("identifier_uris", [])]
        asked = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": f"{scope}/.default",
        }
        answer = self.entra.client.post(f"/{tenant['tenant_id']}/oauth2/v2.0/token", data=asked)
        return bool(answer.json().get("access_token"))


@pytest.fixture
def directories(portal: Portal) -> Iterator[Directories]:
    found = Directories(portal)
    yield found
    for environment in ENVIRONMENTS:
        found.goes_wrong(environment)
    found.entra.close()


def will_not_be_reloaded(person: Person) -> None:
    person.page.evaluate("window.isTheSame = true")


def was_not_reloaded(person: Person) -> None:
    assert person.page.evaluate("window.isTheSame")


def line_of(official: Person, environment: str) -> Locator:
    """What the page of a request tells of an environment."""
    return official.page.get_by_role("row", name=re.compile(rf"^(Ambiente )?{environment}\b"))


def by_keyboard(person: Person, button: str) -> None:
    skip_to_content(person)
    tab_to(person, button)
    person.page.keyboard.press("Enter")


@SCREENS
def test_an_official_has_the_keys_of_a_request_generated(
    enter: Enter, portal: Portal, directories: Directories, screen: tuple[int, int]
) -> None:
    login, provider = portal.somebody_who_waits()
    directories.goes_wrong("Producción", {"kind": "quota", "on": "write", "probability": 1})
    official = enter("generating", screen)
    official.is_official()
    official.opens_request_of(provider)
    official.eye.look(official.page, "solicitud")
    official.follows("Generar en Entra")
    official.sees_page("Generar en Entra", "sin-generar")
    by_keyboard(official, "Generar en Entra")
    official.sees("El portal genera las llaves.")
    will_not_be_reloaded(official)
    expect(line_of(official, "Producción")).to_contain_text("Fallida", timeout=WORK_MS)
    expect(line_of(official, "Producción")).to_contain_text("llegó al límite de objetos")
    expect(line_of(official, "Desarrollo")).to_contain_text(re.compile("Creada en Entra|En comprobación|Probada"))
    was_not_reloaded(official)
    official.sees_page("Generar en Entra", "fallida")
    comes_back_by_the_list(official, provider)

    directories.goes_wrong("Producción")
    official.presses("Reintentar Producción")
    official.sees("El portal lo intenta de nuevo.")
    will_not_be_reloaded(official)
    expect(official.page.get_by_text("Las llaves quedaron asignadas", exact=True)).to_be_visible(timeout=WORK_MS)
    for environment in ENVIRONMENTS:
        expect(line_of(official, environment)).to_contain_text("Asignada")
    was_not_reloaded(official)
    official.sees_page("Generar en Entra", "asignada")
    official.opens(f"/funcionario/prestadores/{provider}/")
    official.eye.look(official.page, "prestador")
    uses_them(enter("using", screen), login, directories)


def comes_back_by_the_list(official: Person, provider: str) -> None:
    """From the list and from the form, to what failed."""
    failed = official.page.get_by_role("link", name="Falló en Entra: vea qué hacer")
    official.opens("/funcionario/generar-llaves/")
    official.fills({"Buscar prestador": provider})
    official.presses("Buscar")
    expect(failed).to_be_visible()
    official.sees_page("Generar llaves de acceso", "fallida-en-el-listado")
    official.page.get_by_role("button", name="Ingresar Info").click()
    official.sees_page("Asignación de llaves de acceso", "fallida-en-el-formulario")
    failed.click()
    expect(official.page.get_by_role("heading", level=1)).to_have_text("Generar en Entra")


def uses_them(delegate: Person, login: str, directories: Directories) -> None:
    """The delegate, to whom nobody has sent anything: what she sees is what Entra accepts."""
    delegate.opens_letter("Llaves de acceso asignadas", to=delegate.portal.address_of(login))
    delegate.logs_in(login, PASSWORD)
    delegate.opens("/delegado/inscripcion-token/llaves/")
    delegate.shows_keys_of("Producción", PASSWORD)
    delegate.sees("Llaves de acceso de Producción")
    pair = delegate.value("client-id"), delegate.value("client-secret")
    assert directories.gives_a_token("Producción", *pair)
    assert not directories.gives_a_token("Desarrollo", *pair)
    delegate.opens("/delegado/inscripcion-token/llaves/")
    delegate.follows("Probar mi llave de Producción")
    delegate.fills({"Contraseña": PASSWORD})
    delegate.presses("Probar mi llave")
    delegate.sees_page("Resultado de la prueba", "probada")
    delegate.sees("Entra acepta la llave.")


def orders(official: Person, count: int) -> None:
    """Choose those who wait longest."""
    official.opens("/funcionario/generar-llaves/")
    official.follows("Generar varias en Entra")
    offered = official.page.get_by_role("group", name="Solicitudes").get_by_role("checkbox")
    for number in range(count):
        offered.nth(number).check()
    official.presses("Generar en Entra")
    expect(official.page.get_by_role("heading", level=1)).to_have_text("Avance de la generación")


@SCREENS
def test_an_official_follows_the_generation_of_several(
    enter: Enter, portal: Portal, directories: Directories, screen: tuple[int, int]
) -> None:
    directories.goes_wrong("Producción", BUSY)
    official = enter("several", screen)
    official.is_official()
    official.page.clock.install()
    official.opens(MANY)
    official.presses("Generar en Entra")
    official.sees("Marque al menos una solicitud.")
    official.sees_page("Generar varias en Entra", "varias-vacio")
    orders(official, 2)
    official.sees("Listas 0 de 6 llaves")
    official.presses("Pausar")
    official.sees("En pausa")
    official.sees_page("Avance de la generación", "en-pausa")
    official.opens("/funcionario/generar-llaves/")
    official.page.get_by_role("link", name="Generación en pausa").first.click()
    official.sees("Reanúdela en su página de avance.")
    official.sees_page("Generar en Entra", "pausada")
    official.page.get_by_role("link", name="Ver su avance").first.click()
    plain = enter("plain", screen, java_script_enabled=False)
    plain.context.add_cookies(official.context.cookies())
    plain.page.goto(official.page.url)
    plain.sees("En pausa", "Listas 0 de 6 llaves")

    official.presses("Reanudar")
    expect(official.page.get_by_role("button", name="Pausar")).to_be_visible()
    will_not_be_reloaded(official)
    official.sees_page("Avance de la generación", "en-camino")
    directories.goes_wrong("Producción")
    expect(official.page.get_by_text("Listas 6 de 6 llaves").first).to_be_visible(timeout=WORK_MS)
    official.sees("Terminó")
    expect(official.page.get_by_role("button", name="Pausar")).to_be_hidden()
    official.page.clock.fast_forward("00:20")  # so long a screen reader is left in peace
    expect(official.page.locator("[data-live-status]")).to_contain_text("Listas 6 de 6 llaves", timeout=WORK_MS)
    was_not_reloaded(official)
    official.sees_page("Avance de la generación", "termino")

    def is_told() -> bool:
        plain.follows("Actualizar")
        return plain.page.get_by_text("Listas 6 de 6 llaves").count() > 0

    plain.sees("Listas 0 de 6 llaves")
    until(is_told)
    plain.eye.keep(plain.page, "actualizado")


@SCREENS
def test_an_official_thinks_better_of_it(
    enter: Enter, portal: Portal, directories: Directories, screen: tuple[int, int]
) -> None:
    for environment in ENVIRONMENTS:
        directories.goes_wrong(environment, {"kind": "policy", "on": "write", "probability": 1})
    official = enter("cancelling", screen)
    official.is_official()
    official.opens(MANY)
    official.page.get_by_label("Todas las pendientes").check()
    official.presses("Generar en Entra")
    official.sees_page("Generar todas en Entra", "todas")
    official.follows("No, volver")
    orders(official, 1)
    address = official.page.url
    expect(official.page.get_by_text("Se detuvo", exact=True)).to_be_visible(timeout=WORK_MS)
    official.sees("Una política del directorio no permite secretos")
    official.sees_page("Avance de la generación", "se-detuvo")
    official.page.get_by_text("Cancelar lo que falta", exact=True).click()
    official.eye.look(official.page, "cancelar")
    official.presses("Sí, cancelar lo que falta")
    official.sees("Cancelada")
    expect(official.page.get_by_role("button", name="Pausar")).to_be_hidden()
    expect(official.page.locator("#avance").get_by_role("term")).to_have_text("Deshechas")
    official.sees_page("Avance de la generación", "cancelada")
    official.opens(MANY)
    official.sees("Lo último que se generó")
    official.sees_page("Generar varias en Entra", "varias")
    assert official.page.get_by_role("main").locator(f"a[href='{address.removeprefix(portal.url)}']").count() == 1
    official.opens("/funcionario/por-retirar/")
    official.sees_page("Por retirar en Entra", "por-retirar")


@SCREENS
def test_an_official_reads_in_the_morning_what_does_not_fit(
    enter: Enter, portal: Portal, directories: Directories, screen: tuple[int, int]
) -> None:
    unknown = f"llaves-{screen[0]:010}-produccion"
    directories.has("Producción", unique_name=unknown, tags=["llaves-ihce"])
    portal.operator("procrastinate", "defer", "jobs.reconcile_entra", '{"timestamp": 0}')
    official = enter("morning", screen)
    official.is_official()

    def is_told() -> bool:
        official.opens("/funcionario/generar-llaves/entra/conciliacion/")
        return official.page.get_by_text(unknown).count() > 0

    until(is_told)
    expect(official.page.get_by_role("row", name=unknown)).to_contain_text("el portal no la conoce")
    official.sees_page("Conciliación con Entra", "conciliacion")
