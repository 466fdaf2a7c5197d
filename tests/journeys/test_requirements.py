"""6.1: what is missing before the keys can be asked for; and what is said while the registry is closed."""

import re

import pytest
from playwright.sync_api import Locator, expect

from .conftest import NARROW, WIDE, Enter
from .person import Person
from .portal import GROUP, Portal

pytestmark = pytest.mark.journeys

UNKNOWN_NIT, UNKNOWN = "899111222", "1999999999"
AGE = re.compile(r"cierra de 00:00 a 04:00\)\. Se usó lo que respondió el \d\d/\d\d/\d{4}, (hoy|hace 1 día)\.")
LATER = "Por eso no se pudo comprobar su registro. Intente de nuevo desde las 04:00."


def found(visitor: Person) -> Locator:
    return visitor.page.get_by_role("region", name="Resultado").get_by_role("listitem")


def is_told(visitor: Person, *states: str) -> None:
    expect(found(visitor)).to_contain_text([f"{state}:" for state in states])


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_each_missing_requirement_says_what_to_do_and_names_nobody(
    enter: Enter, portal: Portal, screen: tuple[int, int]
) -> None:
    who = portal.registry.introduces("Zulma Cárdenas Bravo")
    visitor = enter("requirements", screen)
    visitor.opens("/requisitos/")
    visitor.presses("Verificar")
    visitor.sees_fault("Nit de la entidad", "Escriba el NIT de la entidad.")
    visitor.sees_fault("Tipo identificación delegado", "Seleccione el tipo de identificación.")
    visitor.sees_page("Verificación de requisitos", "vacio")

    visitor.verifies(UNKNOWN_NIT, UNKNOWN)
    is_told(visitor, "Falta", "Falta", "Falta", "Falta")
    expect(found(visitor)).to_contain_text(
        [
            "Revise el NIT, o pida que el representante legal registre la entidad como organización.",
            "Pida a la entidad que la delegue",
            "Revise el tipo y el número de identificación, o regístrese como persona natural.",
            "Registre su usuario cuando se cumplan los otros tres requisitos",
        ]
    )
    visitor.sees_page("Verificación de requisitos", "todo-falta")

    visitor.verifies(GROUP, who.document_number)
    is_told(visitor, "Se cumple", "Falta", "Se cumple", "Falta")
    visitor.sees_page("Verificación de requisitos", "falta-la-delegacion")
    for secret in (who.name.split()[0], who.email, "YARUMOS"):
        expect(visitor.page.get_by_role("main")).not_to_contain_text(secret, ignore_case=True)


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["desk", "telephone"])
def test_while_the_registry_is_closed_one_reads_how_old_the_answer_is_and_when_to_come_back(
    enter: Enter, portal: Portal, screen: tuple[int, int]
) -> None:
    who = portal.registry.introduces("Elvira Rosero Paz", GROUP)
    visitor = enter("closed", screen)
    visitor.opens("/requisitos/")
    visitor.verifies(GROUP, who.document_number)
    is_told(visitor, "Se cumple", "Se cumple", "Se cumple", "Falta")

    with portal.registry.closed():
        visitor.verifies(GROUP, who.document_number)
        expect(visitor.page.get_by_role("region", name="Resultado")).to_contain_text(AGE)
        is_told(visitor, "Se cumple", "Se cumple", "Se cumple", "Falta")
        visitor.sees_page("Verificación de requisitos", "lo-ultimo-sabido")
        visitor.verifies(GROUP, UNKNOWN)
        is_told(visitor, "Se cumple", "No se pudo consultar", "No se pudo consultar", "Falta")
        visitor.sees(LATER)
        visitor.sees_page("Verificación de requisitos", "nada-sabido")

        visitor.opens("/registro/ihce/delegado-administrativo/")
        visitor.registers(GROUP, UNKNOWN)
        visitor.sees_fault("Número identificación delegado", LATER)
        visitor.sees_page("Registro de usuario", "registro-cerrado")
        visitor.registers(GROUP, who.document_number)
        visitor.sees_page("Resumen del registro de usuario", "resumen-con-aviso")
        expect(visitor.page.get_by_role("main")).to_contain_text(AGE)
