"""The cache in which throttles count."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from llaves import jobs
from tests.races import who_wins

pytestmark = pytest.mark.django_db


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM web_cache")
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _empty() -> None:
    cache.clear()


def test_what_is_set_is_read_until_it_expires() -> None:
    cache.set("a", [1, "dos"], timeout=60)
    cache.set("a", [3], timeout=60)
    cache.set("b", "x", timeout=-1)
    assert cache.get_many(["a", "b"]) == {"a": [3]}


def test_each_write_is_one_statement() -> None:
    with CaptureQueriesContext(connection) as told:
        cache.set("a", 1)
        cache.add("b", 1)
        cache.touch("a", 60)
    assert len(told) == 3


def test_what_is_held_is_not_added_again_until_it_has_expired() -> None:
    assert cache.add("lock", 1, timeout=60)
    assert not cache.add("lock", 2, timeout=60)
    assert cache.get("lock") == 1
    cache.set("lock", 1, timeout=-1)
    assert cache.add("lock", 3, timeout=60)
    assert cache.get("lock") == 3


def test_only_what_is_held_is_touched() -> None:
    cache.set("old", 1, timeout=-1)
    assert not cache.touch("old", 60)
    assert not cache.touch("never", 60)
    cache.set("held", 1, timeout=60)
    assert cache.touch("held", -1)
    assert cache.get("held") is None


def test_what_lasts_for_ever_does() -> None:
    cache.set("for_ever", 1, timeout=None)
    jobs.clear_cache(0)
    assert cache.get("for_ever") == 1


def test_filling_it_pushes_nothing_out_and_the_job_clears_only_what_expired() -> None:
    cache.set("refused_logins", [1.0] * 5, timeout=60)
    cache.set_many({f"k{number}": number for number in range(50)}, timeout=-1)
    assert rows() == 51
    jobs.clear_cache(0)
    assert rows() == 1
    assert cache.get("refused_logins") == [1.0] * 5


@pytest.mark.django_db(transaction=True)
def test_of_several_who_add_at_once_one_wins() -> None:
    def take(number: int) -> None:
        if not cache.add("lock", number, timeout=60):
            raise LookupError

    assert sum(who_wins(take, range(6), loses_with=LookupError)) == 1
