"""The roles of the manual."""

import re
from collections.abc import Mapping
from enum import StrEnum

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
