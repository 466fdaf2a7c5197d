"""The second factor: codes, recovery codes and passkeys, each good for one login."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from llaves.audit.models import Event
from llaves.identity import factors
from llaves.identity.factors import CodeRefused, FactorKept
from llaves.identity.models import Account
from llaves.identity.queries import factors_of, has_second_factor, must_add_second_factor
from llaves.notifications.models import Notice
from tests import people
from tests.factors import SECRET, Application, add_application
from tests.people import VISITOR
from tests.races import who_wins

APPLICATION = Application()
PASSKEY = {"id": "AAAA", "type": "public-key", "response": {}}


@pytest.fixture
def account(db: None, now: datetime) -> Account:
    return people.alicia(now).account(now)


@pytest.fixture
def official(db: None, now: datetime) -> Account:
    return people.beto(now).account(now)


@pytest.fixture
def at(account: Account, now: datetime) -> datetime:
    """The account has an application, and it is now."""
    add_application(account, now)
    return now


def use(account: Account, code: str, at: datetime) -> bool:
    return factors.use_code(account=account, code=code, by=VISITOR, at=at)


def fresh_codes(account: Account, at: datetime) -> list[str]:
    return factors.make_recovery_codes(account=account, by=VISITOR, at=at)


def test_an_application_is_taken_once_it_shows_the_right_code(account: Account, now: datetime) -> None:
    codes = factors.add_totp(account=account, secret=SECRET, code=APPLICATION.code(now), by=VISITOR, at=now)
    assert len(codes) == len(set(codes)) == 10
    assert has_second_factor(account)
    told = Event.objects.filter(name="identity.factor.added").get()
    assert told.details == {"login": account.login, "kind": "totp"}
    assert Notice.objects.filter(letter="factor_changed", recipient=account.person.email).exists()


@pytest.mark.parametrize("wrong", ["", "000000", "123", "١٢٣٤٥٦", "x" * 40])
def test_an_application_that_shows_another_code_is_not_taken(account: Account, now: datetime, wrong: str) -> None:
    with pytest.raises(CodeRefused):
        factors.add_totp(account=account, secret=SECRET, code=wrong, by=VISITOR, at=now)
    assert not has_second_factor(account)
    assert not Event.objects.exists()


def test_nothing_is_added_when_the_event_cannot_be_written(account: Account, now: datetime, broken_trail: None) -> None:
    with pytest.raises(RuntimeError):
        factors.add_totp(account=account, secret=SECRET, code=APPLICATION.code(now), by=VISITOR, at=now)
    assert not Authenticator.objects.exists()


def test_the_secret_and_the_codes_rest_unreadable(account: Account, now: datetime) -> None:
    codes = factors.add_totp(account=account, secret=SECRET, code=APPLICATION.code(now), by=VISITOR, at=now)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in kept
    assert not any(code.replace("-", "") in kept for code in codes)


def test_the_code_that_proved_the_application_does_not_log_in(account: Account, now: datetime) -> None:
    code = APPLICATION.code(now)
    factors.add_totp(account=account, secret=SECRET, code=code, by=VISITOR, at=now)
    assert not use(account, code, now)


@pytest.mark.parametrize(("seconds", "passes"), [(-90, False), (-30, True), (0, True), (30, True), (90, False)])
def test_a_telephones_clock_may_be_half_a_minute_off(
    account: Account, at: datetime, seconds: int, *, passes: bool
) -> None:
    assert use(account, APPLICATION.code(at + timedelta(seconds=seconds)), at) is passes


def test_n9_a_code_serves_once(account: Account, at: datetime) -> None:
    code = APPLICATION.code(at)
    assert use(account, code, at)
    assert not use(account, code, at)
    assert not use(account, code, at + timedelta(seconds=20))


def test_n9_an_earlier_code_is_past_once_a_later_one_was_used(account: Account, at: datetime) -> None:
    assert use(account, APPLICATION.code(at + timedelta(seconds=30)), at)
    assert not use(account, APPLICATION.code(at), at)


@pytest.mark.parametrize(
    "spell",
    [
        lambda code: f"{code[:3]} {code[3:]}",
        lambda code: f" {code}\n",
        lambda code: f"{code[:3]}\u00a0{code[3:]}",
        lambda code: f"{code[:3]}-{code[3:]}",
        "\u200b".join,
    ],
)
def test_n10_a_used_code_does_not_come_back_spelled_otherwise(
    account: Account, at: datetime, spell: Callable[[str], str]
) -> None:
    code = APPLICATION.code(at)
    assert use(account, spell(code), at), "however it is typed, it is read"
    assert not use(account, code, at)
    assert not use(account, spell(code), at)


def test_a_refused_code_leaves_its_event_without_the_code(account: Account, at: datetime) -> None:
    assert not use(account, "000000", at)
    event = Event.objects.latest("id")
    assert (event.name, event.details) == ("identity.factor.refused", {"login": account.login})


@pytest.mark.django_db(transaction=True)
def test_n9_of_several_logins_with_one_code_one_wins(now: datetime) -> None:
    account = people.alicia(now).account(now)
    add_application(account, now)
    code = APPLICATION.code(now)

    def attempt(_: int) -> None:
        if not use(account, code, now):
            raise CodeRefused

    assert who_wins(attempt, range(4), loses_with=CodeRefused) == [False] * 3 + [True]


@pytest.mark.django_db(transaction=True)
def test_n9_of_several_logins_with_one_recovery_code_one_wins(now: datetime) -> None:
    account = people.alicia(now).account(now)
    add_application(account, now)
    code, *_ = fresh_codes(account, now)

    def attempt(_: int) -> None:
        if not use(account, code, now):
            raise CodeRefused

    assert who_wins(attempt, range(4), loses_with=CodeRefused) == [False] * 3 + [True]
    assert factors_of(account).codes_left == 9


def test_a_recovery_code_serves_once_however_it_is_typed(account: Account, at: datetime) -> None:
    first, second, *_ = fresh_codes(account, at)
    assert use(account, first, at)
    assert not use(account, first, at)
    assert use(account, second.lower().replace("-", " "), at)
    assert factors_of(account).codes_left == 8
    assert Notice.objects.filter(about__change="Se usó un código de recuperación. Quedan 8.").exists()


def test_new_recovery_codes_end_the_earlier_ones_and_the_letter_says_so(account: Account, at: datetime) -> None:
    old, *_ = fresh_codes(account, at)
    assert Notice.objects.filter(about__change="Se crearon códigos de recuperación.").count() == 1
    new, *_ = fresh_codes(account, at)
    assert not use(account, old, at)
    assert use(account, new, at)
    assert Notice.objects.filter(about__change__endswith="Los anteriores ya no sirven.").count() == 2


def test_somebody_elses_recovery_code_opens_nothing(account: Account, at: datetime, now: datetime) -> None:
    carla = people.carla(now).account(now)
    add_application(carla, now, secret=SECRET[::-1])
    code, *_ = fresh_codes(carla, at)
    assert not use(account, code, at)


def test_another_application_takes_the_place_of_the_first(account: Account, at: datetime) -> None:
    other = Application(SECRET[::-1])
    assert factors.add_totp(account=account, secret=other.secret, code=other.code(at), by=VISITOR, at=at) == []
    later = at + timedelta(minutes=2)
    assert not use(account, APPLICATION.code(later), later)
    assert use(account, other.code(later), later)


def test_the_last_factor_of_a_delegate_goes_with_the_recovery_codes(account: Account, at: datetime) -> None:
    factor = factors_of(account).application
    assert factor
    factors.remove_factor(account=account, factor_id=factor.id, by=VISITOR, at=at)
    assert not has_second_factor(account)
    assert not Authenticator.objects.exists()
    assert Event.objects.latest("id").name == "identity.factor.removed"


def test_an_official_keeps_at_least_one(official: Account, now: datetime) -> None:
    assert must_add_second_factor(official)
    factor = add_application(official, now)
    assert not must_add_second_factor(official)
    with pytest.raises(FactorKept, match="siempre tiene"):
        factors.remove_factor(account=official, factor_id=factor, by=VISITOR, at=now)
    factors.add_passkey(account=official, name="Oficina", credential=PASSKEY, by=VISITOR, at=now)
    factors.remove_factor(account=official, factor_id=factor, by=VISITOR, at=now)
    assert has_second_factor(official)


@pytest.mark.django_db(transaction=True)
def test_an_official_who_removes_both_at_once_keeps_one(now: datetime) -> None:
    official = people.beto(now).account(now)
    add_application(official, now)
    factors.add_passkey(account=official, name="Oficina", credential=PASSKEY, by=VISITOR, at=now)
    both = Authenticator.objects.exclude(type="recovery_codes").values_list("pk", flat=True)

    def remove(factor: int) -> None:
        factors.remove_factor(account=official, factor_id=factor, by=VISITOR, at=now)

    assert who_wins(remove, list(both), loses_with=FactorKept) == [False, True]
    assert has_second_factor(official)


def test_nobody_removes_the_factor_of_somebody_else(account: Account, at: datetime, official: Account) -> None:
    factor = factors_of(account).application
    assert factor
    with pytest.raises(FactorKept):
        factors.remove_factor(account=official, factor_id=factor.id, by=VISITOR, at=at)
    assert has_second_factor(account)


def test_there_are_ten_passkeys_at_most(account: Account, now: datetime) -> None:
    for number in range(10):
        factors.add_passkey(account=account, name=f"N {number}", credential=PASSKEY, by=VISITOR, at=now)
    with pytest.raises(FactorKept, match="10 passkeys"):
        factors.add_passkey(account=account, name="N 11", credential=PASSKEY, by=VISITOR, at=now)


def test_whoever_lost_everything_is_reset_and_told(account: Account, at: datetime) -> None:
    assert factors.remove_all_factors(account=account, reason="Caso 7", by=VISITOR, at=at) == 1
    assert not has_second_factor(account)
    assert Event.objects.latest("id").details["reason"] == "Caso 7"
    assert Notice.objects.filter(about__change__startswith="El Ministerio quitó").exists()


def test_a_code_is_checked_in_bogotas_present(account: Account, at: datetime) -> None:
    """Codes count UTC seconds, whatever zone the moment is told in."""
    assert use(account, APPLICATION.code(at), at.astimezone(timezone.get_default_timezone()))
