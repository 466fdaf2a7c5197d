"""The calendar as RFC 5545 asks: read by another library, and its lines looked at."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from llaves.credentials.ical import Day, write

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=120)


def day(summary: str = "Vencen", description: str = "Pida la renovación.", number: int = 1) -> Day:
    return Day(UUID(int=number), date(2027, 6, 1), summary, description, AT)


def test_another_program_reads_what_was_written() -> None:
    calendar = Calendar.from_ical(write("Llaves IHCE – ALISOS", [day("Vencen; las, de \\ Producción", "Una\nDos")]))
    (event,) = calendar.walk("VEVENT")
    assert not calendar.errors
    assert not event.errors
    assert str(event["SUMMARY"]) == "Vencen; las, de \\ Producción"
    assert str(event["DESCRIPTION"]) == "Una\nDos"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2027, 6, 1), date(2027, 6, 2))
    assert event["DTSTAMP"].dt == AT
    assert str(event["UID"]) == f"{UUID(int=1)}@llaves-ihce"
    assert (str(calendar["VERSION"]), str(calendar["X-WR-CALNAME"])) == ("2.0", "Llaves IHCE – ALISOS")


def test_a_calendar_without_days_still_has_the_component_that_it_needs() -> None:
    (zone,) = Calendar.from_ical(write("Vacío", [])).subcomponents
    assert (zone.name, zone["TZID"]) == ("VTIMEZONE", "America/Bogota")
    assert zone.subcomponents[0]["TZOFFSETTO"].td == timedelta(hours=-5)


@given(summary=TEXT, description=TEXT, name=TEXT)
def test_every_line_has_75_octets_at_most_and_ends_as_it_should(summary: str, description: str, name: str) -> None:
    raw = write(name, [day(summary, description)]).encode()
    assert raw.endswith(b"\r\n")
    for line in raw.removesuffix(b"\r\n").split(b"\r\n"):
        assert 0 < len(line) <= 75
        assert b"\r" not in line
        assert b"\n" not in line
        line.decode()  # no character is cut in two
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (summary, description)


def test_what_a_value_says_begins_no_line_of_its_own() -> None:
    raw = write("x", [day("Fin\r\nEND:VCALENDAR\r\nATTACH:http://malo", "a\rb\x00c")])
    assert raw.count("END:VCALENDAR\r\n") == 1
    assert "\nATTACH" not in raw
    assert len(Calendar.from_ical(raw).walk("VEVENT")) == 1
