"""How long somebody waits for the ministry, in business days of Colombia. Pure.

Holidays by the package `holidays`: Ley 51 de 1983 and Ley 2578 de 2026, which moves 9 July to a Monday.
"""

from datetime import date, timedelta
from functools import cache

from holidays import country_holidays

SATURDAY = 5
_ONE_DAY = timedelta(days=1)


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("CO", years=year))


def is_business_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in _holidays(day.year)


def business_days(since: date, until: date) -> int:
    """How many business days came after `since`, up to and with `until`."""
    days = (since + _ONE_DAY * number for number in range(1, (until - since).days + 1))
    return sum(is_business_day(day) for day in days)


def business_days_before(number: int, until: date) -> date:
    """The last day since which so many business days have gone by."""
    day = until
    while business_days(day, until) < number:
        day -= _ONE_DAY
    return day
