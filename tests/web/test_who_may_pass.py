"""Every address × a visitor, Alicia (whose objects they are), Beto the official, and Carla from elsewhere.

A page without an entry here fails the first test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from llaves.credentials import addresses as calendar_addresses
from llaves.credentials import calendars
from llaves.credentials.models import BulkUpload, Credential, Environment, GenerationRun, Request
from llaves.identity.models import Account, SingleUseLink
from llaves.notifications.links import token_for
from tests.factors import add_application
from tests.people import PASSWORD, Member
from tests.web.doors import box, everything, force

Answer = int | str
"""A status, or the name of the page to which it leads."""

PEOPLE = ("visitor", "alicia", "carla", "beto")
LOGIN = "login"

# Alicia's keys are assigned, Carla never asked. Each row: visitor, Alicia, Carla, Beto.
GET: dict[str, tuple[Answer, Answer, Answer, Answer]] = {
    "public:home": (200, "start", "start", "start"),
    "public:applications": (200, 200, 200, 200),
    "public:user_types": (200, 200, 200, 200),
    "public:check_requirements": (200, 200, 200, 200),
    "public:recover": (200, 200, 200, 200),
    "public:recovery_sent": (200, 200, 200, 200),
    "public:register_delegate": (200, 200, 200, 200),
    "public:register_other_user": (200, 200, 200, 200),
    "public:registered": ("public:applications",) * 4,
    "public:activate": (200, 200, 200, 200),
    "public:activated": (200, 200, 200, 200),
    "login": (200, "start", "start", "start"),
    "second_factor": (LOGIN, "start", "start", "start"),
    "give_up_login": (405, 405, 405, 405),
    "logout": (LOGIN, 405, 405, 405),
    "account:agreement": (LOGIN, "start", "start", "start"),
    "start": (LOGIN, "delegate:start", "delegate:start", "official:start"),
    "health": (200, 200, 200, 200),
    "account:overview": (LOGIN, 200, 200, 200),
    "account:change_password": (LOGIN, 200, 200, 200),
    "account:add_application": (LOGIN, 200, 200, 200),
    "account:add_passkey": (LOGIN, 200, 200, 200),
    "account:remove_factor": (LOGIN, 200, 404, 404),
    "account:recovery_codes": (LOGIN, 200, 404, 404),
    "account:close_session": (LOGIN, 405, 405, 405),
    "account:close_other_sessions": (LOGIN, 405, 405, 405),
    "account:stay": (LOGIN, 405, 405, 405),
    "delegate:start": (LOGIN, 200, 200, 404),
    "delegate:choose_provider": (LOGIN, 200, 200, 404),
    "delegate:token": (LOGIN, "delegate:keys", "delegate:request", 404),
    "delegate:request": (LOGIN, "delegate:keys", 200, 404),
    "delegate:keys": (LOGIN, 200, "delegate:request", 404),
    "delegate:renew": (LOGIN, "delegate:keys", "delegate:keys", 404),
    "delegate:replace": (LOGIN, 200, "delegate:keys", 404),
    "delegate:save_draft": (LOGIN, 405, 405, 404),
    "delegate:mend": (LOGIN, "delegate:keys", "delegate:keys", 404),
    "delegate:withdraw": (LOGIN, "delegate:keys", "delegate:keys", 404),
    "delegate:reveal": (LOGIN, 200, 404, 404),
    "delegate:download": (LOGIN, 200, 404, 404),
    "delegate:try_own": (LOGIN, 200, 404, 404),
    "delegate:what_next": (LOGIN, 200, 200, 404),
    "official:start": (LOGIN, 404, 404, 200),
    "official:pending": (LOGIN, 404, 404, 200),
    "official:bulk_upload": (LOGIN, 404, 404, 200),
    "official:bulk_blank_csv": (LOGIN, 404, 404, 200),
    "official:bulk_blank_xlsx": (LOGIN, 404, 404, 200),
    "official:bulk_check": (LOGIN, 404, 404, "official:bulk_report"),
    "official:bulk_faults": (LOGIN, 404, 404, 200),
    "official:bulk_discard": (LOGIN, 404, 404, 405),
    "official:bulk_report": (LOGIN, 404, 404, 200),
    "official:bulk_report_csv": (LOGIN, 404, 404, 200),
    "official:assign": (LOGIN, 404, 404, 409),
    "official:assigned": (LOGIN, 404, 404, 200),
    "official:undelivered": (LOGIN, 404, 404, 200),
    "official:export": (LOGIN, 404, 404, 405),
    "official:claim": (LOGIN, 404, 404, 405),
    "official:send_back": (LOGIN, 404, 404, 409),
    "official:correct": (LOGIN, 404, 404, 200),
    "official:find": (LOGIN, 404, 404, 200),
    "official:provider": (LOGIN, 404, 404, 200),
    "official:revoke": (LOGIN, 404, 404, 200),
    "official:generate": (LOGIN, 404, 404, 200),
    "official:change_generation": (LOGIN, 404, 404, 405),
    "official:generate_many": (LOGIN, 404, 404, 200),
    "official:generation_run": (LOGIN, 404, 404, 200),
    "official:change_run": (LOGIN, 404, 404, 405),
    "delegate:calendar": (LOGIN, 200, 200, 404),
    "delegate:looks": (LOGIN, 200, 200, 404),
    "official:expiries": (LOGIN, 404, 404, 200),
    "official:removals": (LOGIN, 404, 404, 200),
    "official:tick_off": (LOGIN, 404, 404, 405),
    "official:looks": (LOGIN, 404, 404, 200),
    "public:calendar": (200, 200, 200, 200),
    "captcha-image": (410, 410, 410, 410),
}
# What a POST with good values is answered by those who may not make it; those who may have tests of their own.
REFUSED_POST: dict[str, tuple[Answer | None, Answer | None, Answer | None, Answer | None]] = {
    "public:check_requirements": (422, 422, 422, 422),
    "public:recover": (422, 422, 422, 422),
    "public:register_delegate": (422, 422, 422, 422),
    "public:register_other_user": (422, 422, 422, 422),
    "public:activate": (422, 422, 422, 422),
    "login": (422, "start", "start", "start"),
    "second_factor": (LOGIN, "start", "start", "start"),
    "give_up_login": (LOGIN, None, None, None),
    "logout": (LOGIN, None, None, None),
    "account:change_password": (LOGIN, 422, 422, 422),
    "account:add_application": (LOGIN, 422, 422, 422),
    "account:add_passkey": (LOGIN, 422, 422, 422),
    "account:remove_factor": (LOGIN, None, 404, 404),
    "account:recovery_codes": (LOGIN, None, 404, 404),
    "account:close_session": (LOGIN, None, None, None),
    "account:close_other_sessions": (LOGIN, None, None, None),
    "account:stay": (LOGIN, None, None, None),
    "account:agreement": (LOGIN, "start", "start", "start"),
    "delegate:choose_provider": (LOGIN, None, 422, 404),
    "delegate:request": (LOGIN, "delegate:keys", None, 404),
    "delegate:renew": (LOGIN, "delegate:keys", "delegate:keys", 404),
    "delegate:replace": (LOGIN, None, "delegate:keys", 404),
    "delegate:save_draft": (LOGIN, None, None, 404),
    "delegate:mend": (LOGIN, "delegate:keys", "delegate:keys", 404),
    "delegate:withdraw": (LOGIN, "delegate:keys", "delegate:keys", 404),
    "delegate:reveal": (LOGIN, None, 404, 404),
    "delegate:download": (LOGIN, None, 404, 404),
    "delegate:try_own": (LOGIN, None, 404, 404),
    "official:assign": (LOGIN, 404, 404, 409),
    "official:bulk_upload": (LOGIN, 404, 404, 422),
    "official:bulk_check": (LOGIN, 404, 404, "official:bulk_report"),
    "official:bulk_discard": (LOGIN, 404, 404, "official:bulk_upload"),
    "official:export": (LOGIN, 404, 404, None),
    "official:claim": (LOGIN, 404, 404, "official:assign"),
    "official:send_back": (LOGIN, 404, 404, 409),
    "official:correct": (LOGIN, 404, 404, None),
    "official:revoke": (LOGIN, 404, 404, None),
    "official:generate": (LOGIN, 404, 404, "official:generate"),
    "official:change_generation": (LOGIN, 404, 404, None),
    "official:generate_many": (LOGIN, 404, 404, 422),
    "official:change_run": (LOGIN, 404, 404, None),
    "delegate:calendar": (LOGIN, None, None, 404),
    "official:tick_off": (LOGIN, 404, 404, None),
}
ENTERED = {
    "vendor_name": "Sistemas del Sur",
    "software_name": "HISUR",
    "lead_name": "Lina Torres",
    "lead_email": "lina@hospital.example",
    "lead_phone": "3001234567",
    "protection_officer_name": "Pedro Gil",
    "protection_officer_phone": "6028234567",
    "terms": box("terminos"),
    "personal_data": box("datos-personales"),
}
GOOD_VALUES = {
    "account:agreement": {"confidentiality": box("confidencialidad")},
    "delegate:choose_provider": {"provider": "1900100001"},
    "delegate:reveal": {"password": PASSWORD},
    "account:remove_factor": {"password": PASSWORD},
    "account:recovery_codes": {"password": PASSWORD},
    **dict.fromkeys(("delegate:request", "delegate:renew", "delegate:replace", "delegate:mend"), ENTERED),
    "delegate:save_draft": ENTERED,
    "delegate:download": {"password": PASSWORD, "form": "json"},
    "delegate:try_own": {"password": PASSWORD},
    "official:export": {"form": "csv"},
    "official:generate_many": {"which": "todas"},
    "official:change_generation": {"que": "cancelar"},
    "official:change_run": {"que": "cancelar"},
    "official:send_back": {"reason": "otro", "note": "x", "fields_to_mend": "lead_phone"},
    "official:assign": {
        f"{environment}-{field}": value
        for place, environment in enumerate(("desarrollo", "preproduccion", "produccion"))
        for field, value in {
            "client_id": str(UUID(int=900 + place)),
            "client_secret": f"nn98Q~{environment}.secret_value",
            "expires_on": "2027-06-01",
            "subscription_key": f"{900 + place:032x}",
        }.items()
    },
}


def addresses(patterns: list[URLPattern | URLResolver], inside: str = "") -> Iterator[str]:
    """The name of every address of the portal."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, f"{inside}{pattern.namespace}:" if pattern.namespace else inside)
        else:
            yield f"{inside}{pattern.name}"


@dataclass
class Town:
    """Everybody with a browser, and Alicia's objects."""

    clients: dict[str, Client]
    arguments: dict[str, dict[str, object]]

    def address(self, page: str) -> str:
        return reverse(page, kwargs=self.arguments.get(page))


@pytest.fixture
def town(alicia: Member, carla: Member, beto: Member, assigned: Request, now: datetime) -> Callable[..., Town]:
    credential = Credential.objects.filter(request=assigned).first()
    assert credential
    Environment.objects.update(authority="https://login.example", tenant_id="tenant-1")
    account = Account.objects.get(login=alicia.login)
    link = SingleUseLink.objects.create(account=account, sent_to=alicia.person.email, made_at=now)
    factor = add_application(account, now)
    upload = BulkUpload.objects.create(
        account=beto.account(now), uploaded_at=now, confirmed_at=now, file_sha256="", lines_read=0, lines=[], faults=[]
    )
    bulk = ("check", "faults", "discard", "report", "report_csv")
    assert alicia.provider
    calendar = calendars.make(provider=alicia.provider, account=account, by=alicia.actor, at=now)
    run = GenerationRun.objects.create(ordered_at=now, ordered_by=beto.account(now), requests=0)
    arguments: dict[str, dict[str, object]] = {
        "official:generate": {"request_id": assigned.id},
        "official:change_generation": {"request_id": assigned.id, "generation_id": UUID(int=3)},
        **{f"official:{page}": {"run_id": run.id} for page in ("generation_run", "change_run")},
        **{f"official:bulk_{page}": {"upload_id": upload.id} for page in bulk},
        "account:remove_factor": {"factor_id": factor},
        "account:close_session": {"session_id": 1},
        "public:user_types": {"code": "ihce"},
        "public:activate": {"link_id": link.id, "token": token_for(link.id)},
        "delegate:reveal": {"credential_id": credential.id},
        "delegate:download": {"credential_id": credential.id},
        "delegate:try_own": {"credential_id": credential.id},
        "official:assign": {"request_id": assigned.id},
        **{f"official:{page}": {"request_id": assigned.id} for page in ("assigned", "claim", "send_back")},
        "official:correct": {"request_id": assigned.id, "environment": "produccion"},
        "official:provider": {"code": "1900100001"},
        "official:revoke": {"code": "1900100001"},
        "official:tick_off": {"credential_id": credential.id},
        "official:looks": {"code": "1900100001"},
        "public:calendar": {"calendar_id": calendar.id, "token": calendar_addresses.token_for(calendar.id)},
        "captcha-image": {"key": "0" * 40},
    }

    def build(**options: bool) -> Town:
        inside = {
            name: force(member, now, **options) for name, member in zip(PEOPLE[1:], (alicia, carla, beto), strict=True)
        }
        return Town({"visitor": Client(**options), **inside}, arguments)

    return build


def test_every_address_of_the_portal_is_in_the_matrix() -> None:
    assert sorted(addresses(get_resolver().url_patterns)) == sorted(GET)


def test_who_gets_what_and_looking_changes_nothing(town: Callable[..., Town]) -> None:
    here = town()
    before = everything()
    for page, answers in GET.items():
        for name, expected in zip(PEOPLE, answers, strict=True):
            response = here.clients[name].get(here.address(page))
            assert _answer(response) == (expected if isinstance(expected, int) else here.address(expected)), (
                page,
                name,
            )
    assert everything() == before


def test_asking_only_for_the_head_changes_nothing(town: Callable[..., Town]) -> None:
    here = town()
    before = everything()
    for page in GET:
        for name, client in here.clients.items():
            response = client.head(here.address(page))
            assert response.status_code < 500, (page, name)
            assert not response.content
    assert everything() == before


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_no_other_method_does_anything(town: Callable[..., Town], method: str) -> None:
    here = town()
    before = everything()
    for page in GET:
        for name, client in here.clients.items():
            response = getattr(client, method)(here.address(page))
            assert response.status_code in {200, 302, 404, 405, 409, 410, 422}, (page, name)
    assert everything() == before


def test_a_post_by_somebody_who_may_not_changes_nothing(town: Callable[..., Town]) -> None:
    here = town()
    before = everything()
    for page, answers in REFUSED_POST.items():
        for name, expected in zip(PEOPLE, answers, strict=True):
            if expected is not None:
                response = here.clients[name].post(here.address(page), {"x": "", **GOOD_VALUES.get(page, {})})
                wanted = expected if isinstance(expected, int) else here.address(expected)
                assert _answer(response) == wanted, (page, name)
                assert b"secret_value" not in response.content
    assert everything() == before


def test_a_page_that_takes_no_post_refuses_it(town: Callable[..., Town]) -> None:
    here = town()
    before = everything()
    for page in GET.keys() - REFUSED_POST.keys():
        for name, client in here.clients.items():
            response = client.post(here.address(page), {"x": ""})
            assert response.status_code in {302, 404, 405, 410}, (page, name)
    assert everything() == before


def test_a_post_without_the_csrf_token_is_refused_everywhere(town: Callable[..., Town]) -> None:
    here = town(enforce_csrf_checks=True)
    before = everything()
    for page in GET:
        for name, client in here.clients.items():
            response = client.post(here.address(page), GOOD_VALUES.get(page, {"x": ""}))
            assert response.status_code == 403, (page, name)
            assert "La página venció" in response.content.decode()
    assert everything() == before


@pytest.mark.parametrize("page", ["delegate:reveal", "delegate:download", "official:assign", "official:assigned"])
def test_what_never_was_is_as_unknown_as_what_is_somebody_elses(at_carlas: Client, at_betos: Client, page: str) -> None:
    (argument,) = ["credential_id"] if page.startswith("delegate:") else ["request_id"]
    address = reverse(page, kwargs={argument: UUID(int=7)})
    for client in (at_carlas, at_betos):
        assert client.get(address).status_code == 404
        assert page == "official:assigned" or client.post(address, GOOD_VALUES[page]).status_code == 404


def test_the_official_sees_the_form_only_while_the_request_waits(at_betos: Client, waiting: Request) -> None:
    address = reverse("official:assign", kwargs={"request_id": waiting.id})
    assert at_betos.get(address).status_code == 200
    early = at_betos.get(reverse("official:assigned", kwargs={"request_id": waiting.id}))
    assert _answer(early) == address


def test_a_credential_is_not_to_be_had_with_a_second_account_of_another_entity(
    assigned: Request, alicia: Member, carla: Member, now: datetime
) -> None:
    """Carla is delegated by nobody else than her own entity, whatever her session says."""
    client = force(carla, now)
    session = client.session
    session["provider_code"] = "1900100001"
    session.save()
    credential = Credential.objects.filter(request=assigned).first()
    assert credential
    assert client.get(reverse("delegate:reveal", kwargs={"credential_id": credential.id})).status_code == 404
    assert "LA CEIBA" in client.get(reverse("delegate:start")).content.decode()


@pytest.mark.parametrize("page", ["provider", "revoke"])
def test_a_provider_that_never_was_is_unknown(at_betos: Client, page: str) -> None:
    for code in ("1900100009", "x", "%00", "1900100001' OR 1=1"):
        assert at_betos.get(reverse(f"official:{page}", args=[code])).status_code == 404


def _answer(response: object) -> Answer:
    status = response.status_code  # type: ignore[attr-defined]
    return response.url.partition("?")[0] if status == 302 else status  # type: ignore[attr-defined]
