"""An application that shows codes, as a telephone has it: computed by a library that the portal does not use for it."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator

from llaves.audit.events import Actor, ActorKind
from llaves.identity import factors
from llaves.identity.models import Account
from llaves_demo.codes import Codes

SECRET = base64.b32encode(b"twenty bytes, ASCII!").decode()


@dataclass(frozen=True)
class Application:
    """RFC 6238: SHA-1, six digits, thirty seconds."""

    secret: str = SECRET

    def code(self, at: datetime) -> str:
        return Codes(self.secret).shown(at).replace(" ", "")


def add_application(account: Account, at: datetime, secret: str = SECRET) -> int:
    """Give the account an application, added some minutes before, and return the factor's id."""
    before = at - timedelta(minutes=5)
    owner = Actor(kind=ActorKind.PERSON, name=account.login)
    code = Application(secret).code(before)
    factors.add_totp(account=account, secret=secret, code=code, by=owner, at=before)
    return Authenticator.objects.get(user=account, type=Authenticator.Type.TOTP).pk
