"""What went wrong elsewhere at the door: N6, N7, N12, N13. N11 stands in `test_refusals_alike.py`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from captcha.models import CaptchaStore
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import llaves
from llaves.audit.models import Event
from llaves.credentials.models import Credential, Request
from llaves.identity import actions
from llaves.identity.actions import LinkSpent
from llaves.identity.models import Account, SingleUseLink
from llaves.identity.queries import find_link
from llaves.jobs import recover
from llaves.notifications.links import token_for
from llaves.providers.models import Delegation
from tests.people import PASSWORD, VISITOR, Member
from tests.web.doors import Page, box, everything, force, image_code, log_in, proof_of_work
from tests.web.test_who_may_pass import GET, GOOD_VALUES, REFUSED_POST, Town, town

__all__ = ["town"]

NEW = {
    "password": "otra-orilla-del-Patía-9",
    "repeated": "otra-orilla-del-Patía-9",
    "confidentiality": box("confidencialidad"),
}
REFUSED = "Los datos de usuario no corresponden"
DELEGATES = sorted(page for page, answers in GET.items() if page == "start" or page.startswith("delegate:"))
OFFICIALS = sorted(page for page in GET if page.startswith("official:"))


def activation(link: SingleUseLink, token: str = "") -> str:
    return reverse("public:activate", args=[link.id, token or token_for(link.id)])


def sent_to_the_login(answer: Any) -> bool:
    return bool(answer.status_code == 302 and answer.url.startswith(reverse("login")))


def end_by_its_last_day() -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    Delegation.objects.update(ends_on=yesterday)


ENDINGS: dict[str, Callable[[], object]] = {
    "its last day is past": end_by_its_last_day,
    "the registry forgot it": lambda: Delegation.objects.all().delete(),
}


# N6: rights survived leaving the organisation.


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_n6_no_page_outlives_the_delegation(
    town: Callable[..., Town], alicia: Member, carla: Member, beto: Member, now: datetime, ending: str, method: str
) -> None:
    here = town()
    pages = {alicia: DELEGATES, carla: DELEGATES, beto: ["start", *OFFICIALS]}
    # A browser for each page: the first click of a session closes it.
    open_sessions = [(force(member, now), page) for member, names in pages.items() for page in names]
    ENDINGS[ending]()
    before = everything()
    for client, page in open_sessions:
        answer = getattr(client, method)(here.address(page), GOOD_VALUES.get(page, {}))
        assert sent_to_the_login(answer), page
        assert b"secret_value" not in answer.content
    assert everything() == before


@pytest.mark.parametrize("ending", ENDINGS)
def test_n6_a_reveal_that_was_begun_shows_nothing_any_more(
    at_alicias: Client, assigned: Request, now: datetime, ending: str
) -> None:
    credential = Credential.objects.filter(request=assigned).first()
    assert credential
    address = reverse("delegate:reveal", args=[credential.id])
    assert "Contraseña" in at_alicias.get(address).content.decode()
    ENDINGS[ending]()
    answer = at_alicias.post(address, {"password": PASSWORD})
    assert sent_to_the_login(answer)
    assert not Event.objects.filter(name="vault.secret.opened").exists()
    assert sent_to_the_login(at_alicias.post(address, {"password": PASSWORD})), "nor at the second try"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("is_active", [True, False], ids=["recovery", "activation"])
def test_n6_a_link_that_was_sent_and_even_opened_sets_no_password_any_more(
    visitor: Client, alicia: Member, now: datetime, ending: str, *, is_active: bool
) -> None:
    account = alicia.account(now)
    Account.objects.update(activated_at=now if is_active else None)
    recover(alicia.login, "127.0.0.1")
    link = account.links.get()
    assert visitor.get(activation(link)).status_code == 200
    ENDINGS[ending]()
    before = everything()
    assert visitor.get(activation(link)).status_code == 410
    assert visitor.post(activation(link), NEW).status_code == 410
    with pytest.raises(LinkSpent):
        actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=timezone.now())
    assert everything() == before


def test_n6_no_link_is_sent_to_whom_nobody_delegates_any_more(alicia: Member, now: datetime) -> None:
    alicia.account(now)
    end_by_its_last_day()
    recover(alicia.login, "127.0.0.1")
    assert not SingleUseLink.objects.exists()


def test_n6_a_delegation_that_ends_takes_only_its_own_account(alicia: Member, carla: Member, now: datetime) -> None:
    """Whoever acts for two entities keeps the other; nobody else is thrown out."""
    Delegation.objects.create(person=alicia.person, organization=carla.organization, starts_on=timezone.localdate())
    both = Member(alicia.person, carla.organization, carla.provider, carla.role)
    here, there, at_carlas = force(alicia, now), force(both, now), force(carla, now)
    Delegation.objects.filter(person=alicia.person, organization=alicia.organization).delete()
    assert sent_to_the_login(here.get(reverse("delegate:start")))
    assert "LA CEIBA" in there.get(reverse("delegate:start")).content.decode()
    assert at_carlas.get(reverse("delegate:start")).status_code == 200


# N7: an expired invitation was accepted.

LAST_MOMENT = timedelta(hours=71, minutes=59, seconds=59)
AGES = [
    (LAST_MOMENT, True),
    (timedelta(hours=72), False),
    (timedelta(days=400), False),
    (timedelta(seconds=-60), False),
]


@pytest.mark.parametrize("is_active", [True, False], ids=["recovery", "activation"])
@pytest.mark.parametrize(("age", "stands"), AGES)
def test_n7_a_link_stands_to_the_second_before_72_hours_wherever_it_is_asked(
    alicia: Member, now: datetime, age: timedelta, *, stands: bool, is_active: bool
) -> None:
    account = alicia.account(now)
    Account.objects.update(activated_at=now if is_active else None)
    link = SingleUseLink.objects.create(account=account, sent_to=account.person.email, made_at=now)
    assert (find_link(link.id, token_for(link.id), at=now + age) is not None) is stands
    before = everything()
    if stands:
        actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=now + age)
        assert everything() != before
    else:
        with pytest.raises(LinkSpent):
            actions.activate(link_id=link.id, password=PASSWORD, by=VISITOR, at=now + age)
        assert everything() == before


@pytest.mark.parametrize(("left", "status"), [(timedelta(seconds=30), 302), (timedelta(0), 410)])
def test_n7_a_page_that_was_opened_in_time_is_refused_when_it_is_sent_too_late(
    visitor: Client, alicia: Member, now: datetime, left: timedelta, status: int
) -> None:
    link = SingleUseLink.objects.create(account=alicia.account(now), sent_to=alicia.person.email, made_at=now)
    assert visitor.get(activation(link)).status_code == 200
    SingleUseLink.objects.update(made_at=timezone.now() - timedelta(hours=72) + left)
    before = everything()
    assert visitor.post(activation(link), NEW).status_code == status
    assert (everything() == before) is (status == 410)


def test_n7_one_place_knows_when_a_link_expires() -> None:
    source = Path(llaves.__file__).parent
    asked = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if "migrations" not in path.parts and "LINK_LIFETIME" in path.read_text(encoding="utf-8")
    }
    assert asked == {"identity/models.py"}


# N12: one way in skipped the throttle.

Try = Callable[[Client, Town], HttpResponse]


def _with_proof(page: str, **fields: str) -> Try:
    def attempt(client: Client, here: Town) -> Any:
        solved = proof_of_work(client.get(here.address(page)))
        return client.post(here.address(page), {"proof_of_work": solved, **fields})

    return attempt


def _with_image(page: str, **fields: str) -> Try:
    def attempt(client: Client, here: Town) -> Any:
        CaptchaStore.objects.all().delete()
        return client.post(here.address(page), {**image_code(client.get(here.address(page))), **fields})

    return attempt


def _reveal(client: Client, here: Town) -> Any:
    return here.clients["alicia"].post(here.address("delegate:reveal"), {"password": "no es esta clave"})


def _download(client: Client, here: Town) -> Any:
    fields = {"form": "json", "password": "no es esta clave"}
    return here.clients["alicia"].post(here.address("delegate:download"), fields)


def _second_step(client: Client, here: Town) -> Any:
    log_in(client, "CC1020304050-890303841")
    return client.post(reverse("second_factor"), {"code": "000000"})


def _at_alicias(page: str, **fields: str) -> Try:
    wrong = "no es esta clave"
    sent = {"password": wrong, "current": wrong, "code": "000000", "name": "Oficina", **fields}
    return lambda _, here: here.clients["alicia"].post(here.address(page), sent)


def _wrong_token(client: Client, here: Town) -> Any:
    address = here.address("public:activate")
    return client.post(f"{address.rsplit('/', 2)[0]}/{'0' * 64}/", NEW)


PERSON = {"document_type": "CC", "document_number": "1020304050", "confidentiality": box("confidencialidad")}
ENTITY = {"nit": "890303841", "entity_type": "PSS"}
# Each door that checks a password, a code or who somebody is: how it is tried, how often it answers, and how it ends.
DOORS: dict[str, tuple[Try, int, int]] = {
    "login": (_with_proof("login", login="CC1020304050-890303841", password="no es esta clave"), 5, 422),
    "second_factor": (_second_step, 5, 422),
    "delegate:reveal": (_reveal, 5, 422),
    "delegate:download": (_download, 5, 422),
    "delegate:try_own": (_at_alicias("delegate:try_own"), 5, 422),
    "account:change_password": (
        _at_alicias("account:change_password", password=NEW["password"], repeated=NEW["password"]),
        5,
        422,
    ),
    "account:add_application": (_at_alicias("account:add_application"), 5, 422),
    "account:add_passkey": (_at_alicias("account:add_passkey"), 5, 422),
    "account:remove_factor": (_at_alicias("account:remove_factor"), 5, 422),
    "account:recovery_codes": (_at_alicias("account:recovery_codes"), 5, 422),
    "public:check_requirements": (_with_image("public:check_requirements", **ENTITY, **PERSON), 20, 429),
    "public:recover": (_with_image("public:recover", login="CC1020304050-890303841"), 20, 429),
    "public:register_delegate": (_with_image("public:register_delegate", **ENTITY, **PERSON), 20, 429),
    "public:register_other_user": (_with_image("public:register_other_user", **PERSON), 20, 429),
    # Not throttled: nobody guesses a MAC of 256 bits, and a count per address would shut out the hospital behind it.
    "public:activate": (_wrong_token, 30, 410),
}
CHECKS_NOTHING = {
    "logout",
    "give_up_login",
    "account:agreement",
    "account:close_session",
    "account:close_other_sessions",
    "account:stay",
    "delegate:choose_provider",
    "delegate:calendar",
    "delegate:request",
    "delegate:renew",
    "delegate:replace",
    "delegate:save_draft",
    "delegate:mend",
    "delegate:withdraw",
    "official:assign",
    "official:bulk_upload",
    "official:bulk_check",
    "official:bulk_discard",
    "official:export",
    "official:claim",
    "official:send_back",
    "official:correct",
    "official:revoke",
    "official:tick_off",
    "official:generate",
    "official:generate_many",
    "official:change_generation",
    "official:change_run",
}
"""They take a form, but neither password nor code."""


def test_n12_every_door_is_known() -> None:
    assert DOORS.keys() | CHECKS_NOTHING == REFUSED_POST.keys()


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("door", DOORS)
def test_n12_no_way_in_skips_the_throttle(town: Callable[..., Town], door: str) -> None:
    here = town()
    attempt, allowed, ends_with = DOORS[door]
    for number in range(allowed):
        assert attempt(Client(), here).status_code != 429, number
    answer = attempt(Client(headers={"x-forwarded-for": "203.0.113.9", "user-agent": "otro"}), here)
    assert answer.status_code == ends_with
    assert b"secret_value" not in answer.content


@pytest.mark.parametrize(
    "first", ["login", "delegate:reveal", "delegate:download", "account:change_password", "account:remove_factor"]
)
def test_n12_a_password_has_one_count_at_whatever_door_it_is_guessed(town: Callable[..., Town], first: str) -> None:
    """Five tries in all, not five at each door; then even the right one is refused at both."""
    here = town()
    for _ in range(5):
        DOORS[first][0](Client(), here)
    answer = here.clients["alicia"].post(here.address("delegate:reveal"), {"password": PASSWORD})
    assert answer.status_code == 422
    assert "Demasiados intentos" in Page(answer).error_beside("password")
    refused = log_in(Client(), "CC1020304050-890303841")
    assert refused.status_code == 422
    assert REFUSED in refused.content.decode()


def test_n12_registering_has_one_count_for_both_of_its_forms(town: Callable[..., Town]) -> None:
    here = town()
    for _ in range(20):
        Client().post(here.address("public:register_delegate"))
    assert Client().post(here.address("public:register_other_user")).status_code == 429


def test_n12_a_wrong_token_is_told_nothing_and_costs_its_owner_nothing(town: Callable[..., Town]) -> None:
    here = town()
    before = everything()
    answers = {_wrong_token(Client(), here).content for _ in range(30)}
    assert len(answers) == 1
    assert everything() == before
    assert Client().post(here.address("public:activate"), NEW).status_code == 302


@pytest.mark.parametrize(
    "headers",
    [{"x-requested-with": "XMLHttpRequest"}, {"accept": "application/json"}, {"content-type": "application/json"}],
)
def test_n12_the_login_has_no_side_door_that_answers_otherwise(
    town: Callable[..., Town], headers: dict[str, str]
) -> None:
    """The login library has one in JSON; it would say 400 and repeat the password."""
    here = town()
    solved = proof_of_work(Client().get(here.address("login")))
    fields = {"login": "CC1020304050-890303841", "password": "no es esta clave", "proof_of_work": solved}
    answer = Client().post(here.address("login"), fields, headers=headers)
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("text/html")
    assert "no es esta clave" not in answer.content.decode()
    assert Client().get(here.address("login"), headers=headers)["Content-Type"].startswith("text/html")


# N13: a one-time link was burned by mail scanners.

LOOKS = {
    "opened": ("get", {}),
    "head": ("head", {}),
    "options": ("options", {}),
    "prefetched by an old browser": ("get", {"purpose": "prefetch"}),
    "prefetched": ("get", {"sec-purpose": "prefetch"}),
    "prerendered": ("get", {"sec-purpose": "prefetch;prerender"}),
    "prefetched by Firefox": ("get", {"x-moz": "prefetch"}),
    "previewed": ("get", {"x-purpose": "preview"}),
    "scanned": ("get", {"user-agent": "Mozilla/5.0 (compatible; SafeLinks)", "cookie": ""}),
    "with another method in a header": ("get", {"x-http-method-override": "POST"}),
}


@pytest.mark.parametrize("is_active", [True, False], ids=["recovery", "activation"])
@pytest.mark.parametrize("look", LOOKS)
def test_n13_a_scanner_burns_no_link_and_the_person_comes_after_it(
    alicia: Member, now: datetime, look: str, *, is_active: bool
) -> None:
    account = alicia.account(now)
    Account.objects.update(activated_at=now if is_active else None)
    link = SingleUseLink.objects.create(account=account, sent_to=account.person.email, made_at=now)
    before = everything()
    method, headers = LOOKS[look]
    for _ in range(2):
        scanned = getattr(Client(), method)(f"{activation(link)}?password=x&repeated=x&_method=POST", headers=headers)
        assert scanned.status_code in {200, 405}
        assert "sesion" not in scanned.cookies
    assert everything() == before
    person = Client()
    assert person.get(activation(link)).status_code == 200
    assert person.get(activation(link)).status_code == 200, "opened twice"
    assert person.post(activation(link), NEW).status_code == 302
    assert log_in(Client(), alicia.login, NEW["password"]).status_code == 302


@pytest.mark.parametrize("look", LOOKS)
def test_n13_nothing_is_revealed_to_whoever_only_looks(at_alicias: Client, assigned: Request, look: str) -> None:
    credential = Credential.objects.filter(request=assigned).first()
    assert credential
    address = reverse("delegate:reveal", args=[credential.id])
    before = everything()
    method, headers = LOOKS[look]
    headers = {name: value for name, value in headers.items() if name != "cookie"}
    for _ in range(2):
        answer = getattr(at_alicias, method)(f"{address}?password={PASSWORD}&_method=POST", headers=headers)
        assert answer.status_code in {200, 405}
        assert b"secret_value" not in answer.content
        assert "Refresh" not in answer.headers
    assert everything() == before
    assert b"secret_value" in at_alicias.post(address, {"password": PASSWORD}).content


def test_n13_a_scanner_that_sends_the_form_empty_burns_no_link_either(alicia: Member, now: datetime) -> None:
    link = SingleUseLink.objects.create(account=alicia.account(now), sent_to=alicia.person.email, made_at=now)
    before = everything()
    assert Client().post(activation(link)).status_code == 422
    assert Client(enforce_csrf_checks=True).post(activation(link), NEW).status_code == 403
    assert everything() == before
    assert Client().post(activation(link), NEW).status_code == 302


def test_n13_a_link_that_was_used_says_so_to_whoever_opens_it_again(alicia: Member, now: datetime) -> None:
    link = SingleUseLink.objects.create(account=alicia.account(now), sent_to=alicia.person.email, made_at=now)
    person = Client()
    assert person.post(activation(link), NEW).status_code == 302
    before = everything()
    assert person.post(activation(link), NEW).status_code == 410, "sent twice"
    assert person.get(activation(link)).status_code == 410
    assert everything() == before
