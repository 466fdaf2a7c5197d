"""Somebody at a browser: what people do on the portal's pages, said once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex, token_urlsafe
from uuid import uuid4

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.demo.running import until

from .inspection import Eye
from .portal import OFFICIAL, PASSWORD, Newcomer, Portal
from .registry import BOGOTA

ENVIRONMENTS = ("Desarrollo", "Preproducción", "Producción")
REQUEST = {
    "proveedor tecnológico": "Soluciones Clínicas del Cauca S.A.S.",
    "Nombre del software": "HistoriaSalud 4",
    "Nombre del líder técnico": "Jorge Andrés Muñoz Paz",
    "Correo electrónico institucional": "jorge.munoz@example.co",
    "contacto del líder técnico": "300 123 4567",
    "Nombre del responsable": "Luz Marina Caicedo",
    "contacto del responsable": "+57 602 823 4567",
}
EXPIRES_ON = datetime.now(tz=BOGOTA).date() + timedelta(days=220)
CONSENTS = ("Aceptación términos para la solicitud de token", "Autorización de datos personales")


@dataclass(frozen=True)
class Values:
    """What Entra and API Management would give for one environment."""

    client_id: str = field(default_factory=lambda: str(uuid4()))
    client_secret: str = field(default_factory=lambda: f"Demo~{token_urlsafe(26)}")
    subscription_key: str = field(default_factory=lambda: f"demo{token_hex(14)}")

    @property
    def secrets(self) -> tuple[str, str]:
        return self.client_secret, self.subscription_key


def values_for_each() -> dict[str, Values]:
    return {environment: Values() for environment in ENVIRONMENTS}


class Person:
    def __init__(self, context: BrowserContext, portal: Portal, eye: Eye) -> None:
        self.context, self.portal, self.eye = context, portal, eye
        self.page: Page = context.new_page()

    # What one does on any page

    def opens(self, path: str) -> None:
        self.page.goto(f"{self.portal.url}{path}")

    def sees_page(self, heading: str, picture: str) -> None:
        """The page has come, and is as every page must be."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        self.eye.look(self.page, picture)

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible()

    def sees_without_script(self, text: str) -> None:
        """Searching by text passes over `noscript`, also where it is shown."""
        expect(self.page.locator("noscript p").first).to_be_visible()
        expect(self.page.locator("noscript p").first).to_contain_text(text)

    def sees_fault(self, label: str, sentence: str) -> None:
        """The sentence stands beside the field, also for who listens; the summary has the focus."""
        expect(self.field(label)).to_have_accessible_description(re.compile(re.escape(sentence)))
        expect(self.field(label)).to_have_attribute("aria-invalid", "true")
        expect(self.page.get_by_role("alert").first).to_be_focused()

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label)

    def fills(self, values: Mapping[str, str], within: Page | Locator | None = None) -> None:
        for label, value in values.items():
            (within or self.page).get_by_label(label).fill(value)

    def ticks(self, *labels: str) -> None:
        for label in labels:
            self.field(label).check()

    def follows(self, link: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=link).click()

    def presses(self, button: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=button, exact=True).click()

    def chooses_from_menu(self, entry: str) -> None:
        opener = self.page.get_by_role("button", name="Menú")
        if opener.is_visible():
            opener.click()
            self.eye.look(self.page, "menu")
        self.page.get_by_role("navigation", name="Menú principal").get_by_role("link", name=entry).click()

    # Registration and login

    def fills_document(self, document_number: str) -> None:
        self.field("Tipo identificación delegado").select_option(label="Cédula de ciudadanía")
        self.fills({"Número identificación delegado": document_number})

    def fills_registration(self, document_number: str) -> None:
        self.fills_document(document_number)
        self.copies_image_code()
        self.ticks("Acepto el acuerdo de confidencialidad")

    def copies_image_code(self) -> None:
        key = self.page.locator("input[name=image_code_0]").input_value()
        self.page.locator("input[name=image_code_1]").fill(self.portal.image_code(key))

    def checks_requirements(self, who: Newcomer) -> None:
        """By the way for those who cannot see the image."""
        self.fills({"Nit de la entidad": who.nit})
        self.fills_document(who.document_number)
        self.page.get_by_text("¿No puede ver la imagen?").click()
        self.proves_not_to_be_a_robot()
        self.presses("Verificar")

    def verifies(self, nit: str, document_number: str) -> None:
        self.fills({"Nit de la entidad": nit})
        self.fills_document(document_number)
        self.copies_image_code()
        self.presses("Verificar")

    def registers(self, nit: str, document_number: str) -> None:
        self.field("Tipo de Entidad").select_option(label="Entidades Prestadoras de Servicios de Salud PSS")
        self.fills({"Nit de la entidad": nit})
        self.fills_registration(document_number)
        self.presses("Registrar")

    def sets_password(self, password: str, button: str = "Activar usuario") -> None:
        self.fills({"Contraseña nueva": password, "Repita la contraseña": password})
        self.presses(button)

    def proves_not_to_be_a_robot(self) -> None:
        self.ticks("No soy un robot")
        expect(self.page.get_by_text("Verificado")).to_be_visible()

    def tries_to_log_in(self, login: str, password: str) -> None:
        self.fills({"Usuario": login})
        self.page.get_by_label("Contraseña").fill(password)
        self.proves_not_to_be_a_robot()
        self.presses("Ingresar")

    def logs_in(self, login: str, password: str) -> None:
        self.opens("/ingresar/")
        self.tries_to_log_in(login, password)
        self.is_inside()

    def is_inside(self) -> None:
        expect(self.page.get_by_role("button", name="Cerrar sesión")).to_be_visible()

    def leaves(self) -> None:
        self.page.get_by_role("button", name="Cerrar sesión").click()
        expect(self.page.get_by_role("link", name="Ingresar", exact=True).first).to_be_visible()

    def has_card(self, *texts: str) -> None:
        """The identity card, which every page of the session shows, tells all this."""
        card = self.page.get_by_role("region", name="Información del usuario")
        for text in texts:
            expect(card).to_contain_text(text)

    def logs_in_as_official(self, login: str, password: str) -> None:
        """With the code that the mailbox shows, or, where that was used, the next."""
        self.opens("/ingresar/")
        self.tries_to_log_in(login, password)
        self.fills({"Código de verificación": self.portal.unused_code()})
        self.presses("Continuar")
        self.is_inside()

    def is_official(self) -> None:
        """In the session that an official opened before: every login takes a code of her own, so half a minute."""
        self.context.add_cookies(self.portal.officials_session)
        self.opens("/")
        if not self.page.get_by_role("button", name="Cerrar sesión").is_visible():
            self.logs_in_as_official(OFFICIAL, PASSWORD)
            self.portal.officials_session = self.context.cookies()

    # Letters

    def opens_letter(self, subject: str, to: str, letters_by_then: int = 1) -> None:
        """Look into the mailbox until the newest letter has come; the worker needs its moment."""
        own = self.page.get_by_role("listitem").filter(has=self.page.get_by_text(f"Para {to}", exact=True))
        link = own.get_by_role("link", name=subject)

        def has_come() -> bool:
            self.page.goto(self.portal.mailbox_url)
            return link.count() >= letters_by_then

        until(has_come)
        link.first.click()

    def activates(self, email: str, password: str, letters_by_then: int = 1) -> None:
        """By the newest letter."""
        self.opens_letter("Active su usuario", to=email, letters_by_then=letters_by_then)
        self.follows_link_of_letter()
        self.sets_password(password)
        self.sees("Su usuario está activo")

    def follows_link_of_letter(self) -> None:
        self.page.get_by_role("link", name="/activacion/").click()

    # Asking for keys, assigning them, looking at them

    def fills_request(self) -> None:
        self.fills(REQUEST)
        self.ticks(*CONSENTS)

    def opens_request_of(self, provider: str) -> None:
        """By the search of the pending list."""
        self.opens("/funcionario/generar-llaves/")
        self.fills({"Buscar prestador": provider})
        self.presses("Buscar")
        self.page.get_by_role("button", name="Ingresar Info").click()

    def fills_values(self, values: Mapping[str, Values]) -> None:
        for environment, pair in values.items():
            group = self.page.get_by_role("group", name=environment, exact=True)
            entered = {"ClientID": pair.client_id, "ClientSecret": pair.client_secret}
            expiry = {"Fecha de expiración": EXPIRES_ON.isoformat(), "APIM subscription key": pair.subscription_key}
            self.fills(entered | expiry, within=group)

    def assigns(self, provider: str, values: Mapping[str, Values]) -> None:
        self.opens_request_of(provider)
        self.fills_values(values)
        self.presses("Guardar")
        self.sees("El registro se realizó de manera correcta")

    def assigns_to_somebody(self) -> tuple[str, Mapping[str, Values]]:
        """Attend who waits longest; return the delegate's login and the values."""
        login, provider = self.portal.somebody_who_waits()
        values = values_for_each()
        self.assigns(provider, values)
        return login, values

    def shows_keys_of(self, environment: str, password: str) -> None:
        self.page.get_by_role("link", name=f"Mostrar llaves de {environment}", exact=True).click()
        self.fills({"Contraseña": password})
        self.presses("Mostrar llaves")

    def value(self, name: str) -> str:
        """What stands on the page that shows keys."""
        return self.page.locator(f"#{name}").inner_text()
