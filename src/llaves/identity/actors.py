"""From a web request to the account behind it, and to the actor that its events name."""

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter

from llaves.audit.events import Actor, ActorKind
from llaves.identity.models import Account

if TYPE_CHECKING:
    from django.http import HttpRequest

OPENED_AT = "opened_at"
"""The session's key for the moment of its login, in seconds."""
PROVED_AT = "proved_at"
"""The session's key for the moment when its owner last proved to be himself, in seconds."""


def account_of(request: "HttpRequest") -> Account:
    """The account behind a page that requires login."""
    assert isinstance(request.user, Account)  # noqa: S101 - the login middleware lets nobody else through
    return request.user


def visitor(request: "HttpRequest") -> Actor:
    """Somebody who has not logged in."""
    return Actor(kind=ActorKind.PERSON, name="visitante", address=get_adapter(request).get_client_ip(request))


def actor_of(request: "HttpRequest") -> Actor:
    """Whoever is logged in."""
    return Actor(kind=ActorKind.PERSON, name=account_of(request).login, address=visitor(request).address)
