"""After a rotation everything is under the first key, and opens where it belongs as before."""

from collections.abc import Callable
from datetime import datetime
from itertools import count
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llaves.audit.models import Event
from llaves.vault import actions, queries, rotation
from llaves.vault.envelope import Binding, CannotOpen
from llaves.vault.models import SealedSecret
from llaves.vault.sealing import WrongMasterKey
from tests.master_keys import master_key
from tests.people import VISITOR
from tests.races import who_wins

pytestmark = pytest.mark.django_db

Hold = Callable[..., None]
OLD, NEW = master_key("old", 1), master_key("new", 2)


def place(number: int) -> Binding:
    return Binding("credential", {"provider": "1900100001", "credential": f"c-{number}"})


def seal(number: int, at: datetime) -> UUID:
    return actions.seal(f"secret {number}", binding=place(number), by=VISITOR, at=at).id


def rotate(at: datetime, limit: int = 4) -> list[actions.Batch]:
    return list(rotation.rotate_everything(limit=limit, by=VISITOR, clock=lambda: at))


def assert_everything_opens(secrets: dict[int, UUID], at: datetime) -> None:
    for number, secret in secrets.items():
        assert actions.unseal(secret, binding=place(number), by=VISITOR, at=at) == f"secret {number}"
        with pytest.raises(CannotOpen):
            actions.unseal(secret, binding=place(number + 1), by=VISITOR, at=at)


def rotations() -> list[dict[str, object]]:
    return list(Event.objects.filter(name="vault.key.rotated").order_by("id").values_list("details", flat=True))


@pytest.fixture
def secrets(now: datetime, hold: Hold) -> dict[int, UUID]:
    """Ten secrets under the old key, which from then on only opens."""
    hold(OLD)
    sealed = {number: seal(number, now) for number in range(10)}
    hold(NEW, OLD)
    return sealed


def test_everything_moves_to_the_first_key_and_opens_as_before(
    now: datetime, secrets: dict[int, UUID], hold: Hold
) -> None:
    assert rotation.left() == 10
    rotate(now)
    assert queries.secrets_by_key() == {"new": 10}
    hold(NEW)
    assert_everything_opens(secrets, now)


def test_each_batch_leaves_one_event_with_its_count(now: datetime, secrets: dict[int, UUID]) -> None:
    rotate(now, limit=4)
    assert rotations() == [{"from": "old", "to": "new", "secrets": number} for number in (4, 4, 2)]


def test_a_second_rotation_finds_nothing_to_do(now: datetime, secrets: dict[int, UUID]) -> None:
    rotate(now)
    before = list(SealedSecret.objects.order_by("id").values_list("id", "envelope"))
    assert rotate(now) == []
    assert list(SealedSecret.objects.order_by("id").values_list("id", "envelope")) == before


def test_without_an_event_nothing_is_rotated(now: datetime, secrets: dict[int, UUID], broken_trail: None) -> None:
    before = list(SealedSecret.objects.order_by("id").values_list("envelope", "key_id"))
    with pytest.raises(RuntimeError):
        rotate(now)
    assert list(SealedSecret.objects.order_by("id").values_list("envelope", "key_id")) == before


def test_what_does_not_open_stays_as_it_is_and_is_told_once(now: datetime, secrets: dict[int, UUID]) -> None:
    SealedSecret.objects.filter(id=secrets[3]).update(envelope="altered")
    batches = rotate(now, limit=2)
    assert [secret for batch in batches for secret in batch.unopened] == [secrets[3]]
    assert queries.secrets_by_key() == {"new": 9, "old": 1}
    assert SealedSecret.objects.get(id=secrets.pop(3)).envelope == "altered"
    assert_everything_opens(secrets, now)


def test_envelopes_that_changed_places_still_do_not_open_afterwards(now: datetime, secrets: dict[int, UUID]) -> None:
    envelopes = {number: SealedSecret.objects.get(id=secrets[number]).envelope for number in (1, 2)}
    SealedSecret.objects.filter(id=secrets[1]).update(envelope=envelopes[2])
    SealedSecret.objects.filter(id=secrets[2]).update(envelope=envelopes[1])
    rotate(now)
    for number in (1, 2):
        with pytest.raises(CannotOpen):
            actions.unseal(secrets[number], binding=place(number), by=VISITOR, at=now)


def test_with_another_first_key_of_the_same_name_nothing_is_rotated(
    now: datetime, secrets: dict[int, UUID], hold: Hold
) -> None:
    seal(10, now)
    hold(master_key("new", 3), OLD)
    with pytest.raises(WrongMasterKey):
        rotate(now)
    assert queries.secrets_by_key() == {"new": 1, "old": 10}


steps = st.lists(st.tuples(st.sampled_from(["seal", "new", "first", "rotate", "drop"]), st.integers(0, 9)), max_size=25)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=steps)
def test_whatever_is_done_to_the_keys_everything_opens_and_only_in_its_place(
    now: datetime, hold: Hold, steps: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        keys, fresh, secrets = [master_key("k-0", 0)], count(1), dict[int, UUID]()
        for step, number in steps:
            match step:
                case "seal":
                    hold(*keys)
                    secrets[len(secrets)] = seal(len(secrets), now)
                case "new":
                    one = next(fresh)
                    keys.append(master_key(f"k-{one}", one))
                case "first":
                    keys.insert(0, keys.pop(number % len(keys)))
                case "rotate":
                    hold(*keys)
                    rotate(now, limit=number + 1)
                    assert set(queries.secrets_by_key()) <= {keys[0]["kid"]}
                case "drop":
                    keys = [keys[0], *(key for key in keys[1:] if key["kid"] in queries.keys_in_use())]
            hold(*keys)
            assert queries.wrong_keys() == []
        assert_everything_opens(secrets, now)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_rotations_at_once_share_the_work(now: datetime, secrets: dict[int, UUID]) -> None:
    done: list[int] = []
    assert all(
        who_wins(
            lambda limit: done.extend(batch.rotated for batch in rotate(now, limit)),
            [1, 2],
            loses_with=WrongMasterKey,
        )
    )
    assert sum(done) == 10
    assert sum(int(str(event["secrets"])) for event in rotations()) == 10
    assert queries.secrets_by_key() == {"new": 10}
    assert_everything_opens(secrets, now)


@pytest.mark.django_db(transaction=True)
def test_the_portal_seals_and_opens_meanwhile(now: datetime, secrets: dict[int, UUID]) -> None:
    more: dict[int, UUID] = {}

    def open_all(_: int) -> None:
        for _ in range(5):
            for number, secret in secrets.items():
                assert actions.unseal(secret, binding=place(number), by=VISITOR, at=now) == f"secret {number}"

    def seal_more(_: int) -> None:
        more.update({number: seal(number, now) for number in range(20, 35)})

    def act(what: Callable[[int], object]) -> None:
        what(1)

    everything = [open_all, seal_more, lambda limit: rotate(now, limit)]
    assert who_wins(act, everything, loses_with=WrongMasterKey) == [True, True, True]
    assert queries.secrets_by_key() == {"new": 25}
    assert_everything_opens(secrets | more, now)
