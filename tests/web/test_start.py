"""The start pages, and what stands fixed on every page of a session (imagen 10–12 and 16)."""

from dataclasses import replace
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from llaves.credentials.models import Credential, Request
from llaves.identity.models import Account
from llaves.identity.queries import applications
from llaves.identity.roles import Role
from llaves.providers.models import Delegation, Organization
from tests.people import PASSWORD, Member
from tests.web.doors import Page, force, text_of, walk


def card(page: Page) -> str:
    return text_of(page.one("section", class_="identity-card"))


def crumbs(page: Page) -> list[str]:
    return [text_of(item) for item in page.all("li", class_="breadcrumb__item")]


def test_a_delegates_card_stands_on_every_page(at_alicias: Client, assigned: Request) -> None:
    credential = Credential.objects.filter(request=assigned).first()
    assert credential
    reveal = reverse("delegate:reveal", args=[credential.id])
    pages = [at_alicias.get(reverse(f"delegate:{name}")) for name in ("start", "choose_provider", "keys")]
    pages += [at_alicias.get(reveal), at_alicias.post(reveal, {"password": PASSWORD}), at_alicias.get("/no-existe/")]
    pages += [at_alicias.get(reverse("public:applications"))]
    for answer in pages:
        told = card(Page(answer))
        assert "Alicia Muñoz Paz CC1020304050-890303841" in told
        assert "SECURITYADMIN - IHCE IPS" in told
        assert "1900100001 - CLÍNICA LOS ALISOS : Cauca-POPAYÁN NIT 890303841-8" in told


def test_an_officials_card_stands_on_every_page(at_betos: Client, waiting: Request) -> None:
    names = [reverse("official:start"), reverse("official:pending"), reverse("official:assign", args=[waiting.id])]
    for address in (*names, "/no-existe/"):
        told = card(Page(at_betos.get(address)))
        assert "Beto Salas Luna CC79888777" in told
        assert "ROL IHCE MSPS" in told
        assert "MINISTERIO DE SALUD NIT 900474727-4" in told


def test_a_visitor_has_no_card(visitor: Client) -> None:
    for address in ("/", "/registro/", "/ingresar/", "/no-existe/"):
        assert not Page(visitor.get(address)).all("section", class_="identity-card")


def test_the_way_here_is_shown_on_every_page_but_the_start(
    at_alicias: Client, at_carlas: Client, at_betos: Client, visitor: Client, assigned: Request
) -> None:
    credential = Credential.objects.filter(request=assigned).first()
    assert credential
    ways = {
        (at_alicias, reverse("delegate:start")): [],
        (at_betos, reverse("official:start")): [],
        (visitor, reverse("public:home")): [],
        (at_alicias, reverse("delegate:choose_provider")): ["Inicio", "Elegir prestador"],
        (at_carlas, reverse("delegate:request")): ["Inicio", "Inscripción token"],
        (at_alicias, reverse("delegate:keys")): ["Inicio", "Inscripción token"],
        (at_alicias, reverse("delegate:reveal", args=[credential.id])): [
            "Inicio",
            "Inscripción token",
            "Mostrar llaves",
        ],
        (at_betos, reverse("official:pending")): ["Inicio", "Generar llaves de acceso"],
        (at_betos, reverse("official:undelivered")): ["Inicio", "Avisos no entregados"],
        (at_betos, reverse("official:assign", args=[assigned.id])): [
            "Inicio",
            "Generar llaves de acceso",
            "Ingresar Info",
        ],
        (visitor, reverse("login")): ["Inicio", "Ingresar"],
        (visitor, reverse("public:register_delegate")): [
            "Inicio",
            "Registro de Usuarios",
            "IHCE",
            "Delegado Administrativo",
        ],
    }
    for (client, address), way in ways.items():
        assert crumbs(Page(client.get(address))) == way, address


def test_every_step_of_the_way_leads_to_a_page(at_alicias: Client, at_betos: Client, waiting: Request) -> None:
    for client, address in (
        (at_alicias, reverse("delegate:keys")),
        (at_betos, reverse("official:assign", args=[waiting.id])),
        (Client(), reverse("public:register_delegate")),
    ):
        trail = Page(client.get(address)).one("nav", class_="breadcrumb")
        links = [str(dict(link.attributes)["href"]) for link in walk(trail) if link.name == "a"]
        assert links
        assert {client.get(link).status_code for link in links} == {200}


def test_the_menu_is_the_roles_and_marks_where_one_is(at_alicias: Client, at_betos: Client, waiting: Request) -> None:
    officials = ["Inicio", "Generar llaves de acceso", "Prestadores", "Avisos no entregados", "Mi cuenta"]
    menus = {
        (at_alicias, reverse("delegate:keys")): (["Inicio", "Inscripción token", "Mi cuenta"], "Inscripción token"),
        (at_betos, reverse("official:assign", args=[waiting.id])): (officials, "Generar llaves de acceso"),
        (at_betos, reverse("official:undelivered")): (officials, "Avisos no entregados"),
        (at_betos, reverse("official:start")): (officials, "Inicio"),
    }
    for (client, address), (labels, current) in menus.items():
        links = Page(client.get(address)).all("a", class_="menu__link")
        assert [text_of(link) for link in links] == labels
        assert [text_of(link) for link in links if dict(link.attributes).get("aria-current")] == [current]


def test_the_delegates_start_says_how_the_request_stands(
    at_alicias: Client, at_carlas: Client, waiting: Request
) -> None:
    assert "Token solicitados por primera vez" in Page(at_alicias.get(reverse("delegate:start"))).text
    assert "Token" not in Page(at_carlas.get(reverse("delegate:start"))).text


def test_the_delegates_start_says_when_the_keys_are_there(at_alicias: Client, assigned: Request) -> None:
    text = Page(at_alicias.get(reverse("delegate:start"))).text
    assert "Token asignados por primera vez" in text
    assert "Token solicitados" not in text


def test_the_officials_start_says_what_waits(at_betos: Client, alicia: Member, now: datetime) -> None:
    address = reverse("official:start")
    assert "No hay solicitudes pendientes" in Page(at_betos.get(address)).text
    Request.objects.create(
        provider_id=alicia.provider.id,  # type: ignore[union-attr]
        kind="por primera vez",
        state="solicitado",
        requested_at=now,
        requested_by=alicia.account(now),
    )
    text = Page(at_betos.get(address)).text
    assert "Una solicitud espera su asignación" in text
    assert "1900100001 - CLÍNICA LOS ALISOS : Cauca-POPAYÁN" in text


def test_the_catalogue_offers_several_systems_and_says_which_are_elsewhere(visitor: Client) -> None:
    page = Page(visitor.get(reverse("public:applications")))
    links = {text_of(link): str(dict(link.attributes)["href"]) for link in walk(page.one("main")) if link.name == "a"}
    assert len(links) == len(applications()) > 1
    assert links["IHCE – Administración de Llaves de acceso"] == reverse("public:user_types", args=["ihce"])
    others = {label: href for label, href in links.items() if href.startswith("https://")}
    assert len(others) == len(links) - 1
    assert all("sitio externo" in label for label in others)


def test_ihce_offers_the_two_user_types_of_the_manual(visitor: Client) -> None:
    page = Page(visitor.get(reverse("public:user_types", args=["ihce"])))
    links = {text_of(link): str(dict(link.attributes)["href"]) for link in walk(page.one("main")) if link.name == "a"}
    assert links == {
        "Delegado Administrativo": reverse("public:register_delegate"),
        "Otro Usuario": reverse("public:register_other_user"),
    }


@pytest.fixture
def second(alicia: Member, carla: Member, now: datetime) -> Member:
    """Alicia, delegated by Carla's hospital too."""
    Delegation.objects.create(person=alicia.person, organization=carla.organization, starts_on="2020-01-01")
    return replace(alicia, organization=carla.organization, provider=carla.provider)


def test_a_person_with_several_users_is_told_which_one_he_is_in_and_how_to_change(
    at_alicias: Client, second: Member, now: datetime
) -> None:
    second.account(now)
    page = Page(at_alicias.get(reverse("delegate:start")))
    assert "Usuario 1 de 2" in card(page)
    told = text_of(page.one("section", class_="other-accounts"))
    assert "Ingresó con CC1020304050-890303841" in told
    assert "CC1020304050-891580002 HOSPITAL LA CEIBA E.S.E." in told
    assert "cierre la sesión e ingrese con ese login" in told
    assert "Usuario 2 de 2" in card(Page(force(second, now).get(reverse("delegate:keys"), follow=True)))


def test_an_official_who_is_a_delegate_too_is_told_so(at_betos: Client, beto: Member, now: datetime) -> None:
    Organization.objects.create(nit=beto.person.document_number, name="BETO SALAS", is_natural_person=True)
    own = replace(beto, organization=Organization.objects.get(name="BETO SALAS"), role=Role.DELEGATE)
    own.account(now)
    page = Page(at_betos.get(reverse("official:start")))
    assert "Usuario 1 de 2" in card(page)
    assert "CC79888777-79888777 BETO SALAS" in text_of(page.one("section", class_="other-accounts"))


@pytest.mark.parametrize("change", ["suspended", "not activated", "delegation ended"])
def test_a_user_that_cannot_be_used_is_not_offered(
    at_alicias: Client, second: Member, now: datetime, change: str
) -> None:
    own = Account.objects.filter(id=second.account(now).id)
    match change:
        case "suspended":
            own.update(suspended_at=now)
        case "not activated":
            own.update(activated_at=None)
        case _:
            Delegation.objects.filter(person=second.person, starts_on="2020-01-01").update(ends_on="2020-02-01")
    page = Page(at_alicias.get(reverse("delegate:start")))
    assert "Usuario 1" not in card(page)
    assert not page.all("section", class_="other-accounts")


def test_nobody_elses_users_are_shown(at_alicias: Client, carla: Member, now: datetime) -> None:
    carla.account(now)
    page = Page(at_alicias.get(reverse("delegate:start")))
    assert carla.login not in page.html
    assert "Usuario 1" not in card(page)


@pytest.mark.parametrize("name", ["<b>Alicia</b>", "{{ 7|add:7 }}", "\"'><img src=x onerror=alert(1)>"])
def test_a_persons_name_cannot_break_out_of_the_card(at_alicias: Client, alicia: Member, name: str) -> None:
    account = Account.objects.get(login=alicia.login)
    account.person.name = name
    account.person.save()
    assert name in card(Page(at_alicias.get(reverse("delegate:start"))))


def test_the_portal_says_that_it_is_in_service(visitor: Client) -> None:
    answer = visitor.get("/salud")
    assert answer.status_code == 200
    assert answer.json() == {"estado": "en servicio"}
