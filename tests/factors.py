"""An application that shows codes, as a telephone has it: computed by a library that the portal does not use for it."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from llaves.audit.events import Actor, ActorKind
from llaves.identity import factors
from llaves.identity.models import Account

SECRET = base64.b32encode(b"twenty bytes, ASCII!").decode()


@dataclass(frozen=True)
class Application:
    """RFC 6238: SHA-1, six digits, thirty seconds."""

    secret: str = SECRET

    def code(self, at: datetime) -> str:
        totp = TOTP(base64.b32decode(self.secret), 6, SHA1(), 30)  # noqa: S303 - what RFC 6238 asks for
        return totp.generate(int(at.timestamp())).decode()


def add_application(account: Account, at: datetime, secret: str = SECRET) -> int:
    """Give the account an application, added some minutes before, and return the factor's id."""
    before = at - timedelta(minutes=5)
    owner = Actor(kind=ActorKind.PERSON, name=account.login)
    code = Application(secret).code(before)
    factors.add_totp(account=account, secret=secret, code=code, by=owner, at=before)
    return Authenticator.objects.get(user=account, type=Authenticator.Type.TOTP).pk
