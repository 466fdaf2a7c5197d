"""The main pages for who reads with large letters: zoom of 200 % and 400 %, wide spacing, large letters, contrast."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from .conftest import NARROW, WIDE, Enter, entrance
from .inspection import CLIPPED, SIDEWAYS
from .person import Person
from .portal import DIEGO, PASSWORD, Portal

pytestmark = pytest.mark.journeys

PUBLIC = (
    "/",
    "/requisitos/",
    "/registro/",
    "/registro/ihce/",
    "/registro/ihce/delegado-administrativo/",
    "/ingresar/",
    "/nada/",
)
OFFICIALS = ("/funcionario/", "/funcionario/generar-llaves/", "/funcionario/generar-llaves/?q=nadie")
DELEGATES = ("/delegado/", "/delegado/inscripcion-token/llaves/")
# WCAG 2.2, 1.4.12; as a sheet of the script's own, because the pages' policy refuses any other.
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
PREFERENCE = "localStorage.setItem('llaves.{}', '{}')"
States = dict[str, Any]


@pytest.fixture(scope="module")
def states(browser: Browser, portal: Portal) -> States:
    """The sessions of people who have logged in, each with something to see."""
    with entrance(browser, portal) as enter:
        official, diego, keeper = enter(), enter(), enter()
        official.is_official()
        login, _ = official.assigns_to_somebody()
        diego.logs_in(DIEGO, PASSWORD)
        keeper.logs_in(login, PASSWORD)
        people = {"official": official, "diego": diego, "keeper": keeper}
        return {name: person.context.storage_state() for name, person in people.items()}


def pages(enter: Enter, states: States, prepared: str = "", **options: Any) -> Iterator[tuple[Person, str]]:
    """Each main page with somebody who sees it; `prepared` is a script that runs before each."""

    def come(name: str, **state: Any) -> Person:
        person = enter(name, **state, **options)
        person.context.add_init_script(prepared)
        return person

    journeys = {
        "visitor": (come("visitor"), PUBLIC),
        "official": (come("official", storage_state=states["official"]), OFFICIALS),
        "diego": (come("diego", storage_state=states["diego"]), ("/delegado/inscripcion-token/correccion/",)),
        "keeper": (come("keeper", storage_state=states["keeper"]), DELEGATES),
    }
    for person, paths in journeys.values():
        for path in paths:
            person.opens(path)
            yield person, path
    official, _ = journeys["official"]
    official.opens("/funcionario/generar-llaves/")
    official.page.get_by_role("button", name="Ingresar Info").first.click()
    yield official, "asignacion"
    keeper, _ = journeys["keeper"]
    keeper.shows_keys_of("Producción", PASSWORD)
    expect(keeper.page.get_by_role("heading", level=1)).to_have_text("Llaves de acceso de Producción")
    yield keeper, "llaves-visibles"


def picture(path: str) -> str:
    return path.strip("/").replace("/", "-").replace("?", "-") or "inicio"


@pytest.mark.parametrize(
    "options",
    [{"screen": (640, 450), "device_scale_factor": 2}, {"screen": (320, 640)}],
    ids=["200 %", "400 %"],
)
def test_nothing_scrolls_sideways_when_enlarged(enter: Enter, states: States, options: dict[str, Any]) -> None:
    for person, path in pages(enter, states, **options):
        person.eye.look(person.page, picture(path))


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_wide_spacing_clips_nothing(enter: Enter, states: States, screen: tuple[int, int]) -> None:
    for person, path in pages(enter, states, screen=screen):
        person.page.evaluate(SPACING)
        person.eye.keep(person.page, f"espaciado-{picture(path)}")
        assert person.page.evaluate(CLIPPED) == [], path
        assert person.page.evaluate(SIDEWAYS) <= 0, path


@pytest.mark.parametrize(("name", "value"), [("fontScale", "3"), ("contrast", "high")])
def test_the_portals_own_large_letters_and_contrast(enter: Enter, states: States, name: str, value: str) -> None:
    prepared = PREFERENCE.format(name, value)
    for person, path in pages(enter, states, prepared, screen=NARROW):
        person.eye.look(person.page, f"{name}-{picture(path)}")
        assert person.page.evaluate(CLIPPED) == [], path
