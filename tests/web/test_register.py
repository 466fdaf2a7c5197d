"""The registration (imagen 2–7): a delegate's and another user's."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.identity.models import Acceptance, Account, SingleUseLink
from llaves.notifications.models import Notice
from llaves.providers.documents import MINISTRY_NIT
from llaves.providers.models import Delegation, Organization, Person
from llaves.providers.publishing import publish_table
from llaves.providers.reference import TableName
from tests.people import VISITOR, Member
from tests.web.doors import Page, box, everything, image_code, letters, log_in, proof_of_work, published, text_of, walk

DELEGATE = "public:register_delegate"
OTHER = "public:register_other_user"
ALICIA = {"entity_type": "PSS", "nit": "890303841", "document_type": "CC", "document_number": "1020304050"}
BETO = {"document_type": "CC", "document_number": "79888777"}
ACCEPTED = {"confidentiality": box("confidencialidad")}


def send(client: Client, page: str, **fields: str) -> Any:
    """The form with its image code."""
    opened = client.get(reverse(page))
    return client.post(reverse(page), {**image_code(opened), **ACCEPTED, **fields})


def test_a_delegate_registers_and_sees_the_login_assigned(visitor: Client, alicia: Member) -> None:
    answer = send(visitor, DELEGATE, **ALICIA)
    assert (answer.status_code, answer.url) == (302, reverse("public:registered"))
    summary = Page(visitor.get(answer.url))
    assert text_of(summary.one("strong", class_="summary__key")) == "CC1020304050-890303841"
    for told in ("Delegado Administrativo", "SECURITYADMIN - IHCE IPS", "CLÍNICA LOS ALISOS", "890303841-8"):
        assert told in summary.text
    assert "@" not in summary.text


def test_an_official_registers_as_other_user(visitor: Client, beto: Member) -> None:
    answer = send(visitor, OTHER, **BETO)
    summary = Page(visitor.get(answer.url))
    assert text_of(summary.one("strong", class_="summary__key")) == "CC79888777"
    assert "Otro Usuario" in summary.text
    assert "ROL IHCE MSPS" in summary.text


def test_the_account_cannot_be_used_yet_and_the_agreement_is_kept(visitor: Client, alicia: Member) -> None:
    send(visitor, DELEGATE, **ALICIA)
    account = Account.objects.get()
    assert account.activated_at is None
    assert not account.has_usable_password()
    acceptance = Acceptance.objects.get()
    assert acceptance.agreement.kind == "confidencialidad"
    assert acceptance.sha256 == acceptance.agreement.sha256
    assert acceptance.address == "127.0.0.1"
    assert [event.name for event in Event.objects.all()] == ["identity.account.registered"]


def test_the_letter_goes_to_the_address_of_the_registry_and_no_other(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    send(visitor, DELEGATE, **ALICIA, email="evil@elsewhere.example", recipient="evil@elsewhere.example")
    (letter,) = letters(now)
    assert letter.to == ["alicia@hospital.example"]
    assert letter.cc == letter.bcc == []
    link = SingleUseLink.objects.get()
    assert str(link.id) in letter.body
    assert "CC1020304050-890303841" in letter.body


def test_the_link_rests_in_no_table(visitor: Client, alicia: Member, now: datetime) -> None:
    send(visitor, DELEGATE, **ALICIA)
    kept = (
        str(list(Notice.objects.values()))
        + str(list(Event.objects.values()))
        + str(list(SingleUseLink.objects.values()))
    )
    (letter,) = letters(now)
    token = letter.body.split("/activacion/")[1].split("/")[1]
    assert len(token) == 64
    assert token not in kept


def test_the_summary_is_only_for_the_browser_that_registered(visitor: Client, alicia: Member) -> None:
    send(visitor, DELEGATE, **ALICIA)
    stranger = Client()
    answer = stranger.get(reverse("public:registered"))
    assert (answer.status_code, answer.url) == (302, reverse("public:applications"))


@pytest.mark.parametrize("page", [DELEGATE, OTHER])
def test_every_field_that_is_empty_says_so_beside_itself(visitor: Client, page: str) -> None:
    before = everything()
    answer = visitor.post(reverse(page), {"x": ""})
    assert answer.status_code == 422
    shown = Page(answer)
    fields = ["document_type", "document_number", *(["entity_type", "nit"] if page == DELEGATE else [])]
    for field in fields:
        assert re.search("(Escriba|Seleccione) el ", shown.error_beside(field))
    assert "Escriba el código de la imagen" in shown.error_beside("image_code")
    assert "debe aceptar el acuerdo de confidencialidad" in shown.error_beside("confidentiality")
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("entity_type", "EPS", "no es una de las opciones"),
        ("nit", "abc", "solo dígitos"),
        ("nit", "12", "solo dígitos"),
        ("nit", "0890303841", "solo dígitos"),
        ("nit", "89030384199", "solo dígitos"),
        ("nit", "8903038418", "sin el dígito de verificación: 890303841."),
        ("nit", "890.303.841-8", "sin el dígito de verificación: 890303841."),
        ("document_type", "TI", "no es una de las opciones"),
        ("document_number", "12", "entre 3 y 10 dígitos"),
        ("document_number", "10203040501", "entre 3 y 10 dígitos"),
        ("document_number", "١٠٢٠٣٠٤٠٥٠", "entre 3 y 10 dígitos"),
        ("document_number", "0102030405", "entre 3 y 10 dígitos"),
        ("document_number", "9" * 41, "40 caracteres"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_all_that_was_typed_is_kept(
    visitor: Client, alicia: Member, field: str, typed: str, said: str
) -> None:
    before = everything()
    sent = {**ALICIA, field: typed}
    answer = send(visitor, DELEGATE, **sent)
    assert answer.status_code == 422
    shown = Page(answer)
    assert said in shown.error_beside(field)
    for other in sent.keys() - {field}:
        assert not shown.error_beside(other)
        assert shown.value(other) == sent[other]
    if field not in {"entity_type", "document_type"}:
        assert shown.value(field) == typed
    assert shown.is_checked("confidentiality")
    assert shown.value("image_code_1") == ""
    assert everything() == before


@pytest.mark.parametrize(
    ("nit", "number"),
    [
        ("890.303.841", "1.020.304.050"),
        ("890,303,841", " 1 020 304 050 "),
        ("890-303-841", "1020\u200b304050"),
        ("\u00a0890303841\ufeff", "1020_304_050"),
    ],
)
def test_separators_are_dropped_without_a_word(visitor: Client, alicia: Member, nit: str, number: str) -> None:
    answer = send(visitor, DELEGATE, **{**ALICIA, "nit": nit, "document_number": number})
    assert answer.status_code == 302
    assert Account.objects.get().login == "CC1020304050-890303841"


def test_a_passport_is_read_in_capitals(visitor: Client, alicia: Member) -> None:
    Person.objects.filter(id=alicia.person.id).update(document_type="PA", document_number="AB12345")
    answer = send(visitor, DELEGATE, **{**ALICIA, "document_type": "PA", "document_number": "ab-12345"})
    assert answer.status_code == 302
    assert Account.objects.get().login == "PAAB12345-890303841"


def test_an_entity_that_the_registry_does_not_know_is_told_what_to_do(visitor: Client, alicia: Member) -> None:
    shown = _refused(visitor, nit="800999111")
    assert "no está registrada como organización" in shown.error_beside("nit")
    assert "www.miseguridadsocial.gov.co" in shown.error_beside("nit")


def test_a_person_whom_the_registry_does_not_know_is_told_what_to_do(visitor: Client, alicia: Member) -> None:
    shown = _refused(visitor, document_number="52000001")
    assert "no está registrado como persona natural" in shown.error_beside("document_number")


def test_a_person_of_another_document_type_is_another_person(visitor: Client, alicia: Member) -> None:
    Person.objects.create(document_type="CE", document_number="1020304", name="Otra", email="o@x.example")
    shown = _refused(visitor, document_type="CE", document_number="1020304")
    assert "no lo ha delegado" in shown.error_beside("document_number")


def test_a_person_whom_the_entity_did_not_delegate_is_told_what_to_do(
    visitor: Client, alicia: Member, carla: Member
) -> None:
    shown = _refused(visitor, document_number=carla.person.document_number)
    assert "La entidad no lo ha delegado o su delegación terminó" in shown.error_beside("document_number")


@pytest.mark.parametrize(("starts", "ends"), [(-30, -1), (1, None), (1, 5)])
def test_a_delegation_that_does_not_stand_today_is_told_alike(
    visitor: Client, alicia: Member, starts: int, ends: int | None
) -> None:
    today = timezone.localdate()
    dates = {
        "starts_on": today + timedelta(days=starts),
        "ends_on": None if ends is None else today + timedelta(days=ends),
    }
    Delegation.objects.update(**dates)
    assert "su delegación terminó" in _refused(visitor).error_beside("document_number")


def test_a_delegation_stands_through_its_last_day(visitor: Client, alicia: Member) -> None:
    Delegation.objects.update(ends_on=timezone.localdate())
    assert send(visitor, DELEGATE, **ALICIA).status_code == 302


def test_who_is_active_already_is_sent_to_the_login(visitor: Client, alicia: Member, now: datetime) -> None:
    alicia.account(now)
    said = _refused(visitor).error_beside("document_number")
    assert "Ya existe un usuario activo con el login CC1020304050-890303841" in said


def test_who_registers_twice_keeps_the_login_and_gets_a_fresh_link(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    for _ in range(2):
        assert send(visitor, DELEGATE, **ALICIA).status_code == 302
    assert Account.objects.get().login == "CC1020304050-890303841"
    old, new = SingleUseLink.objects.order_by("made_at")
    assert old.spent_at
    assert new.spent_at is None
    assert [letter.to for letter in letters(now)] == [["alicia@hospital.example"]] * 2


def test_whoever_is_delegated_by_two_entities_gets_two_accounts(visitor: Client, alicia: Member, carla: Member) -> None:
    Delegation.objects.create(
        person=alicia.person, organization=carla.organization, starts_on=timezone.localdate() - timedelta(days=1)
    )
    for nit in ("890303841", "891580002"):
        send(visitor, DELEGATE, **{**ALICIA, "nit": nit})
    assert set(Account.objects.values_list("login", flat=True)) == {"CC1020304050-890303841", "CC1020304050-891580002"}


def test_a_delegate_cannot_register_as_official(visitor: Client, alicia: Member, beto: Member) -> None:
    before = everything()
    sent = {key: ALICIA[key] for key in ("document_type", "document_number")}
    answer = send(visitor, OTHER, **sent, nit="890303841", entity_type="PSS", role="official")
    assert answer.status_code == 422
    assert "regístrese como «Delegado Administrativo»" in Page(answer).error_beside("document_number")
    assert everything() == before


def test_an_official_of_the_ministry_gets_no_provider_by_registering_as_delegate(
    visitor: Client, alicia: Member, beto: Member
) -> None:
    before = everything()
    assert send(visitor, DELEGATE, **{**ALICIA, **BETO}).status_code == 422
    assert everything() == before
    assert send(visitor, DELEGATE, **{**ALICIA, **BETO, "nit": MINISTRY_NIT}).status_code == 302
    assert Account.objects.get().role == "delegate"


def test_nobody_becomes_official_before_the_ministry_is_in_the_registry(visitor: Client, alicia: Member) -> None:
    assert not Organization.objects.filter(nit=MINISTRY_NIT).exists()
    answer = send(visitor, OTHER, document_type="CC", document_number="1020304050")
    assert answer.status_code == 422
    assert not Account.objects.exists()


def test_a_wrong_image_code_is_refused_and_another_image_is_shown(visitor: Client, alicia: Member) -> None:
    before = everything()
    opened = visitor.get(reverse(DELEGATE))
    right = image_code(opened)
    answer = visitor.post(reverse(DELEGATE), {**ALICIA, **ACCEPTED, **right, "image_code_1": "zzzzzz"})
    shown = Page(answer)
    assert "no corresponde a la imagen" in shown.error_beside("image_code")
    assert shown.value("image_code_0") != right["image_code_0"]
    assert everything() == before
    again = visitor.post(reverse(DELEGATE), {**ALICIA, **ACCEPTED, **right})
    assert again.status_code == 422, "an image has one attempt"


def test_an_image_code_serves_once(visitor: Client, alicia: Member) -> None:
    code = image_code(visitor.get(reverse(DELEGATE)))
    assert visitor.post(reverse(DELEGATE), {**ALICIA, **ACCEPTED, **code}).status_code == 302
    assert visitor.post(reverse(DELEGATE), {**ALICIA, **ACCEPTED, **code}).status_code == 422


def test_an_image_code_is_read_whatever_its_case(visitor: Client, alicia: Member) -> None:
    code = image_code(visitor.get(reverse(DELEGATE)))
    typed = {**code, "image_code_1": f" {code['image_code_1'].swapcase()} "}
    assert visitor.post(reverse(DELEGATE), {**ALICIA, **ACCEPTED, **typed}).status_code == 302


def test_the_proof_of_work_serves_instead_of_the_image_and_once(visitor: Client, alicia: Member) -> None:
    opened = visitor.get(reverse(DELEGATE))
    sent = {
        **ALICIA,
        **ACCEPTED,
        "image_code_0": Page(opened).value("image_code_0"),
        "proof_of_work": proof_of_work(opened),
    }
    assert visitor.post(reverse(DELEGATE), sent).status_code == 302
    again = visitor.post(reverse(DELEGATE), sent)
    assert again.status_code == 422
    assert "ya se usó" in Page(again).error_beside("proof_of_work")


@pytest.mark.usefixtures("unhurried")
def test_too_many_registrations_from_one_address_are_told_in_spanish(visitor: Client, alicia: Member) -> None:
    """Each would send Alicia a letter, and take from her the link of the one before."""
    answers = [visitor.post(reverse(DELEGATE), {"x": ""}) for _ in range(31)]
    assert answers[-1].status_code == 429
    assert "Espere un minuto" in Page(answers[-1]).text


def test_what_the_person_is_called_cannot_break_out_of_the_page(visitor: Client, alicia: Member) -> None:
    Organization.objects.filter(id=alicia.organization.id).update(name="<script>alert(1)</script>")
    send(visitor, DELEGATE, **ALICIA)
    summary = visitor.get(reverse("public:registered"))
    assert "<script>alert" not in summary.content.decode()
    assert "&lt;script&gt;" in summary.content.decode()


def test_the_agreement_to_accept_is_on_the_page(visitor: Client) -> None:
    assert "confidencialidad" in text_of(Page(visitor.get(reverse(DELEGATE))).one("div", class_="agreement__text"))


def _refused(visitor: Client, **changed: str) -> Page:
    before = everything()
    sent = {**ALICIA, **changed}
    answer = send(visitor, DELEGATE, **sent)
    assert answer.status_code == 422
    shown = Page(answer)
    assert {name: shown.value(name) for name in sent} == sent
    assert everything() == before
    return shown


def test_a_text_that_changed_while_the_form_was_filled_in_is_shown_and_asked_for_again(
    visitor: Client, alicia: Member
) -> None:
    opened = visitor.get(reverse(DELEGATE))
    published("confidencialidad", "ACUERDO\nVersión dos")
    before = everything()
    answer = visitor.post(reverse(DELEGATE), {**image_code(opened), **ALICIA, **ACCEPTED})
    shown = Page(answer)
    assert answer.status_code == 422
    assert "El texto cambió" in shown.error_beside("confidentiality")
    assert "Versión dos" in text_of(shown.one("div", class_="agreement__text"))
    assert not shown.is_checked("confidentiality")
    assert everything() == before
    again = {**image_code(answer), **ALICIA, "confidentiality": shown.value("confidentiality")}
    assert visitor.post(reverse(DELEGATE), again).status_code == 302
    kept = Acceptance.objects.get()
    assert (kept.agreement.version, kept.sha256) == (2, shown.value("confidentiality"))


def test_who_is_active_already_is_offered_the_login_and_the_recovery(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    alicia.account(now)
    ways = [str(dict(link.attributes)["href"]) for link in walk(_refused(visitor).one("form")) if link.name == "a"]
    assert {reverse("login"), reverse("public:recover")} <= set(ways)


def test_other_refusals_offer_no_recovery(visitor: Client, alicia: Member, now: datetime) -> None:
    alicia.account(now)
    Account.objects.update(suspended_at=now)
    page = _refused(visitor)
    assert "El usuario está suspendido" in page.error_beside("document_number")
    assert reverse("public:recover") not in page.html


def test_the_summary_shows_the_entity_type_that_was_chosen(visitor: Client, alicia: Member) -> None:
    answer = send(visitor, DELEGATE, **ALICIA)
    assert Account.objects.get().entity_type == "PSS"
    text = Page(visitor.get(answer.url)).text
    assert "Entidades Prestadoras de Servicios de Salud PSS" in text
    assert "Cédula de ciudadanía 1020304050" in text


def test_the_form_offers_what_is_in_force_and_refuses_what_was_withdrawn(
    visitor: Client, alicia: Member, now: datetime
) -> None:
    passport = {"code": "PA", "alphabet": "letters-and-digits", "label": "Pasaporte", "shape": "3 a 16"}
    card = {"code": "CC", "alphabet": "digits", "label": "Cédula", "shape": "3 a 10 dígitos"}
    lengths = {"shortest": 3, "longest": 16, "leading_zero": False}
    Person.objects.filter(id=alicia.person.id).update(document_type="PA")
    offered = {**ALICIA, "document_type": "PA"}
    assert send(visitor, DELEGATE, **offered).status_code == 302
    content = json.dumps([{**card, **lengths}]).encode()
    publish_table(name=TableName.DOCUMENT_TYPES, content=content, by=VISITOR, at=now)
    options = Page(visitor.get(reverse(DELEGATE))).all("option")
    assert [text_of(o) for o in options] == [
        "Seleccione",
        "Entidades Prestadoras de Servicios de Salud PSS",
        "Seleccione",
        "Cédula",
    ]
    refused = send(visitor, DELEGATE, **offered)
    assert refused.status_code == 422
    assert "no es una de las opciones" in Page(refused).error_beside("document_type")
    content = json.dumps([{**card, **lengths}, {**passport, **lengths}]).encode()
    publish_table(name=TableName.DOCUMENT_TYPES, content=content, by=VISITOR, at=now)
    assert send(visitor, DELEGATE, **offered).status_code == 302


def test_whoever_has_a_withdrawn_type_still_logs_in(visitor: Client, alicia: Member, now: datetime) -> None:
    Person.objects.filter(id=alicia.person.id).update(document_type="PA")
    login = alicia.account(now).login
    rule = {"code": "CC", "alphabet": "digits", "label": "Cédula", "shape": "x", "leading_zero": False}
    content = json.dumps([{**rule, "shortest": 3, "longest": 10}]).encode()
    publish_table(name=TableName.DOCUMENT_TYPES, content=content, by=VISITOR, at=now)
    assert log_in(visitor, login).url == reverse("start")
    assert visitor.get(reverse("delegate:start")).status_code == 200


def test_the_form_costs_one_query_more_than_its_texts(visitor: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # the image code, the agreement, the tables
        visitor.get(reverse(DELEGATE))
