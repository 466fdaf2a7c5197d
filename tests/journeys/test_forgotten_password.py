"""Whoever forgot the password gets in again, through the mailbox."""

import pytest

from .conftest import NARROW, Enter
from .portal import DIEGO, PASSWORD, Portal

pytestmark = pytest.mark.journeys


def test_a_forgotten_password_is_replaced(enter: Enter, portal: Portal) -> None:
    diego = enter("forgetful", NARROW)
    diego.opens("/ingresar/")
    diego.follows("¿Olvidó su contraseña?")
    diego.sees_page("Recuperar contraseña", "recuperar")
    diego.fills({"Usuario": DIEGO.lower()})
    diego.copies_image_code()
    diego.presses("Enviar enlace")
    diego.sees_page("Revise su correo", "recuperar-enviado")
    diego.opens_letter("Cambie la contraseña", to=portal.address_of(DIEGO))
    diego.follows_link_of_letter()
    diego.sees_page("Cree su contraseña", "recuperar-nueva")
    diego.sets_password(PASSWORD, button="Guardar contraseña")
    diego.logs_in(DIEGO, PASSWORD)
