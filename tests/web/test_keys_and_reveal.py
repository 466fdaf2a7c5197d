"""Paso 2 – Visualización de las llaves (imagen 15): masked, and shown to the delegate who proves who he is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.credentials.models import Client as EntraClient
from llaves.credentials.models import Credential, Request
from llaves.credentials.pairs import PairEntered
from llaves.notifications.models import Notice
from llaves.providers.models import Delegation
from llaves.vault.models import SealedSecret
from tests import people
from tests.people import PASSWORD, Member
from tests.web.doors import Page, everything, force, letters, text_of

KEYS = "delegate:keys"
ENVIRONMENTS = ("desarrollo", "preproduccion", "produccion")


@pytest.fixture
def entered(now: datetime) -> dict[str, PairEntered]:
    """What Beto entered for Alicia."""
    return people.pairs(timezone.localdate(now))


@pytest.fixture
def credentials(assigned: Request) -> dict[str, Credential]:
    found = Credential.objects.filter(request=assigned).select_related("client__environment")
    return {credential.client.environment.code: credential for credential in found}


def address(credential: Credential) -> str:
    return reverse("delegate:reveal", args=[credential.id])


def opened() -> list[Event]:
    return list(Event.objects.filter(name="vault.secret.opened").order_by("id"))


def secrets(entered: dict[str, PairEntered]) -> Iterator[str]:
    """Each secret, or the beginning that gives it away."""
    for pair in entered.values():
        yield from (pair.client_secret[:12], pair.subscription_key)


def hides(answer: Any, entered: dict[str, PairEntered]) -> bool:
    """Whether neither the body nor the headers hold a secret, or the beginning of one."""
    told = answer.content.decode() + str(answer.headers)
    return not any(secret in told for secret in secrets(entered))


def test_the_page_of_keys_shows_everything_but_the_values(
    at_alicias: Client, assigned: Request, entered: dict[str, PairEntered]
) -> None:
    answer = at_alicias.get(reverse(KEYS))
    page = Page(answer)
    assert "Token asignados por primera vez" in [text_of(cell) for cell in page.all("td")]
    headings = [text_of(heading) for heading in page.all("h3")]
    assert headings == ["Desarrollo", "Preproducción", "Producción"]
    assert text_of(page.one("h2")) == "Paso 2 – Visualización de las llaves"
    assert page.text.count("Oculto") == 9
    assert hides(answer, entered)
    assert not any(str(pair.client_id) in page.html for pair in entered.values())


def test_a_secret_is_on_no_page_before_it_is_revealed(
    at_alicias: Client,
    at_betos: Client,
    assigned: Request,
    credentials: dict[str, Credential],
    entered: dict[str, PairEntered],
) -> None:
    alicias = [reverse(f"delegate:{name}") for name in ("start", "choose_provider", "keys")]
    alicias += [address(credential) for credential in credentials.values()]
    betos = [reverse("official:start"), reverse("official:pending")]
    betos += [reverse(f"official:{name}", args=[assigned.id]) for name in ("assign", "assigned")]
    for client, where in [*((at_alicias, a) for a in alicias), *((at_betos, b) for b in betos)]:
        assert hides(client.get(where), entered), where
    assert not opened()


def test_no_keys_are_shown_before_they_are_assigned(at_alicias: Client, waiting: Request) -> None:
    page = Page(at_alicias.get(reverse(KEYS)))
    assert "Token solicitados por primera vez" in page.text
    assert not page.all("section", class_="environment")
    assert "Espere a que le asigne las llaves" in page.text


def test_secrets_rest_nowhere_in_the_clear(assigned: Request, entered: dict[str, PairEntered], now: datetime) -> None:
    sent = [letter.body + letter.subject for letter in letters(now)]
    assert sent
    rows: list[Any] = [
        list(model.objects.values()) for model in (SealedSecret, Credential, EntraClient, Request, Event, Notice)
    ]
    told = str(rows) + str(sent)
    assert not any(secret in told for secret in secrets(entered))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_right_password_shows_what_was_entered_for_that_environment_and_no_other(
    at_alicias: Client, credentials: dict[str, Credential], entered: dict[str, PairEntered], environment: str
) -> None:
    answer = at_alicias.post(address(credentials[environment]), {"password": PASSWORD})
    assert answer.status_code == 200
    page, pair = Page(answer), entered[environment]
    assert text_of(page.one("code", id="client-id")) == str(pair.client_id)
    assert text_of(page.one("code", id="client-secret")) == pair.client_secret
    assert text_of(page.one("code", id="subscription-key")) == pair.subscription_key
    assert pair.expires_on.strftime("%d/%m/%Y") in page.text
    assert hides(answer, {code: other for code, other in entered.items() if code != environment})


def test_what_is_shown_has_a_button_to_copy_each_value_and_a_minute(
    at_alicias: Client, credentials: dict[str, Credential]
) -> None:
    page = Page(at_alicias.post(address(credentials["produccion"]), {"password": PASSWORD}))
    copies = [dict(button.attributes).get("data-copies") for button in page.all("button", class_="secret__copy")]
    assert copies == ["client-id", "client-secret", "subscription-key"]
    timer = dict(page.one("div", class_="secret-timer").attributes)
    assert (timer["data-hide-after"], timer["data-hide-url"]) == ("60", reverse(KEYS))


def test_what_is_shown_is_kept_by_no_cache(at_alicias: Client, credentials: dict[str, Credential]) -> None:
    answer = at_alicias.post(address(credentials["produccion"]), {"password": PASSWORD})
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert "ETag" not in answer.headers


def test_each_opening_of_each_secret_leaves_its_event(
    at_alicias: Client, alicia: Member, credentials: dict[str, Credential]
) -> None:
    for times in (1, 2):
        at_alicias.post(address(credentials["produccion"]), {"password": PASSWORD})
        assert len(opened()) == 2 * times
    for event in opened():
        assert (event.actor, event.provider, event.address) == (alicia.login, "1900100001", "127.0.0.1")
        assert event.details["environment"] == "produccion"
        assert event.details["credential"] == str(credentials["produccion"].id)
    assert {event.details["content"] for event in opened()} == {"client_secret", "subscription_key"}


def test_opening_the_page_asks_for_the_password_and_shows_nothing(
    at_alicias: Client, credentials: dict[str, Credential], entered: dict[str, PairEntered]
) -> None:
    at_alicias.post(address(credentials["produccion"]), {"password": PASSWORD})
    before = everything()
    answer = at_alicias.get(address(credentials["produccion"]))
    assert answer.status_code == 200
    assert Page(answer).all("input", name="password")
    assert hides(answer, entered)
    assert everything() == before


def test_proving_it_once_does_not_open_the_next(
    at_alicias: Client, credentials: dict[str, Credential], entered: dict[str, PairEntered]
) -> None:
    at_alicias.post(address(credentials["desarrollo"]), {"password": PASSWORD})
    answer = at_alicias.post(address(credentials["produccion"]), {"password": ""})
    assert answer.status_code == 422
    assert hides(answer, entered)


@pytest.mark.parametrize("password", ["otra-clave-larga", PASSWORD + " ", PASSWORD.upper(), "", "\0", "x" * 129])
def test_a_wrong_password_shows_nothing_and_is_told_beside_the_field(
    at_alicias: Client, credentials: dict[str, Credential], entered: dict[str, PairEntered], password: str
) -> None:
    answer = at_alicias.post(address(credentials["produccion"]), {"password": password})
    assert answer.status_code == 422
    assert Page(answer).error_beside("password")
    assert hides(answer, entered)
    assert not password or password not in answer.content.decode()
    assert not opened()


def test_a_wrong_password_is_noted(at_alicias: Client, alicia: Member, credentials: dict[str, Credential]) -> None:
    at_alicias.post(address(credentials["produccion"]), {"password": "otra-clave-larga"})
    event = Event.objects.latest("id")
    assert (event.name, event.actor) == ("identity.proof.refused", alicia.login)
    assert "otra-clave" not in str(event.details)


def test_guessing_is_stopped_even_for_the_right_password(
    at_alicias: Client, credentials: dict[str, Credential], entered: dict[str, PairEntered]
) -> None:
    for _ in range(5):
        at_alicias.post(address(credentials["produccion"]), {"password": "otra-clave-larga"})
    answer = at_alicias.post(address(credentials["produccion"]), {"password": PASSWORD})
    assert answer.status_code == 422
    assert hides(answer, entered)
    assert not opened()


def test_a_colleagues_password_opens_nothing(
    at_alicias: Client, beto: Member, credentials: dict[str, Credential], entered: dict[str, PairEntered], now: datetime
) -> None:
    account = beto.account(now)
    account.set_password("la-clave-de-beto-es-otra")
    account.save()
    answer = at_alicias.post(
        address(credentials["produccion"]),
        {"password": "la-clave-de-beto-es-otra", "username": beto.login, "login": beto.login},
    )
    assert answer.status_code == 422
    assert hides(answer, entered)


def test_a_stolen_session_cannot_name_another_account(
    at_carlas: Client, credentials: dict[str, Credential], entered: dict[str, PairEntered]
) -> None:
    for credential in credentials.values():
        answer = at_carlas.post(address(credential), {"password": PASSWORD, "username": "CC1020304050-890303841"})
        assert answer.status_code == 404
        assert hides(answer, entered)
    assert not opened()


def test_a_delegation_that_ends_ends_the_showing(
    at_alicias: Client, credentials: dict[str, Credential], entered: dict[str, PairEntered]
) -> None:
    Delegation.objects.filter(person__name__startswith="Alicia").delete()
    answer = at_alicias.post(address(credentials["produccion"]), {"password": PASSWORD})
    assert answer.url.startswith(reverse("login"))
    assert hides(answer, entered)
    assert not opened()


def test_a_provider_that_is_disabled_shows_nothing(
    at_alicias: Client, alicia: Member, credentials: dict[str, Credential], entered: dict[str, PairEntered]
) -> None:
    assert alicia.provider
    alicia.provider.is_enabled = False
    alicia.provider.save(update_fields=["is_enabled"])
    answer = at_alicias.post(address(credentials["produccion"]), {"password": PASSWORD})
    assert answer.url == reverse("delegate:choose_provider")
    assert not opened()


def test_each_provider_sees_its_own(
    at_alicias: Client,
    carla: Member,
    beto: Member,
    credentials: dict[str, Credential],
    entered: dict[str, PairEntered],
    now: datetime,
) -> None:
    people.assigned(people.asked(carla, now), beto, now, seed=2)
    hers = Credential.objects.get(client__provider=carla.provider, client__environment__code="produccion")
    answer = force(carla, now).post(address(hers), {"password": PASSWORD})
    expected = people.pairs(timezone.localdate(now), seed=2)["produccion"]
    assert text_of(Page(answer).one("code", id="client-secret")) == expected.client_secret
    assert hides(answer, entered)
    assert at_alicias.post(address(hers), {"password": PASSWORD}).status_code == 404


def test_pages_cost_the_same_with_any_number_of_environments_shown(
    at_alicias: Client, assigned: Request, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        at_alicias.get(reverse(KEYS))
