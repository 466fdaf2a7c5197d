"""Registering where something is wrong or has been done before: each does what a person would expect."""

import pytest
from playwright.sync_api import expect

from .conftest import NARROW, WIDE, Enter
from .person import Person
from .portal import GROUP, HOSPITAL, Portal
from .registry import Known

pytestmark = pytest.mark.journeys

DELEGATE = "/registro/ihce/delegado-administrativo/"
NUMBER = "Número identificación delegado"
UNKNOWN_NIT = "899111222"
PASSWORDS = ("ceiba-canta-28-bajo", "mirla-salta-63-alto")


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_each_fault_and_each_missing_prerequisite_stands_beside_its_field(
    enter: Enter, portal: Portal, screen: tuple[int, int]
) -> None:
    who = portal.registry.introduces("Fanny Tovar Mina", HOSPITAL)
    visitor = enter("faults", screen)
    visitor.opens(DELEGATE)
    visitor.presses("Registrar")
    visitor.sees_fault("Tipo de Entidad", "Seleccione el tipo de entidad.")
    visitor.sees_fault("Tipo identificación delegado", "Seleccione el tipo de identificación.")
    visitor.sees_fault(NUMBER, "Escriba el número de identificación.")
    visitor.sees_fault("Acepto el acuerdo", "Para registrarse debe aceptar el acuerdo de confidencialidad.")

    visitor.registers("9402020205", "12")
    visitor.sees_fault("Nit de la entidad", GROUP)
    visitor.sees_fault(NUMBER, "Un documento de tipo Cédula de ciudadanía tiene")
    visitor.sees_page("Registro de usuario", "mal-escrito")
    visitor.registers(UNKNOWN_NIT, who.document_number)
    visitor.sees_fault("Nit de la entidad", "La entidad no está registrada como organización.")
    visitor.registers(GROUP, who.document_number)
    visitor.sees_fault(NUMBER, "La entidad no lo ha delegado o su delegación terminó.")
    visitor.sees_page("Registro de usuario", "sin-delegacion")
    visitor.opens("/registro/ihce/otro-usuario/")
    visitor.fills_registration(who.document_number)
    visitor.presses("Registrar")
    visitor.sees_fault(NUMBER, "Si usted actúa por un prestador, regístrese como «Delegado Administrativo».")
    visitor.sees_page("Registro de usuario", "otro-usuario-sin-delegacion")
    portal.registry.forgets(who.document_number)
    visitor.opens(DELEGATE)
    visitor.registers(HOSPITAL, who.document_number)
    visitor.sees_fault(NUMBER, "Usted no está registrado como persona natural.")


def test_whoever_registers_twice_uses_the_newer_letter_and_then_only_wants_a_password(
    enter: Enter, portal: Portal
) -> None:
    who = portal.registry.introduces("Gloria Mina Satizábal", HOSPITAL)
    visitor = enter("twice")
    visitor.opens(DELEGATE)
    visitor.registers(HOSPITAL, who.document_number)
    visitor.opens_letter("Active su usuario", to=who.email)
    older = visitor.page.get_by_role("link", name="/activacion/").inner_text()
    visitor.opens(DELEGATE)
    visitor.registers(HOSPITAL, who.document_number)
    visitor.sees(f"CC{who.document_number}-{HOSPITAL}")

    visitor.opens_letter("Active su usuario", to=who.email, letters_by_then=2)
    newer = visitor.page.get_by_role("link", name="/activacion/").inner_text()
    visitor.page.goto(older)
    visitor.sees_page("Este enlace ya no sirve", "enlace-reemplazado")
    a_scanner_opens(visitor, newer)
    visitor.page.goto(newer)
    weak_passwords_are_explained(visitor, who)
    visitor.sets_password(PASSWORDS[0])
    visitor.sees_page("Su usuario está activo", "activo")
    visitor.page.goto(newer)
    visitor.sees_page("Este enlace ya no sirve", "enlace-usado")
    visitor.opens_letter("Se estableció la contraseña", to=who.email)
    visitor.sees("quedó habilitado para ingresar")

    visitor.opens(DELEGATE)
    visitor.registers(HOSPITAL, who.document_number)
    visitor.sees_fault(NUMBER, f"Ya existe un usuario activo con el login CC{who.document_number}-{HOSPITAL}.")
    visitor.sees_page("Registro de usuario", "ya-activo")
    visitor.follows("Recuperar contraseña")
    visitor.sees_page("Recuperar contraseña", "recuperar")


def a_scanner_opens(person: Person, address: str) -> None:
    """A mail's scanner follows links before the person does; N13."""
    for ask in (person.context.request.get, person.context.request.head):
        assert ask(address).ok


def weak_passwords_are_explained(person: Person, who: Known) -> None:
    reasons = {
        "corta-7": "12 caracteres",
        f"clave-{who.document_number}": "La contraseña no puede contener su nombre, su documento",
        "password1234": "común",
    }
    for password, reason in reasons.items():
        person.sets_password(password)
        person.sees_fault("Contraseña nueva", reason)
    person.sees_page("Cree su contraseña", "contrasena-comun")
    person.fills({"Contraseña nueva": PASSWORDS[0], "Repita la contraseña": PASSWORDS[1]})
    person.presses("Activar usuario")
    person.sees_fault("Repita la contraseña", "Las dos contraseñas no son iguales.")


def test_a_delegate_of_two_organizations_has_two_users_and_is_told_which_one_she_is_in(
    enter: Enter, portal: Portal
) -> None:
    who = portal.registry.introduces("Herminia Lasso Angulo", HOSPITAL, GROUP)
    logins = [f"CC{who.document_number}-{nit}" for nit in (HOSPITAL, GROUP)]
    delegate = enter("two", NARROW)
    for number, (nit, password) in enumerate(zip((HOSPITAL, GROUP), PASSWORDS, strict=True), 1):
        delegate.opens(DELEGATE)
        delegate.registers(nit, who.document_number)
        delegate.activates(who.email, password, letters_by_then=number)

    delegate.logs_in(logins[0], PASSWORDS[0])
    delegate.has_card(logins[0], "Usuario 1 de 2", "HOSPITAL LOS ALISOS")
    others = delegate.page.get_by_role("region", name="Usted tiene 2 usuarios")
    expect(others).to_contain_text(logins[1])
    expect(others).to_contain_text("Para cambiar, cierre la sesión e ingrese con ese login y su contraseña")
    delegate.sees_page("Inicio", "usuario-1-de-2")
    delegate.leaves()
    delegate.logs_in(logins[1], PASSWORDS[1])
    delegate.has_card(logins[1], "Usuario 2 de 2")
    delegate.sees_page("Elija el prestador", "usuario-2-de-2")
