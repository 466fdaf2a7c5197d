"""The activation: a link from a letter, opened by people and by mail scanners, spent by a password."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.identity import actions
from llaves.identity.agreements import AgreementKind
from llaves.identity.models import Account, SingleUseLink
from llaves.identity.queries import current_agreement
from llaves.identity.roles import Role
from llaves.notifications.links import token_for
from llaves.notifications.models import Notice
from tests import people
from tests.people import PASSWORD, VISITOR, Member
from tests.web.doors import Page, box, everything, letters, log_in, published, text_of

GOOD = {"password": PASSWORD, "repeated": PASSWORD}
SPENT = "Este enlace ya no sirve"


@pytest.fixture
def account(alicia: Member, now: datetime) -> Account:
    """Registered, not yet activated."""
    return actions.register(
        role=Role.DELEGATE,
        document_type="CC",
        document_number="1020304050",
        nit="890303841",
        accepts=[current_agreement(AgreementKind.CONFIDENTIALITY)],
        by=VISITOR,
        at=now,
    )


@pytest.fixture
def link(account: Account) -> SingleUseLink:
    return SingleUseLink.objects.get(account=account)


def address(link: SingleUseLink, token: str = "") -> str:
    return reverse("public:activate", args=[link.id, token or token_for(link.id)])


def test_the_letters_own_address_sets_the_password_and_lets_its_owner_in(
    visitor: Client, link: SingleUseLink, now: datetime
) -> None:
    (letter,) = letters(now)
    sent = next(line for line in letter.body.splitlines() if "/activacion/" in line)
    path = sent.removeprefix("http://localhost:8000")
    assert "CC1020304050-890303841" in Page(visitor.get(path)).text
    answer = visitor.post(path, GOOD)
    assert (answer.status_code, answer.url) == (302, reverse("public:activated"))
    assert log_in(visitor, "CC1020304050-890303841").status_code == 302


def test_activating_leaves_its_event_and_a_letter_without_the_password(
    visitor: Client, link: SingleUseLink, now: datetime
) -> None:
    visitor.post(address(link), GOOD)
    event = Event.objects.get(name="identity.account.activated")
    assert event.details == {"login": "CC1020304050-890303841"}
    assert event.address == "127.0.0.1"
    kept = str(list(Event.objects.values())) + str(list(Notice.objects.values())) + str(list(Account.objects.values()))
    assert PASSWORD not in kept
    letter = letters(now)[-1]
    assert letter.to == ["alicia@hospital.example"]
    assert PASSWORD not in letter.body


def test_looking_any_number_of_times_spends_nothing(visitor: Client, link: SingleUseLink) -> None:
    before = everything()
    for _ in range(5):
        assert visitor.get(address(link), headers={"purpose": "prefetch"}).status_code == 200
        visitor.head(address(link))
        visitor.options(address(link))
        assert Client().get(address(link)).status_code == 200
    assert everything() == before
    assert visitor.post(address(link), GOOD).status_code == 302


def test_it_serves_once(visitor: Client, link: SingleUseLink) -> None:
    visitor.post(address(link), GOOD)
    before = everything()
    other = {"password": "otra-clave-larga-9", "repeated": "otra-clave-larga-9"}
    for answer in (visitor.post(address(link), other), visitor.get(address(link))):
        assert answer.status_code == 410
        assert SPENT in Page(answer).text
    assert everything() == before


@pytest.mark.parametrize(("age", "stands"), [(timedelta(hours=71, minutes=59), True), (timedelta(hours=72), False)])
def test_it_serves_for_72_hours(
    visitor: Client, link: SingleUseLink, now: datetime, age: timedelta, *, stands: bool
) -> None:
    SingleUseLink.objects.update(made_at=now - age)
    assert visitor.get(address(link)).status_code == (200 if stands else 410)
    assert visitor.post(address(link), GOOD).status_code == (302 if stands else 410)
    assert (Account.objects.get().activated_at is not None) is stands


def test_a_newer_link_replaces_it(visitor: Client, account: Account, link: SingleUseLink, now: datetime) -> None:
    actions.send_link(account, at=now)
    assert visitor.post(address(link), GOOD).status_code == 410
    newer = SingleUseLink.objects.get(spent_at__isnull=True)
    assert visitor.post(address(newer), GOOD).status_code == 302


def test_a_token_that_is_not_its_own_is_as_good_as_none(
    visitor: Client, account: Account, link: SingleUseLink, now: datetime
) -> None:
    other = SingleUseLink.objects.create(account=account, sent_to=account.person.email, made_at=now)
    right = token_for(link.id)
    wrong = [token_for(other.id), right[:-1], right + "0", right.upper(), "0" * 64, "x", "ñ", "%00", right[:-1] + "é"]
    before = everything()
    for token in wrong:
        where = address(link, "TOKEN").replace("TOKEN", token)
        for answer in (visitor.get(where), visitor.post(where, GOOD)):
            assert answer.status_code == 410, token
            assert "CC1020304050" not in answer.content.decode()
    assert everything() == before


def test_a_link_that_never_was_is_answered_like_one_that_was_spent(visitor: Client, link: SingleUseLink) -> None:
    unknown = UUID(int=7)
    never = visitor.get(reverse("public:activate", args=[unknown, token_for(unknown)]))
    visitor.post(address(link), GOOD)
    spent = visitor.get(address(link))
    assert never.status_code == spent.status_code == 410
    assert never.content == spent.content


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "Este campo es obligatorio"),
        ("corta-7", "por lo menos 12 caracteres"),
        ("password1234", "demasiado común"),
        ("918273645546", "completamente numérica"),
        ("mi-1020304050-clave", "no puede contener su nombre, su documento, su correo ni el NIT"),
        ("clave-CC1020304050-890303841", "no puede contener su nombre"),
        ("el-nit-890.303.841-es", "no puede contener su nombre"),
        ("soy-ALICIA-siempre", "no puede contener su nombre"),
        ("la-senora-Munoz-aqui", "no puede contener su nombre"),
        ("la-señora-Muñoz-aquí", "no puede contener su nombre"),
        ("M.u.ñ.o.z-en-la-casa", "no puede contener su nombre"),
        ("x" * 129, "128 caracteres"),
    ],
)
def test_a_poor_password_is_refused_with_the_reason_beside_it(
    visitor: Client, link: SingleUseLink, password: str, said: str
) -> None:
    before = everything()
    answer = visitor.post(address(link), {"password": password, "repeated": password})
    assert answer.status_code == 422
    shown = Page(answer)
    assert said in shown.error_beside("password")
    assert not password or password not in shown.html
    assert everything() == before


def test_two_different_passwords_are_refused_beside_the_second(visitor: Client, link: SingleUseLink) -> None:
    before = everything()
    answer = visitor.post(address(link), {"password": PASSWORD, "repeated": PASSWORD + " "})
    shown = Page(answer)
    assert "no son iguales" in shown.error_beside("repeated")
    assert not shown.error_beside("password")
    assert PASSWORD not in shown.html
    assert everything() == before


@pytest.mark.parametrize(
    "password", ["  espacios al borde  ", "ñandúes y águilas 7", "😀 emojis también 7", "a" * 6 + "z" * 6]
)
def test_any_long_password_of_ones_own_is_kept_to_the_letter(
    visitor: Client, link: SingleUseLink, password: str
) -> None:
    assert visitor.post(address(link), {"password": password, "repeated": password}).status_code == 302
    assert Account.objects.get().check_password(password)
    assert log_in(visitor, "CC1020304050-890303841", password).status_code == 302


def test_the_rules_are_on_the_page_in_spanish(visitor: Client, link: SingleUseLink) -> None:
    text = Page(visitor.get(address(link))).text
    assert "por lo menos 12 caracteres" in text
    assert "No debe contener su nombre, su documento, su correo ni el NIT" in text


def test_whoever_was_registered_by_another_accepts_the_agreement_himself(visitor: Client, now: datetime) -> None:
    beto = people.beto(now)
    account = actions.register(
        role=Role.OFFICIAL, document_type="CC", document_number="79888777", by=VISITOR, at=timezone.now()
    )
    link = account.links.get()
    address = reverse("public:activate", args=[link.id, token_for(link.id)])
    typed = {"password": PASSWORD, "repeated": PASSWORD}
    refused = visitor.post(address, typed)
    assert "debe aceptar el acuerdo" in Page(refused).error_beside("confidentiality")
    assert not account.acceptances.exists()
    assert visitor.post(address, typed | {"confidentiality": box("confidencialidad")}).status_code == 302
    assert account.acceptances.get().agreement.kind == "confidencialidad"
    assert log_in(visitor, beto.login).status_code == 302


def test_a_text_that_changed_after_the_registration_is_asked_for_with_the_password(
    visitor: Client, link: SingleUseLink
) -> None:
    assert not Page(visitor.get(address(link))).all("input", name="confidentiality")
    published("confidencialidad", "Versión dos")
    refused = visitor.post(address(link), GOOD)
    assert refused.status_code == 422
    shown = Page(refused)
    assert "Versión dos" in text_of(shown.one("div", class_="agreement__text"))
    assert "debe aceptar" in shown.error_beside("confidentiality")
    old = visitor.post(address(link), {**GOOD, "confidentiality": box("confidencialidad")})
    assert "El texto cambió" in Page(old).error_beside("confidentiality")
    assert visitor.post(address(link), {**GOOD, "confidentiality": shown.value("confidentiality")}).status_code == 302
    assert link.account.acceptances.latest("id").agreement.version == 2
