"""Gives the invented country three years of requests, credentials and events."""

from datetime import datetime

from django.contrib.auth.hashers import make_password

from llaves.audit.events import Actor
from llaves.cli.demo_data import open_account
from llaves.cli.demo_lives import World, pasts
from llaves.cli.demo_people import ACQUAINTANCES, BERTA, BETO, PASSWORD, Acquaintance
from llaves.cli.demo_requests import ENTERED
from llaves.credentials import rehearsal, rehearsing
from llaves.credentials.queries import environments
from llaves.identity.roles import Role
from llaves.providers.documents import MINISTRY_NIT

COUNTRY = 10_000
"""From so many providers on, a past belongs to them unless somebody wants none."""


def ensure(*, by: Actor, at: datetime) -> int:
    """Give a past to every provider that has none, and return how many got one: none the second time.

    The newcomers of the demo are left as they are: they make their own.
    """
    officials = [Acquaintance("", who, Role.OFFICIAL, MINISTRY_NIT) for who in (BETO, BERTA)]
    logins = [open_account(official, by=by, at=at).login for official in officials]
    world = World(at, [environment.code for environment in environments()], logins)
    found = rehearsal.candidates(but_nits={who.nit for who in ACQUAINTANCES}, at=at)
    # One hash for all: hashing is slow on purpose.
    written = rehearsing.write_down(pasts(found, world), entered=ENTERED, password=make_password(PASSWORD))
    if written:
        rehearsing.tidy()
    return written
