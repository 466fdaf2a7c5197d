"""The roles of the manual, and what each may do."""

import re
from collections.abc import Mapping
from enum import StrEnum, unique

from llaves.providers.documents import DocumentRule

_LOGIN = re.compile(r"([A-Z]{2})([A-Z0-9]+)(?:-[1-9]\d{4,9})?", re.ASCII)


class Role(StrEnum):
    DELEGATE = "delegate"
    OFFICIAL = "official"

    @property
    def label(self) -> str:
        """The role's name as the manual writes it."""
        return {Role.DELEGATE: "SECURITYADMIN - IHCE IPS", Role.OFFICIAL: "ROL IHCE MSPS"}[self]

    @property
    def user_type(self) -> str:
        """The user type of the registration (imagen 2 and 5)."""
        return {Role.DELEGATE: "Delegado Administrativo", Role.OFFICIAL: "Otro Usuario"}[self]


@unique
class Permission(StrEnum):
    """What a page lets somebody do. Every address demands one; one that changes anything, one that writes."""

    KEEP_OWN_ACCOUNT = "keep_own_account"
    SEE_OWN_PROVIDERS = "see_own_providers"
    CHOOSE_PROVIDER = "choose_provider"
    REQUEST = "request"
    TAKE_CREDENTIALS = "take_credentials"
    SHARE_CALENDAR = "share_calendar"
    SEE_ALL_PROVIDERS = "see_all_providers"
    EXPORT = "export"
    ASSIGN = "assign"
    GENERATE = "generate"
    RETURN = "return"
    CORRECT = "correct"
    REVOKE = "revoke"
    TICK_OFF = "tick_off"

    @property
    def writes(self) -> bool:
        """Whether whoever has it may change something, or leave an event."""
        return self not in _LOOKING


_LOOKING = {Permission.SEE_OWN_PROVIDERS, Permission.SEE_ALL_PROVIDERS}
_OF_ROLE = {
    Role.DELEGATE: {
        Permission.SEE_OWN_PROVIDERS,
        Permission.CHOOSE_PROVIDER,
        Permission.REQUEST,
        Permission.TAKE_CREDENTIALS,
        Permission.SHARE_CALENDAR,
    },
    Role.OFFICIAL: {
        Permission.SEE_ALL_PROVIDERS,
        Permission.EXPORT,
        Permission.ASSIGN,
        Permission.GENERATE,
        Permission.RETURN,
        Permission.CORRECT,
        Permission.REVOKE,
        Permission.TICK_OFF,
    },
}


def permissions_of(role: Role, *, only_looks: bool) -> frozenset[Permission]:
    """What a role may do; somebody limited to looking keeps what looks, and his own account."""
    granted = {one for one in _OF_ROLE[role] if not (only_looks and one.writes)}
    return frozenset({Permission.KEEP_OWN_ACCOUNT, *granted})


def login_for(role: Role, document_type: str, document_number: str, nit: str) -> str:
    """The login that the portal assigns: `CC1020304050-890303841` for a delegate, `CC1020304050` for an official."""
    document = f"{document_type}{document_number}"
    return f"{document}-{nit}" if role is Role.DELEGATE else document


def looks_like_login(text: str, rules: Mapping[str, DocumentRule]) -> bool:
    """Whether a text could be a login; what cannot be one, a password typed in the wrong field, is not kept.

    :param rules: the types of documents, by their codes.
    """
    found = _LOGIN.fullmatch(text)
    return found is not None and found[1] in rules and rules[found[1]].fits(found[2])
