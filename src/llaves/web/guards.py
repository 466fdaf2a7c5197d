"""Who may pass a door, said once for all its pages. Login itself is required unless a page says otherwise."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypedDict

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from llaves.audit.events import Actor
from llaves.identity.actors import account_of, actor_of
from llaves.identity.roles import Permission
from llaves.providers.queries import providers_of

if TYPE_CHECKING:
    from llaves.identity.models import Account
    from llaves.providers.models import Provider

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

CHOSEN_PROVIDER = "provider_code"
"""The session's key for the provider that a delegate of several works with."""


class Acting(TypedDict):
    """Who does something at a page, and when: what every action of an account takes."""

    account: "Account"
    by: Actor
    at: datetime


def acting(request: HttpRequest) -> Acting:
    """Whoever is logged in, now."""
    return Acting(account=account_of(request), by=actor_of(request), at=timezone.now())


def needs(permission: Permission) -> Callable[[Page[P]], Page[P]]:
    """Only who has the permission sees the page; to others it does not exist."""

    def guard(page: Page[P]) -> Page[P]:
        @wraps(page)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if permission not in account_of(request).permissions:
                raise Http404
            return page(request, *args, **kwargs)

        return guarded

    return guard


def chosen_provider(request: HttpRequest) -> "Provider | None":
    """The provider that the delegate works with: his only one, or the one he chose; never another organization's."""
    own = {provider.code: provider for provider in own_providers(request)}
    if len(own) == 1:
        return next(iter(own.values()))
    return own.get(request.session.get(CHOSEN_PROVIDER, ""))


def own_providers(request: HttpRequest) -> "list[Provider]":
    """The providers of the account's organization, read once per request."""
    account = account_of(request)
    if not hasattr(request, "own_providers"):
        providers = list(providers_of(account.organization).select_related("organization"))
        request.own_providers = providers  # type: ignore[attr-defined]
    return request.own_providers  # type: ignore[attr-defined, no-any-return]


def with_provider(
    permission: Permission,
) -> "Callable[[Callable[Concatenate[HttpRequest, Provider, P], HttpResponseBase]], Page[P]]":
    """A delegate's page about one provider; asks which one where there are several."""

    def guard(page: "Callable[Concatenate[HttpRequest, Provider, P], HttpResponseBase]") -> Page[P]:
        @needs(permission)
        @wraps(page)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            provider = chosen_provider(request)
            if provider is None:
                return redirect("delegate:choose_provider")
            return page(request, provider, *args, **kwargs)

        return guarded

    return guard
