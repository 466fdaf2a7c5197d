"""Passkeys (WebAuthn Level 3): what a browser is asked for, and whether its answer holds. Writes no row.

The challenge waits in the session, where the library puts it, and serves once.
"""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.cache import cache
from django.core.exceptions import ValidationError

from llaves.identity.models import Account

LONGEST_ANSWER = 20_000
CHALLENGE_LASTS = 15 * 60
"""Seconds; as long as the session that holds it."""


class PasskeyRefused(Exception):
    """The browser's answer proves nothing: altered, for another challenge, or of another's passkey."""


def creation_options(account: Account) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked for."""
    options: dict[str, Any] = auth.begin_registration(account, passwordless=False)
    return options


def request_options(account: Account) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked for."""
    options: dict[str, Any] = auth.begin_authentication(account)
    return options


def registered(answer: str) -> dict[str, Any]:
    """The new passkey in the browser's answer, to be kept.

    :raises PasskeyRefused: see there.
    """
    credential = _read(answer)
    _spend_challenge()
    try:
        auth.parse_registration_response(credential)
        auth.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, IndexError) as fault:
        raise PasskeyRefused from fault
    return credential


def proving(account: Account, answer: str) -> Authenticator:
    """The account's passkey that answered.

    :raises PasskeyRefused: see there.
    """
    credential = _read(answer)
    _spend_challenge()
    try:
        auth.parse_authentication_response(credential)
        return auth.complete_authentication(account, credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, IndexError) as fault:
        raise PasskeyRefused from fault


def _read(answer: str) -> dict[str, Any]:
    try:
        credential = json.loads(answer[:LONGEST_ANSWER])
    except (ValueError, RecursionError) as fault:
        raise PasskeyRefused from fault
    if not isinstance(credential, dict):
        raise PasskeyRefused
    return credential


def _spend_challenge() -> None:
    """The library clears the challenge in a session that two requests may have read; `add` lets one of them pass."""
    state = auth.get_state()
    if not state or not cache.add(f"passkey:{state['challenge']}", value=True, timeout=CHALLENGE_LASTS):
        raise PasskeyRefused
