"""Business days of Colombia, Ley 2578 de 2026 included."""

from datetime import date

import pytest

from llaves.credentials.waiting import business_days, business_days_before, is_business_day


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), 0),
        (date(2026, 11, 20), date(2026, 11, 23), 1),  # over a weekend
        (date(2026, 11, 13), date(2026, 11, 17), 1),  # Independencia de Cartagena, moved to Monday 16
        (date(2026, 12, 24), date(2026, 12, 28), 1),
        (date(2026, 12, 30), date(2027, 1, 4), 2),
        (date(2026, 7, 8), date(2026, 7, 14), 3),  # 9 July is a working day, Monday 13 is not
        (date(2026, 11, 23), date(2026, 11, 20), 0),
    ],
)
def test_weekends_and_holidays_do_not_count(since: date, until: date, days: int) -> None:
    assert business_days(since, until) == days


def test_ley_2578_moves_the_ninth_of_july_to_a_monday() -> None:
    assert is_business_day(date(2026, 7, 9))
    assert not is_business_day(date(2026, 7, 13))
    assert not is_business_day(date(2027, 7, 12))


@pytest.mark.parametrize("number", [0, 1, 3, 5, 10, 15])
def test_the_day_since_which_so_many_have_gone_by(number: int) -> None:
    until = date(2026, 11, 23)
    day = business_days_before(number, until)
    assert business_days(day, until) >= number
    assert number == 0 or business_days(date.fromordinal(day.toordinal() + 1), until) < number
