"""The login and paso 1 by keyboard alone: an order that makes sense, and a focus that can always be seen."""

from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Enter
from .person import REQUEST, Person
from .portal import CARLA, PASSWORD

pytestmark = pytest.mark.journeys

SKIP = "Saltar al contenido principal"
LOGIN = ["Usuario", "Contraseña", "Mostrar: Contraseña", "No soy un robot", "Ingresar"]
FOCUS = """() => {
  const element = document.activeElement;
  const styles = [getComputedStyle(element), getComputedStyle(element, "::after")];
  const { left, top, width, height } = element.getBoundingClientRect();
  const hit = document.elementFromPoint(left + width / 2, top + height / 2);
  const words = element.labels?.length ? element.labels[0] : element;
  const name = words.textContent.replace(/\\s+/g, " ").replace("*", "").replace(" :", ":").trim();
  const isOutlined = styles.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  return { name, isOutlined, isInView: element.contains(hit) || words.contains(hit) };
}"""


def tab(person: Person, *, back: bool = False) -> str:
    """Move on, and return the name of what has the focus now; it is seen to have it."""
    person.page.keyboard.press("Shift+Tab" if back else "Tab")
    now: dict[str, Any] = person.page.evaluate(FOCUS)
    assert now["isOutlined"], f"nobody sees that {now['name']} has the focus"
    assert now["isInView"], f"{now['name']} has the focus behind something else"
    return str(now["name"])


def tab_to(person: Person, name: str) -> None:
    passed = []
    while not (passed and passed[-1].startswith(name)):
        assert len(passed) < 40, f"{name} is not on the way: {passed}"
        passed.append(tab(person))


def type_into(person: Person, name: str, text: str) -> None:
    tab_to(person, name)
    person.page.keyboard.type(text)


def skip_to_content(person: Person) -> None:
    assert tab(person) == SKIP
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("main")).to_be_focused()


def log_in(person: Person) -> None:
    person.opens("/ingresar/")
    skip_to_content(person)
    type_into(person, "Usuario", CARLA)
    type_into(person, "Contraseña", PASSWORD)
    tab_to(person, "No soy un robot")
    person.page.keyboard.press("Space")
    expect(person.page.get_by_text("Verificado")).to_be_visible()
    tab_to(person, "Ingresar")
    person.page.keyboard.press("Enter")


def test_the_skip_link_comes_first_and_the_order_is_that_of_the_page(enter: Enter) -> None:
    visitor = enter()
    visitor.opens("/ingresar/")

    skip_to_content(visitor)

    assert [tab(visitor) for _ in LOGIN] == LOGIN
    assert [tab(visitor, back=True) for _ in LOGIN[1:]] == LOGIN[-2::-1]


def test_carla_asks_for_the_keys_of_one_of_her_providers_without_a_mouse(enter: Enter) -> None:
    carla = enter()
    keys = carla.page.keyboard
    log_in(carla)
    carla.sees_page("Elija el prestador", "elegir-prestador")
    tab_to(carla, "0500190001")
    keys.press("Space")
    tab_to(carla, "Continuar")
    keys.press("Enter")
    carla.sees_page("Inicio", "inicio")
    tab_to(carla, "Inscripción token")
    keys.press("Enter")
    carla.sees("Paso 1 – Solicitud de llaves de acceso")

    skip_to_content(carla)
    for label, text in REQUEST.items():
        tab_to_field(carla, label)
        keys.type(text)
    for consent in ("Aceptación términos", "Autorización de datos"):
        tab_to(carla, consent)
        keys.press("Space")
    tab_to(carla, "Generar llaves de acceso")
    keys.press("Enter")

    carla.sees("Token solicitados por primera vez")


def tab_to_field(person: Person, label: str) -> None:
    """The next field, whose label has these words somewhere."""
    name = tab(person)
    assert label in name


def test_the_summary_of_faults_leads_to_each_field(enter: Enter) -> None:
    visitor = enter()
    visitor.opens("/registro/ihce/delegado-administrativo/")
    visitor.presses("Registrar")
    expect(visitor.page.get_by_role("alert").first).to_be_focused()

    tab_to(visitor, "Nit de la entidad")
    visitor.page.keyboard.press("Enter")

    expect(visitor.field("Nit de la entidad")).to_be_focused()
