"""From a web request to the actor that its events name."""

from typing import TYPE_CHECKING

from llaves.audit.events import Actor, ActorKind
from llaves.identity.models import Account

if TYPE_CHECKING:
    from django.http import HttpRequest


def visitor(request: "HttpRequest") -> Actor:
    """Somebody who has not logged in."""
    return Actor(kind=ActorKind.PERSON, name="visitante", address=request.META.get("REMOTE_ADDR") or None)


def actor_of(request: "HttpRequest") -> Actor:
    """The account that is logged in, or a visitor."""
    if not isinstance(request.user, Account):
        return visitor(request)
    return Actor(kind=ActorKind.PERSON, name=request.user.login, address=visitor(request).address)
