"""What the telephone of the demo's official would show (RFC 6238), for who has only a screen."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECONDS = 30
DIGITS = 6


@dataclass(frozen=True)
class Codes:
    """The codes of one secret, given in base32."""

    secret: str

    def shown(self, at: datetime) -> str:
        """Return the code of a moment, as telephones group it: 123 456."""
        totp = TOTP(base64.b32decode(self.secret), DIGITS, SHA1(), SECONDS)  # noqa: S303 - what RFC 6238 asks for
        code = totp.generate(int(at.timestamp())).decode()
        return f"{code[:3]} {code[3:]}"

    def end(self, at: datetime) -> datetime:
        """Return the moment at which the next code is shown."""
        return at + timedelta(seconds=SECONDS - at.timestamp() % SECONDS)
