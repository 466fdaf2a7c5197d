"""What every page shows: who is here, for which entity, and the menu of the role."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from llaves.identity.actors import account_of
from llaves.identity.queries import standing_accounts
from llaves.identity.roles import Role
from llaves.web.breadcrumbs import crumbs
from llaves.web.guards import chosen_provider, own_providers
from llaves.web.threshold import has_passed

if TYPE_CHECKING:
    from llaves.identity.models import Account


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """Imagen 10: shown fixed on every page of the session."""

    user_name: str
    login: str
    role_label: str
    entity_label: str
    nit: str
    can_change_provider: bool
    place: str
    others: "list[Account]"


@dataclass(frozen=True, slots=True)
class MenuEntry:
    label: str
    url: str
    current: bool


_OWN = ("Mi cuenta", "account:overview")
_MENUS = {
    Role.DELEGATE: (("Inicio", "delegate:start"), ("Inscripción token", "delegate:token"), _OWN),
    Role.OFFICIAL: (
        ("Inicio", "official:start"),
        ("Generar llaves de acceso", "official:pending"),
        ("Prestadores", "official:find"),
        ("Avisos no entregados", "official:undelivered"),
        _OWN,
    ),
}


def who_is_here(request: HttpRequest) -> dict[str, Any]:
    """Context for `base.html`: the way here for everybody, the identity card and the menu for who is logged in."""
    context: dict[str, Any] = {"demo_mailbox_url": settings.DEMO_MAILBOX_URL, "crumbs": crumbs(request)}
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return context
    account = account_of(request)
    # Before the threshold no other page is open, so none is offered.
    ways = {"menu": _menu(request, Role(account.role))} if has_passed(request) else {"menu": [], "crumbs": []}
    card = _card(request, account)
    may = {permission.value for permission in account.permissions}
    return {**context, **ways, "identity_card": card, "may": may, "idle_seconds": settings.SESSION_COOKIE_AGE}


def _card(request: HttpRequest, account: "Account") -> IdentityCard:
    provider = chosen_provider(request) if account.role == Role.DELEGATE else None
    standing = standing_accounts(account.person, at=timezone.now())
    logins = [own.login for own in standing]
    return IdentityCard(
        user_name=account.person.name,
        login=account.login,
        role_label=account.role_label,
        entity_label=provider.label if provider else account.organization.name,
        nit=account.organization.nit_with_check_digit,
        place=_place(account.login, logins),
        others=[own for own in standing if own.login != account.login],
        can_change_provider=has_passed(request) and provider is not None and len(own_providers(request)) > 1,
    )


def _place(login: str, logins: list[str]) -> str:
    """Which of his several users somebody is; empty for whoever has one."""
    if len(logins) < 2 or login not in logins:  # noqa: PLR2004 - several are two or more
        return ""
    return f"Usuario {logins.index(login) + 1} de {len(logins)}"


def _menu(request: HttpRequest, role: Role) -> list[MenuEntry]:
    entries = [(label, reverse(name)) for label, name in _MENUS[role]]
    home = entries[0][1]
    return [
        MenuEntry(label, url, current=request.path == url or (url != home and request.path.startswith(url)))
        for label, url in entries
    ]
