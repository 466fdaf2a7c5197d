"""The invented country and its people."""

from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from llaves.audit.events import EventName
from llaves.audit.models import Event
from llaves.cli import demo_data
from llaves.cli.demo_people import ACQUAINTANCES, PASSWORD
from llaves.cli.terminal import Error
from llaves.credentials.lifecycle import Kind
from llaves.credentials.models import Environment, Request
from llaves.credentials.queries import kinds_open_to
from llaves.identity.models import Account
from llaves.identity.queries import is_standing
from llaves.providers.documents import parse_document, parse_email, parse_nit, parse_phone
from llaves.providers.models import Delegation, Organization, Person, Provider
from llaves.providers.queries import known_document_types
from llaves_demo.registry_files import Files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo(settings: Settings) -> None:
    settings.DEMO = True


def test_it_refuses_outside_a_demo(settings: Settings) -> None:
    settings.DEMO = False
    for options in ({"providers": 20}, {"accounts": True}):
        with pytest.raises(Error, match="solo se cargan en una demostración"):
            call_command("demo", **options)
    assert not Provider.objects.exists()


def test_it_never_mixes_with_real_data() -> None:
    Organization.objects.create(nit="890000001", name="HOSPITAL DE VERDAD")
    with pytest.raises(Error, match="no son de la demostración"):
        call_command("demo", providers=20)
    assert not Provider.objects.exists()


def test_the_same_number_again_changes_nothing_and_a_larger_one_adds() -> None:
    call_command("demo", providers=40, pending=2)
    before = (set(Provider.objects.values_list("id", "code", "updated_at")), Event.objects.count())
    call_command("demo", providers=40, pending=2)
    assert before == (set(Provider.objects.values_list("id", "code", "updated_at")), Event.objects.count())
    call_command("demo", providers=60, pending=2)
    assert Provider.objects.count() == 60
    assert before[0] < set(Provider.objects.values_list("id", "code", "updated_at"))
    assert Event.objects.filter(name=EventName.DEMO_LOADED.value).count() == 2


def test_the_accounts_are_ready_but_for_the_one_to_register() -> None:
    call_command("demo", providers=20, pending=0)
    for who in ACQUAINTANCES:
        account = Account.objects.filter(login=who.login).first()
        assert (account is not None) is who.is_ready
        if account:
            assert account.check_password(PASSWORD)
            assert is_standing(account, at=timezone.now())
    assert Provider.objects.filter(organization__nit="940101010", municipality="POPAYÁN", provider_class=1).count() == 1
    assert Provider.objects.filter(organization__nit="940202020").count() == 3


def test_the_registrys_files_are_written_once_and_again_for_a_larger_country(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    call_command("demo", providers=40, pending=0, registry=folder)
    files = Files(folder)
    content = files.content()
    assert set(content.organizations) == set(Organization.objects.values_list("nit", flat=True))
    assert len(content.people) == Person.objects.count()
    assert sum(map(len, content.delegations.values())) == Delegation.objects.count()
    assert content.people["CC", "1020304050"]["correo"] == "alicia@example.co"
    (folder / "delegaciones.csv").write_text("tipo_documento,numero_documento,nit,desde,hasta\n")
    call_command("demo", providers=40, pending=0, registry=folder)
    assert files.content().delegations == {}
    call_command("demo", providers=60, pending=0, registry=folder)
    assert len(files.content().organizations) == Organization.objects.count()


def test_the_accounts_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", accounts=True)
    said = capsys.readouterr().out
    assert "CC1010101010" in said
    assert PASSWORD in said


def test_pending_requests_are_spread_over_two_weeks_and_belong_to_others() -> None:
    call_command("demo", providers=200, pending=5)
    waiting = Request.objects.filter(state="solicitado")
    moments = sorted(waiting.values_list("requested_at", flat=True))
    assert len(moments) == 7
    assert (moments[-1] - moments[0]).days >= 10
    assert not waiting.filter(provider__organization__nit__in={who.nit for who in ACQUAINTANCES}).exists()
    assert Event.objects.filter(name=EventName.REQUEST_MADE.value).count() == Request.objects.count()


def test_a_newcomer_sees_every_state_and_kind_and_keys_about_to_expire() -> None:
    call_command("demo", providers=200, pending=5)
    assert set(Request.objects.values_list("state", flat=True)) == {"solicitado", "devuelto", "asignado", "retirado"}
    assert set(Request.objects.filter(state="solicitado").values_list("kind", flat=True)) == set(Kind)
    carlas = Provider.objects.get(code="7652090001")
    assert kinds_open_to(carlas, on=timezone.localdate()) == (Kind.RENEWAL, Kind.REPLACEMENT)
    assert Request.objects.get(provider__code="1900190003").state == "devuelto"


def test_what_is_invented_is_as_the_registry_would_have_it() -> None:
    call_command("demo", providers=2000, pending=0)
    for nit, is_natural_person in Organization.objects.values_list("nit", "is_natural_person"):
        assert parse_nit(nit) == nit
        assert is_natural_person or (len(nit) == 9 and nit[0] in "89")
    for person in Person.objects.all():
        assert (
            parse_document(known_document_types()[person.document_type], person.document_number)
            == person.document_number
        )
        assert parse_email(person.email) == person.email
        assert person.email.endswith((".example", "@example.co"))
        assert parse_phone(person.phone) == person.phone


def test_the_country_has_the_proportions_of_the_real_one() -> None:
    providers = [line for household in demo_data.up_to(6000) for line in household.providers]
    classes = Counter(line.provider_class for line in providers)
    assert 0.76 < classes[2] / 6000 < 0.81
    assert 0.15 < classes[1] / 6000 < 0.19
    sizes = Counter(Counter(line.nit for line in providers).values())
    assert 0.07 < 1 - sizes[1] / sum(sizes.values()) < 0.12
    assert len({line.department for line in providers}) == 33
    assert {line.code[:2] for line in providers} >= {"05", "08"}
    assert set("&.\"-(),+/'?#Ñ") <= set("".join(line.name for line in providers))
    assert max(len(line.name) for line in providers) <= 121


def test_delegations_stand_have_ended_or_are_yet_to_come() -> None:
    call_command("demo", providers=2000, pending=0)
    today = timezone.localdate()
    assert Delegation.objects.filter(ends_on__lt=today).exists()
    assert Delegation.objects.filter(starts_on__gt=today).exists()
    owners = Counter(Delegation.objects.values_list("person_id", flat=True))
    assert max(owners.values()) > 1
    assert Organization.objects.filter(is_natural_person=False, delegations__isnull=True).exists()


def test_each_environment_has_a_directory_of_its_own_in_the_emulator_wherever_that_answers(settings: Settings) -> None:
    for port in (8445, 8555):
        settings.DEMO_ENTRA_URL = f"https://localhost:{port}"
        call_command("demo", providers=20, pending=0)
        found = list(Environment.objects.order_by("position"))
        assert [each.tenant_id[-2:] for each in found] == ["d1", "d2", "d3"]
        assert {each.authority for each in found} == {f"https://localhost:{port}"}
        assert {each.graph_base for each in found} == {f"https://localhost:{port}/v1.0"}
        assert all(each.is_automatic and not each.renews_by_itself for each in found)
    Environment.objects.filter(code="desarrollo").update(tenant_id="33333333-3333-4333-8333-333333333333")
    before = Event.objects.count()
    call_command("demo", providers=20, pending=0)
    assert Event.objects.count() == before
