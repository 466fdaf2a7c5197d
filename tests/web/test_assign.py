"""The assignment (imagen 18 and 19), and the mistakes that copying from Entra invites."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from llaves.audit.models import Event
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Client as EntraClient
from llaves.credentials.models import Credential, Environment, Request
from llaves.identity.roles import Role
from llaves.providers.models import Delegation, Person
from llaves.vault.models import SealedSecret
from tests import people
from tests.generation import as_if_generated
from tests.people import PASSWORD, Member
from tests.web.doors import Page, everything, force, letters, text_of

ENVIRONMENTS = ("desarrollo", "preproduccion", "produccion")
SECRET_ID = "7c2fd5a0-41c9-4f0e-9a53-0d2f3e4b5a61"


def typed(seed: int = 1, **changed: str) -> dict[str, str]:
    """The form as an official fills it; `produccion__client_id="x"` changes one field."""
    found: dict[str, str] = {}
    for code, pair in people.pairs(timezone.localdate(), seed).items():
        found |= {
            f"{code}-client_id": str(pair.client_id),
            f"{code}-client_secret": pair.client_secret,
            f"{code}-expires_on": pair.expires_on.isoformat(),
            f"{code}-subscription_key": pair.subscription_key,
        }
    return found | {name.replace("__", "-"): value for name, value in changed.items()}


def address(request: Request) -> str:
    return reverse("official:assign", args=[request.id])


@pytest.fixture
def second_official(beto: Member, now: datetime) -> Member:
    person = Person.objects.create(
        document_type="CC", document_number="51999888", name="Berta Gil", email="berta@m.example"
    )
    Delegation.objects.create(person=person, organization=beto.organization, starts_on=date(2026, 1, 1))
    return Member(person, beto.organization, None, Role.OFFICIAL)


def test_the_form_shows_who_asks_and_a_group_for_each_environment(at_betos: Client, waiting: Request) -> None:
    page = Page(at_betos.get(address(waiting)))
    assert [text_of(legend) for legend in page.all("legend")] == ["Desarrollo", "Preproducción", "Producción"]
    for told in ("CLÍNICA LOS ALISOS", "890303841-8", "Token solicitados por primera vez", "Lina Torres", "HISUR 4"):
        assert told in page.text
    assert "Guardar" in [text_of(button) for button in page.all("button")]
    assert sum(dict(field.attributes).get("type") == "password" for field in page.all("input")) == 6


def test_saving_says_that_the_record_was_made_correctly(at_betos: Client, waiting: Request) -> None:
    answer = at_betos.post(address(waiting), typed())
    assert (answer.status_code, answer.url) == (302, reverse("official:assigned", args=[waiting.id]))
    page = Page(at_betos.get(answer.url))
    assert "El registro se realizó de manera correcta" in page.text
    assert "Token asignados por primera vez" in page.text
    assert "Beto Salas Luna" in page.text


def test_what_the_portal_generated_is_said_to_be_its_own_and_who_ordered_it(
    at_betos: Client, assigned: Request, now: datetime
) -> None:
    as_if_generated(assigned, now)
    page = Page(at_betos.post(address(assigned), typed()))
    assert "El portal generó y asignó las llaves; lo pidió Beto Salas Luna." in page.text
    assert "Lo que usted escribió no se guardó." in page.text
    assert "funcionario asignó" not in page.text
    assert "Lo que usted escribió" not in Page(at_betos.get(address(assigned))).text
    told = Page(at_betos.get(reverse("official:assigned", args=[assigned.id]))).text
    assert "El portal generó y asignó las llaves; lo pidió Beto Salas Luna" in told


def test_who_entered_the_rest_by_hand_has_assigned(at_betos: Client, assigned: Request, now: datetime) -> None:
    as_if_generated(assigned, now, but=("produccion",))
    assert "El portal generó" not in Page(at_betos.get(address(assigned))).text
    assert "El portal generó" not in Page(at_betos.get(reverse("official:assigned", args=[assigned.id]))).text


def test_whoever_saves_twice_is_not_told_of_another_official(at_betos: Client, waiting: Request) -> None:
    at_betos.post(address(waiting), typed())
    page = Page(at_betos.post(address(waiting), typed()))
    assert "Usted ya asignó estas llaves." in page.text
    assert "Otro funcionario" not in page.text


def test_what_was_entered_is_what_the_delegate_gets(at_betos: Client, at_alicias: Client, waiting: Request) -> None:
    at_betos.post(address(waiting), typed())
    for credential in Credential.objects.select_related("client__environment"):
        shown = Page(at_alicias.post(reverse("delegate:reveal", args=[credential.id]), {"password": PASSWORD}))
        entered = people.pairs(timezone.localdate())[credential.client.environment.code]
        assert text_of(shown.one("code", id="client-id")) == str(entered.client_id)
        assert text_of(shown.one("code", id="client-secret")) == entered.client_secret
        assert text_of(shown.one("code", id="subscription-key")) == entered.subscription_key
        assert credential.expires_on == entered.expires_on


def test_it_leaves_its_events(at_betos: Client, beto: Member, waiting: Request) -> None:
    at_betos.post(address(waiting), typed())
    event = Event.objects.get(name="credentials.request.assigned")
    assert (event.actor, event.provider, event.nit) == (beto.login, "1900100001", "890303841")
    assert event.details["environments"] == sorted(ENVIRONMENTS)
    assert Event.objects.filter(name="vault.secret.sealed", actor=beto.login).count() == 6


def test_the_delegate_is_told_by_mail_without_any_secret(at_betos: Client, waiting: Request, now: datetime) -> None:
    letters(now).clear()
    at_betos.post(address(waiting), typed())
    (letter,) = letters(now)
    assert letter.to == ["alicia@hospital.example"]
    assert "Token asignados por primera vez" in letter.body
    assert not any(value in str(letter.message()) for value in typed().values())


def test_the_request_waits_no_longer(at_betos: Client, waiting: Request) -> None:
    at_betos.post(address(waiting), typed())
    assert "No hay solicitudes pendientes" in Page(at_betos.get(reverse("official:pending"))).text


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("field", ["client_id", "client_secret", "expires_on", "subscription_key"])
def test_an_empty_field_says_so_beside_itself(at_betos: Client, waiting: Request, environment: str, field: str) -> None:
    name = f"{environment}-{field}"
    assert "Este campo es obligatorio" in _refused(at_betos, waiting, typed(**{name: ""})).error_beside(name)


def test_all_faults_of_all_environments_are_shown_at_once(at_betos: Client, waiting: Request) -> None:
    shown = _refused(at_betos, waiting, {"x": ""})
    for environment in ENVIRONMENTS:
        for field in ("client_id", "client_secret", "expires_on", "subscription_key"):
            assert shown.error_beside(f"{environment}-{field}")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("client_secret", SECRET_ID, "Ese es el Secret ID; copie el Value."),
        ("client_secret", SECRET_ID.upper(), "Ese es el Secret ID; copie el Value."),
        ("client_secret", f"  {SECRET_ID}\n", "Ese es el Secret ID; copie el Value."),
        ("client_secret", "zz18Q~con espacio.dentro_del_valor", "espacios o caracteres invisibles"),
        ("client_secret", "zz18Q~con\u200bancho.cero_del_valor_00", "espacios o caracteres invisibles"),
        ("client_secret", "\ufeffzz18Q~con.marca_del_orden_valor_00", "espacios o caracteres invisibles"),
        ("client_secret", "zz18Q~con\u00a0espacio.duro_del_valor_0", "espacios o caracteres invisibles"),
        ("client_secret", "zz18Q~con-guion\u2010raro.del_valor_0000", "espacios o caracteres invisibles"),
        ("client_secret", "zz18Q~cortado.v...", "incompleto"),
        ("client_secret", "zz18Q~corto", "incompleto"),
        ("client_secret", "z" * 65, "incompleto"),
        ("client_secret", "z" * 301, "300 caracteres"),
        ("client_secret", "zz18Q~con\0nulo.dentro_del_valor_000", "nulos"),
        ("client_id", "no-es-un-guid", "es un GUID"),
        ("client_id", SECRET_ID[:-1], "es un GUID"),
        ("client_id", f"{{{SECRET_ID}}}", "es un GUID"),
        ("client_id", SECRET_ID.replace("-", ""), "es un GUID"),
        ("subscription_key", "con espacio 0123456789abcdef", "espacios o caracteres invisibles"),
        ("subscription_key", "0123456789abcde", "incompleta"),
        ("subscription_key", "0123456789abcdef\u200b0123456789", "espacios o caracteres invisibles"),
        ("expires_on", "2020-01-01", "ya pasó"),
        ("expires_on", "9999-12-31", "24 meses"),
        ("expires_on", "2027-02-30", "fecha válida"),
        ("expires_on", "mañana", "fecha válida"),
    ],
)
@pytest.mark.parametrize("environment", ["desarrollo", "produccion"])
def test_a_mistake_of_copying_is_told_beside_its_field_and_nothing_is_written(
    at_betos: Client, waiting: Request, environment: str, field: str, value: str, said: str
) -> None:
    name = f"{environment}-{field}"
    shown = _refused(at_betos, waiting, typed(**{name: value}))
    assert said in shown.error_beside(name)
    if field not in {"client_secret", "subscription_key"}:
        assert shown.value(name) == value


def test_today_is_too_late_and_tomorrow_is_not(at_betos: Client, waiting: Request) -> None:
    today = timezone.localdate()
    shown = _refused(at_betos, waiting, typed(**{"desarrollo-expires_on": today.isoformat()}))
    assert "ya pasó" in shown.error_beside("desarrollo-expires_on")
    tomorrow = (today + timedelta(days=1)).strftime("%d/%m/%Y")
    assert at_betos.post(address(waiting), typed(**{"desarrollo-expires_on": tomorrow})).status_code == 302


def test_the_same_client_id_in_two_environments_is_refused(at_betos: Client, waiting: Request) -> None:
    same = typed()["desarrollo-client_id"]
    shown = _refused(at_betos, waiting, typed(**{"produccion-client_id": same.upper()}))
    assert "Es el mismo ClientID del ambiente Desarrollo" in shown.error_beside("produccion-client_id")


def test_the_same_secret_in_two_environments_is_refused(at_betos: Client, waiting: Request) -> None:
    same = typed()["preproduccion-client_secret"]
    shown = _refused(at_betos, waiting, typed(**{"produccion-client_secret": f" {same} "}))
    assert "Es el mismo ClientSecret del ambiente Preproducción" in shown.error_beside("produccion-client_secret")


def test_the_client_id_of_another_provider_is_refused(
    at_betos: Client, assigned: Request, carla: Member, now: datetime
) -> None:
    hers = people.asked(carla, now)
    taken = typed(seed=1)["produccion-client_id"]
    shown = _refused(at_betos, hers, typed(seed=2, **{"produccion-client_id": taken}))
    assert "ya pertenece a otro prestador" in shown.error_beside("produccion-client_id")
    assert "ALISOS" not in shown.text


def test_n20_the_client_id_of_another_environment_is_refused(
    at_betos: Client, waiting: Request, alicia: Member
) -> None:
    EntraClient.objects.create(
        client_id=UUID(int=777), provider=alicia.provider, environment=Environment.objects.get(code="desarrollo")
    )
    shown = _refused(at_betos, waiting, typed(**{"produccion-client_id": str(UUID(int=777))}))
    assert "es del ambiente Desarrollo. Copie el de Producción" in shown.error_beside("produccion-client_id")


def test_n20_pairs_swapped_between_environments_are_refused_also_years_later(
    at_betos: Client, assigned: Request, beto: Member, alicia: Member, now: datetime
) -> None:
    Credential.objects.update(expires_on=timezone.localdate() + timedelta(days=30))
    renewal = people.asked(alicia, now, Kind.RENEWAL)
    swapped = {"desarrollo": "produccion", "produccion": "desarrollo"}
    entered = {
        f"{swapped.get(name.partition('-')[0], name.partition('-')[0])}-{name.partition('-')[2]}": value
        for name, value in typed().items()
    }
    shown = _refused(at_betos, renewal, entered)
    assert "es del ambiente Producción. Copie el de Desarrollo" in shown.error_beside("desarrollo-client_id")


def test_a_secret_pasted_with_spaces_around_it_is_kept_without_them(
    at_betos: Client, at_alicias: Client, waiting: Request
) -> None:
    right = typed()["produccion-client_secret"]
    at_betos.post(address(waiting), typed(**{"produccion-client_secret": f"\t{right} \r\n"}))
    credential = Credential.objects.get(client__environment__code="produccion")
    shown = Page(at_alicias.post(reverse("delegate:reveal", args=[credential.id]), {"password": PASSWORD}))
    assert text_of(shown.one("code", id="client-secret")) == right


def test_more_than_the_catalogue_has_is_ignored(at_betos: Client, waiting: Request) -> None:
    more = {"otro-client_id": str(UUID(int=5)), "state": "asignado", "provider": "0500100007", "assigned_by": "x"}
    assert at_betos.post(address(waiting), typed() | more).status_code == 302
    assert Credential.objects.count() == 3
    waiting.refresh_from_db()
    assert waiting.provider.code == "1900100001"


def test_the_second_official_is_told_and_overwrites_nothing(
    at_betos: Client, waiting: Request, second_official: Member, now: datetime
) -> None:
    at_bertas = force(second_official, now)
    assert at_bertas.get(address(waiting)).status_code == 200
    assert at_betos.post(address(waiting), typed()).status_code == 302
    before = everything()
    answer = at_bertas.post(address(waiting), typed(seed=9))
    assert answer.status_code == 409
    text = Page(answer).text
    assert "Esta solicitud ya fue atendida" in text
    assert "Beto Salas Luna" in text
    assert everything() == before
    assert not any(value in answer.content.decode() for name, value in typed(seed=9).items() if "expires" not in name)


def test_whoever_saves_twice_has_saved_once(at_betos: Client, waiting: Request) -> None:
    assert at_betos.post(address(waiting), typed()).status_code == 302
    before = everything()
    assert at_betos.post(address(waiting), typed()).status_code == 409
    assert everything() == before


def test_an_official_never_sees_a_secret_again(at_betos: Client, waiting: Request) -> None:
    at_betos.post(address(waiting), typed())
    pages = ["assign", "assigned"]
    told = "".join(at_betos.get(reverse(f"official:{name}", args=[waiting.id])).content.decode() for name in pages)
    assert not any(value in told for name, value in typed().items() if "expires" not in name)


def test_the_form_costs_few_queries(at_betos: Client, waiting: Request, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        at_betos.get(address(waiting))


def _refused(client: Client, request: Request, values: dict[str, str]) -> Page:
    """The page of a refusal, which wrote nothing, shows no secret, and keeps all that is none."""
    before = everything()
    answer = client.post(address(request), values)
    assert answer.status_code == 422
    shown = Page(answer)
    assert everything() == before
    assert not SealedSecret.objects.exclude(id__in=_sealed_before(request)).exists()
    for name, value in values.items():
        if name.endswith(("client_secret", "subscription_key")):
            assert not value.strip() or value.strip() not in shown.html
            assert not shown.value(name)
        elif "-" in name:
            assert shown.value(name) == value
    return shown


def _sealed_before(request: Request) -> list[UUID]:
    others = Credential.objects.exclude(request=request)
    return [*others.values_list("client_secret", flat=True), *others.values_list("subscription_key", flat=True)]
