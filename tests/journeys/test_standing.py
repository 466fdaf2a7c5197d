"""Who acts for whom, while somebody is logged in: one's own delegate, one of several providers, an ended delegation."""

import re

import pytest
from playwright.sync_api import expect

from tests.demo.running import until

from .conftest import NARROW, WIDE, Enter
from .portal import CARLA, DIEGO, PASSWORD, Portal

pytestmark = pytest.mark.journeys

WAS_CONFIRMED_HOURS_AGO = """
    UPDATE providers_person SET confirmed_at = confirmed_at - interval '2 hours'
    WHERE document_number = %s AND confirmed_at IS NOT NULL RETURNING id
"""
IS_WITHDRAWN = """
    SELECT FROM providers_delegation AS delegation JOIN providers_person AS person ON person.id = delegation.person_id
    WHERE person.document_number = %s AND delegation.withdrawn_at IS NOT NULL
"""


def test_an_independent_professional_is_his_own_delegate(enter: Enter) -> None:
    diego = enter("independent", NARROW)
    diego.logs_in(DIEGO, PASSWORD)
    diego.has_card(DIEGO, "1900190003 - DIEGO GÜEPA MUÑOZ", "SECURITYADMIN - IHCE IPS", "NIT 1040404040")
    diego.sees_page("Inicio", "independiente")


def test_a_delegate_of_three_providers_works_with_one_and_changes(enter: Enter) -> None:
    carla = enter("several")
    carla.logs_in(CARLA, PASSWORD)
    carla.presses("Continuar")
    expect(carla.page.get_by_role("alert").first).to_be_focused()
    carla.sees("Seleccione el prestador con el que va a trabajar.")
    carla.sees_page("Elija el prestador", "sin-elegir")
    for code, place in (("1900190002", "POPAYÁN"), ("7652090001", "PALMIRA")):
        carla.page.get_by_label(code).check()
        carla.presses("Continuar")
        carla.has_card(code, place, CARLA)
        carla.sees_page("Inicio", f"prestador-{code}")
        carla.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        carla.page.get_by_role("link", name="Cambiar de prestador").click()
        carla.sees_page("Elija el prestador", f"cambiar-{code}")


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_when_a_delegation_ends_the_next_click_ends_the_session_until_it_begins_again(
    enter: Enter, portal: Portal, screen: tuple[int, int]
) -> None:
    login, document_number, nit = portal.somebody_with_one_provider()
    delegate, elsewhere = enter("ending", screen), enter("elsewhere")
    delegate.logs_in(login, PASSWORD)
    until(lambda: portal.ask(WAS_CONFIRMED_HOURS_AGO, document_number))
    with portal.registry.delegation_ended(document_number):
        elsewhere.opens("/ingresar/")
        elsewhere.tries_to_log_in(login, PASSWORD)  # has the registry asked, in the background
        until(lambda: portal.ask(IS_WITHDRAWN, document_number))
        delegate.chooses_from_menu("Mi cuenta")
        delegate.sees("La sesión se cerró: su delegación terminó o su usuario fue suspendido. Consulte con su entidad.")
        delegate.sees_page("Ingresar", "delegacion-terminada")
        delegate.tries_to_log_in(login, PASSWORD)
        delegate.sees("Los datos de usuario no corresponden")

    delegate.opens("/registro/ihce/delegado-administrativo/")
    delegate.registers(nit, document_number)
    delegate.sees("Ya existe un usuario activo")
    delegate.follows("Ingresar")
    delegate.tries_to_log_in(login, PASSWORD)
    expect(delegate.page).to_have_url(re.compile("/delegado/"))
    delegate.has_card(login)
