"""The client of the live registry against its stand-in, over real TLS, with everything that goes wrong outside."""

import logging
import ssl
import time
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from llaves.integrations.http import Asker
from llaves.integrations.miseguridadsocial import (
    DelegationTold,
    MiSeguridadSocial,
    NobodyTold,
    OrganizationTold,
    Reason,
    RegistryUnreachable,
    RegistryUnusable,
)
from tests.demo.running import free_port
from tests.races import who_wins
from tests.registry import AT_TWO, HERS, IMPATIENT, PATIENT, TOKEN, StandIn

NINE = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("America/Bogota"))


def ask(registry: StandIn) -> object:
    return registry.client().organization("890303841")


def test_an_organization_is_told_with_the_moment_of_the_data(registry: StandIn) -> None:
    assert ask(registry) == OrganizationTold("890303841", "CLÍNICA LOS ALISOS", is_natural_person=False, as_of=NINE)


def test_a_person_is_told_with_every_delegation(registry: StandIn) -> None:
    registry.knows(delegations=[HERS, ("CC", "1020304050", "891580002", "2025-01-01", "2025-12-31")])
    told = registry.client().person("CC", "1020304050")
    assert not isinstance(told, NobodyTold)
    assert (told.name, told.email, told.phone) == ("Alicia Muñoz Paz", "alicia@hospital.example", "3001234567")
    assert told.delegations == (
        DelegationTold("890303841", date(2026, 1, 15), None),
        DelegationTold("891580002", date(2025, 1, 1), date(2025, 12, 31)),
    )


def test_whom_it_does_not_know_is_nobody(registry: StandIn) -> None:
    assert registry.client().person("CE", "1234567") == NobodyTold(NINE)


def test_in_its_closed_hours_it_is_closed_at_once(registry: StandIn) -> None:
    registry.is_in_the_mood(now=AT_TWO)
    naps: list[float] = []
    with pytest.raises(RegistryUnreachable) as closed:
        registry.client(sleep=naps.append).organization("890303841")
    assert closed.value.reason is Reason.CLOSED
    assert naps == []


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_tried_again(registry: StandIn, status: int) -> None:
    registry.is_in_the_mood(fault="status", status=status, times=2)
    assert isinstance(ask(registry), OrganizationTold)


def test_what_stays_is_given_up_after_a_few_tries(registry: StandIn) -> None:
    registry.is_in_the_mood(fault="status", status=503, times=3)
    with pytest.raises(RegistryUnreachable, match="no answer: status 503"):
        ask(registry)
    assert isinstance(ask(registry), OrganizationTold)


def test_it_waits_as_long_as_it_is_told_to_and_no_longer_than_its_budget(registry: StandIn) -> None:
    naps: list[float] = []
    client = registry.client(sleep=naps.append)
    registry.is_in_the_mood(fault="status", status=429, retry_after=1, times=1)
    assert isinstance(client.organization("890303841"), OrganizationTold)
    assert naps == [1]
    registry.is_in_the_mood(fault="status", status=429, retry_after=60)
    with pytest.raises(RegistryUnreachable):
        client.organization("890303841")
    assert naps == [1]


@pytest.mark.parametrize("fault", [{"fault": "delay", "seconds": 30}, {"fault": "drip", "seconds": 0.1}])
def test_a_slow_one_is_not_waited_for_longer_than_the_budget(registry: StandIn, fault: dict[str, object]) -> None:
    registry.is_in_the_mood(**fault)
    began = time.monotonic()
    with pytest.raises(RegistryUnreachable):
        registry.client(IMPATIENT).organization("890303841")
    assert time.monotonic() - began < 20


def test_after_a_failure_nobody_else_is_kept_waiting_for_a_while(registry: StandIn) -> None:
    registry.is_in_the_mood(fault="cut", times=3)
    moment = 0.0
    client = registry.client(replace(PATIENT, rest=20.0), clock=lambda: moment)
    with pytest.raises(RegistryUnreachable):
        client.organization("890303841")
    moment = 19.9
    with pytest.raises(RegistryUnreachable, match="a moment ago"):
        client.organization("890303841")
    moment = 20.1
    assert isinstance(client.organization("890303841"), OrganizationTold)


def test_a_slow_one_holds_a_few_threads_and_the_others_are_sent_away_soon(registry: StandIn) -> None:
    registry.is_in_the_mood(fault="delay", seconds=3, times=2)
    client = registry.client(replace(PATIENT, at_once=2, queue=0.1, rest=60.0))

    def attempt(_: int) -> None:
        assert isinstance(client.organization("890303841"), OrganizationTold)

    assert who_wins(attempt, range(4), loses_with=RegistryUnreachable) == [False, False, True, True]
    attempt(0)  # and nobody rests because of that


def test_a_connection_cut_in_the_midst_is_tried_again_and_then_given_up(registry: StandIn) -> None:
    registry.is_in_the_mood(fault="cut", times=1)
    assert isinstance(ask(registry), OrganizationTold)
    registry.is_in_the_mood(fault="cut")
    with pytest.raises(RegistryUnreachable):
        ask(registry)


def test_an_answer_of_a_hundred_megabytes_is_not_taken(registry: StandIn) -> None:
    registry.is_in_the_mood(fault="huge")
    with pytest.raises(RegistryUnusable, match="too large"):
        ask(registry)


@pytest.mark.parametrize("fault", ["broken json", "somebody else", "redirect", "other 404"])
def test_what_breaks_the_contract_is_no_answer(registry: StandIn, fault: str) -> None:
    registry.is_in_the_mood(fault=fault)
    with pytest.raises(RegistryUnusable):
        ask(registry)
    with pytest.raises(RegistryUnusable):
        registry.client().person("CC", "1020304050")


def test_a_certificate_of_another_name_or_authority_is_refused(registry: StandIn) -> None:
    registry.is_in_the_mood(fault="certificate")
    with pytest.raises(RegistryUnreachable, match="ConnectError"):
        ask(registry)
    registry.is_in_the_mood()
    with pytest.raises(RegistryUnreachable, match="ConnectError"):
        MiSeguridadSocial(Asker(registry.url, TOKEN, limits=PATIENT)).organization("890303841")


def test_certificates_that_are_none_are_refused_at_the_start() -> None:
    with pytest.raises(ssl.SSLError):
        Asker("https://localhost", TOKEN, certificates="no es PEM")


def test_where_nobody_listens_it_is_unreachable() -> None:
    client = MiSeguridadSocial(Asker(f"https://localhost:{free_port()}", TOKEN, limits=PATIENT))
    with pytest.raises(RegistryUnreachable, match="no answer: ConnectError"):
        client.organization("890303841")


def test_a_refused_token_is_told_and_no_secret_or_person_is_ever_said(
    registry: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(RegistryUnreachable) as refused:
        registry.client(token="hunter2").person("CC", "1020304050")
    assert refused.value.reason is Reason.NOT_ALLOWED
    registry.is_in_the_mood(fault="broken json")
    with pytest.raises(RegistryUnusable) as broken:
        registry.client().person("CC", "1020304050")
    for said in (repr(refused.value), repr(broken.value), caplog.text):
        assert not {word for word in ("hunter2", TOKEN, "1020304050", "alicia") if word in said}
    assert broken.value.__cause__ is None
