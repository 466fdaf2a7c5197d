"""Paso 1 – Solicitud de llaves de acceso (imagen 13 and 14), and which provider it is for."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.credentials.models import Credential, Request
from llaves.identity.models import Acceptance
from llaves.providers.models import Delegation, Provider
from tests import people
from tests.people import Member
from tests.web.doors import Page, box, everything, force, letters, published, text_of

STEP_1 = "delegate:request"
STEP_2 = "delegate:keys"
GOOD = {
    "vendor_name": "Sistemas del Sur S.A.S.",
    "software_name": "HISUR 4",
    "lead_name": "Lina Torres",
    "lead_email": "lina.torres@hospital.example",
    "lead_phone": "3001234567",
    "protection_officer_name": "Pedro Gil",
    "protection_officer_phone": "6028234567",
    "terms": box("terminos"),
    "personal_data": box("datos-personales"),
}
TEXTS = [name for name in GOOD if name not in {"terms", "personal_data"}]


@pytest.fixture
def second(alicia: Member, now: datetime) -> Provider:
    """Another provider of Alicia's organization."""
    return people.provider(alicia.organization, "1900100002", "ALISOS NORTE", now)


def test_a_request_is_made_and_shown(at_alicias: Client, alicia: Member) -> None:
    answer = at_alicias.post(reverse(STEP_1), GOOD)
    assert (answer.status_code, answer.url) == (302, reverse(STEP_2))
    page = Page(at_alicias.get(answer.url))
    row = [text_of(cell) for cell in page.all("td")]
    assert row[1] == "Token solicitados por primera vez"
    assert row[2:] == ["HISUR 4 (Sistemas del Sur S.A.S.)", "Alicia Muñoz Paz"]
    assert text_of(page.one("h2")) == "Paso 2 – Visualización de las llaves"
    assert "Espere a que le asigne las llaves" in page.text


def test_what_is_kept_is_what_was_typed_and_whose_it_is(at_alicias: Client, alicia: Member) -> None:
    at_alicias.post(reverse(STEP_1), GOOD)
    request = Request.objects.get()
    assert {name: getattr(request, name) for name in TEXTS} == {name: GOOD[name] for name in TEXTS}
    assert request.provider == alicia.provider
    assert request.requested_by.login == alicia.login
    event = Event.objects.get()
    assert (event.name, event.actor, event.provider, event.nit) == (
        "credentials.request.made",
        alicia.login,
        "1900100001",
        "890303841",
    )
    kinds = set(Acceptance.objects.values_list("agreement__kind", flat=True))
    assert kinds == {"confidencialidad", "terminos", "datos-personales"}


def test_the_ministry_and_those_who_were_named_are_told(
    at_alicias: Client, beto: Member, carla: Member, now: datetime
) -> None:
    beto.account(now)
    carla.account(now)
    at_alicias.post(reverse(STEP_1), GOOD)
    sent = {letter.to[0]: letter for letter in letters(now)}
    assert sent.keys() == {"beto@ministerio.example", "lina.torres@hospital.example", "alicia@hospital.example"}
    told = sent["beto@ministerio.example"]
    assert "1900100001 - CLÍNICA LOS ALISOS : Cauca-POPAYÁN" in told.body
    assert "Token solicitados por primera vez" in told.body
    assert "3001234567" not in told.body


def test_the_ministry_sees_it_on_its_own_start_page(at_alicias: Client, at_betos: Client) -> None:
    at_alicias.post(reverse(STEP_1), GOOD)
    assert "Una solicitud espera" in Page(at_betos.get(reverse("official:start"))).text


@pytest.mark.parametrize("field", GOOD)
def test_an_empty_field_says_so_beside_itself_and_the_rest_is_kept(at_alicias: Client, field: str) -> None:
    before = everything()
    sent = {name: value for name, value in GOOD.items() if name != field}
    answer = at_alicias.post(reverse(STEP_1), sent)
    assert answer.status_code == 422
    shown = Page(answer)
    reasons = {"terms": "debe aceptar los términos", "personal_data": "Sin la autorización"}
    assert reasons.get(field, "Escriba el ") in shown.error_beside(field)
    for other, value in sent.items():
        assert not shown.error_beside(other)
        assert shown.is_checked(other) if other in {"terms", "personal_data"} else shown.value(other) == value
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("vendor_name", "S", "2 caracteres"),
        ("software_name", "x" * 121, "120 caracteres"),
        ("lead_name", "  \u00a0 ", "Escriba el nombre"),
        ("lead_name", "Lina\0", "caracteres nulos"),
        ("lead_email", "lina", "Escriba un correo completo"),
        ("lead_email", "lina@hospital", "Escriba un correo completo"),
        ("lead_email", "lina@hospital.example\nBcc: x@y.example", "Escriba un correo completo"),
        ("lead_email", "lina@hospital.example, x@y.example", "Escriba un correo completo"),
        ("lead_phone", "300123456", "diez dígitos"),
        ("lead_phone", "6038234567", "diez dígitos"),
        ("lead_phone", "+1 300 123 4567", "diez dígitos"),
        ("protection_officer_phone", "٣٠٠١٢٣٤٥٦٧", "diez dígitos"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_kept(at_alicias: Client, field: str, typed: str, said: str) -> None:
    before = everything()
    answer = at_alicias.post(reverse(STEP_1), {**GOOD, field: typed})
    assert answer.status_code == 422
    shown = Page(answer)
    assert said in shown.error_beside(field)
    assert shown.value(field).split() == typed.replace("\0", "\ufffd").split() or "\0" in typed
    assert everything() == before


@pytest.mark.parametrize("typed", ["+57 300 123 4567", "300-123-4567", "(300) 123 4567", "0057 3001234567"])
def test_a_telephone_is_read_however_it_is_written(at_alicias: Client, typed: str) -> None:
    assert at_alicias.post(reverse(STEP_1), {**GOOD, "lead_phone": typed}).status_code == 302
    assert Request.objects.get().lead_phone == "3001234567"


def test_what_was_typed_cannot_break_out_of_the_pages(at_alicias: Client, at_betos: Client) -> None:
    attack = "<script>alert(1)</script>"
    at_alicias.post(reverse(STEP_1), {**GOOD, "software_name": attack, "lead_name": attack})
    assign = reverse("official:assign", args=[Request.objects.get().id])
    for answer in (at_alicias.get(reverse(STEP_2)), at_betos.get(assign)):
        assert "<script>alert" not in answer.content.decode()
        assert attack in Page(answer).text.replace(" ", "")


def test_a_line_break_in_a_name_cannot_add_a_header_to_a_letter(at_alicias: Client, now: datetime) -> None:
    Provider.objects.update(name="CLÍNICA\r\nBcc: todos@elsewhere.example")
    assert at_alicias.post(reverse(STEP_1), GOOD).status_code == 302
    for letter in letters(now):
        assert "\n" not in letter.subject
        assert letter.message()["Bcc"] is None


def test_sent_twice_it_is_one_request(at_alicias: Client) -> None:
    for _ in range(2):
        assert at_alicias.post(reverse(STEP_1), GOOD).url == reverse(STEP_2)
    assert Request.objects.count() == 1
    assert Event.objects.filter(name="credentials.request.made").count() == 1


def test_after_the_keys_are_assigned_there_is_no_second_first_time(at_alicias: Client, assigned: Request) -> None:
    before = everything()
    assert at_alicias.post(reverse(STEP_1), GOOD).url == reverse(STEP_2)
    assert everything() == before


def test_the_page_numbers_its_step_and_has_the_manuals_button(at_alicias: Client) -> None:
    page = Page(at_alicias.get(reverse(STEP_1)))
    current = [step for step in page.all("li", class_="stepper__step") if dict(step.attributes).get("aria-current")]
    assert [text_of(step) for step in current] == ["Paso 1 Solicitud de llaves de acceso"]
    assert "Generar llaves de acceso" in [text_of(button) for button in page.all("button")]


def test_a_delegate_of_several_providers_must_choose_one(at_alicias: Client, second: Provider) -> None:
    for name in ("start", "token", "request", "keys"):
        assert at_alicias.get(reverse(f"delegate:{name}")).url == reverse("delegate:choose_provider")
    before = everything()
    assert at_alicias.post(reverse(STEP_1), GOOD).url == reverse("delegate:choose_provider")
    assert everything() == before


def test_whoever_chooses_none_is_told_to_and_has_none_to_change_yet(at_alicias: Client, second: Provider) -> None:
    answer = at_alicias.post(reverse("delegate:choose_provider"), {})
    page = Page(answer)
    assert answer.status_code == 422
    assert "Seleccione el prestador con el que va a trabajar." in page.error_beside("provider")
    assert "Cambiar de prestador" not in page.text


def test_the_chosen_one_is_in_the_card_and_gets_the_request(at_alicias: Client, second: Provider) -> None:
    answer = at_alicias.post(reverse("delegate:choose_provider"), {"provider": second.code})
    assert (answer.status_code, answer.url) == (302, reverse("delegate:start"))
    assert second.label in text_of(Page(at_alicias.get(answer.url)).one("section", class_="identity-card"))
    event = Event.objects.get()
    assert (event.name, event.provider) == ("identity.provider.chosen", second.code)
    at_alicias.post(reverse(STEP_1), GOOD)
    assert Request.objects.get().provider == second


def test_each_provider_has_a_request_of_its_own(at_alicias: Client, second: Provider) -> None:
    for code in ("1900100001", second.code):
        at_alicias.post(reverse("delegate:choose_provider"), {"provider": code})
        at_alicias.post(reverse(STEP_1), GOOD)
    assert set(Request.objects.values_list("provider__code", flat=True)) == {"1900100001", second.code}


def test_what_is_the_chosen_ones_is_not_to_be_had_while_working_with_the_other(
    at_alicias: Client, assigned: Request, second: Provider
) -> None:
    credential = Credential.objects.filter(request=assigned).first()
    assert credential
    at_alicias.post(reverse("delegate:choose_provider"), {"provider": second.code})
    assert at_alicias.get(reverse("delegate:reveal", args=[credential.id])).status_code == 404
    assert at_alicias.get(reverse(STEP_2)).url == reverse(STEP_1)


@pytest.mark.parametrize("code", ["0500100007", "", "1900100009", "' OR 1=1 --", "\0"])
def test_another_organizations_provider_cannot_be_chosen(
    at_alicias: Client, second: Provider, carla: Member, code: str
) -> None:
    before = everything()
    answer = at_alicias.post(reverse("delegate:choose_provider"), {"provider": code})
    assert answer.status_code == 422
    assert Page(answer).error_beside("provider")
    assert "LA CEIBA" not in answer.content.decode()
    assert everything() == before


def test_a_choice_is_worth_nothing_once_the_provider_is_elsewhere(
    at_alicias: Client, second: Provider, carla: Member, now: datetime
) -> None:
    people.provider(second.organization, "1900100003", "ALISOS SUR", now)
    at_alicias.post(reverse("delegate:choose_provider"), {"provider": second.code})
    Provider.objects.filter(id=second.id).update(organization=carla.organization)
    assert at_alicias.get(reverse("delegate:start")).url == reverse("delegate:choose_provider")


def test_a_disabled_provider_can_ask_for_nothing(at_alicias: Client) -> None:
    Provider.objects.update(is_enabled=False)
    for name in ("start", "token", "request", "keys"):
        assert at_alicias.get(reverse(f"delegate:{name}")).url == reverse("delegate:choose_provider")
    page = Page(at_alicias.get(reverse("delegate:choose_provider")))
    assert "ningún prestador de su entidad está habilitado" in page.text
    assert not page.all("input", name="provider")
    before = everything()
    at_alicias.post(reverse(STEP_1), GOOD)
    at_alicias.post(reverse("delegate:choose_provider"), {"provider": "1900100001"})
    assert everything() == before


def test_a_second_delegate_of_the_entity_sees_the_request_of_the_first(
    waiting: Request, alicia: Member, now: datetime
) -> None:
    colleague = people.delegate("52111333", "Diana Mora Sol", "899999063", "1900100077", "OTRA", now)
    Delegation.objects.create(
        person=colleague.person, organization=alicia.organization, starts_on=timezone.localdate(now)
    )
    same_entity = Member(colleague.person, alicia.organization, alicia.provider, alicia.role)
    page = Page(force(same_entity, now).get(reverse(STEP_2)))
    assert "Alicia Muñoz Paz" in page.text


@pytest.mark.parametrize(("field", "kind"), [("terms", "terminos"), ("personal_data", "datos-personales")])
def test_a_text_that_changed_while_the_form_was_filled_in_is_shown_and_asked_for_again(
    at_alicias: Client, field: str, kind: str
) -> None:
    published(kind, "Versión dos, recién publicada.")
    before = everything()
    answer = at_alicias.post(reverse(STEP_1), GOOD)
    shown = Page(answer)
    assert answer.status_code == 422
    assert "El texto cambió" in shown.error_beside(field)
    assert "Versión dos, recién publicada." in shown.text
    assert not shown.is_checked(field)
    assert {name: shown.value(name) for name in TEXTS} == {name: GOOD[name] for name in TEXTS}
    assert everything() == before
    assert at_alicias.post(reverse(STEP_1), {**GOOD, field: shown.value(field)}).status_code == 302
    kept = Acceptance.objects.get(agreement__kind=kind)
    assert (kept.agreement.version, kept.sha256) == (2, shown.value(field))
