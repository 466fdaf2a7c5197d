"""The second factor: the only writer of codes of an application (TOTP, RFC 6238), passkeys and recovery codes.

Rows are the login library's. A code or a recovery code serves once, also when it is sent several times at once:
whoever checks one holds the account's rows until the end of the transaction.
"""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.audit.trail import Detail
from llaves.identity import passkeys
from llaves.identity.models import Account
from llaves.identity.passkeys import PasskeyRefused
from llaves.identity.roles import Role
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName
from llaves.providers.documents import without_separators
from llaves.vault import actions as vault
from llaves.vault.envelope import Binding

Kind = Authenticator.Type
PROVING = (Kind.TOTP, Kind.WEBAUTHN)
"""What makes a second factor; recovery codes only stand in for it."""

PERIOD = 30
"""Seconds that a code lasts (RFC 6238 §5.2)."""
STEPS_OF_GRACE = (0, -1, 1)
"""The clock of a telephone may be half a minute off."""

RECOVERY_CODES = 10
RECOVERY_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without what is easily taken for something else: I, L, O, 0, 1."""
MOST_PASSKEYS = 10


class CodeRefused(Exception):
    """The code is wrong, past, or was used before."""


class FactorKept(Exception):
    """The factor can't be changed so: the Spanish message says why."""


@transaction.atomic
def add_totp(*, account: Account, secret: str, code: str, by: Actor, at: datetime) -> list[str]:
    """Take an application's codes as the account's second factor, in place of an earlier application.

    :param secret: base32, as the application was given it.
    :returns: fresh recovery codes when the account had none, to be shown this once.
    :raises CodeRefused: the application does not give this code now.
    """
    rows = _lock(account)
    step = _matching_step(secret, without_separators(code), at)
    if step is None:
        raise CodeRefused
    sealed = vault.seal(secret, binding=_binding(account), by=by, at=at)
    data = {"secret": str(sealed.id), "last_step": step}
    rows.filter(type=Kind.TOTP).delete()
    Authenticator.objects.create(user=account, type=Kind.TOTP, data=data, created_at=at)
    _tell(account, "Se agregó una aplicación de códigos.", by=by, at=at, kind=Kind.TOTP)
    return _first_recovery_codes(account, by=by, at=at)


@transaction.atomic
def add_passkey(*, account: Account, name: str, credential: dict[str, Any], by: Actor, at: datetime) -> list[str]:
    """Take a passkey, which `passkeys.registered` has checked, as a second factor; returns as `add_totp`.

    :raises FactorKept: there are too many.
    """
    if _lock(account).filter(type=Kind.WEBAUTHN).count() >= MOST_PASSKEYS:
        raise FactorKept(f"Ya tiene {MOST_PASSKEYS} passkeys. Quite una que no use.")
    data = {"name": name, "credential": credential}
    Authenticator.objects.create(user=account, type=Kind.WEBAUTHN, data=data, created_at=at)
    _tell(account, f"Se agregó la passkey «{name}».", by=by, at=at, kind=Kind.WEBAUTHN)
    return _first_recovery_codes(account, by=by, at=at)


@transaction.atomic
def remove_factor(*, account: Account, factor_id: int, by: Actor, at: datetime) -> None:
    """Remove an application or a passkey; recovery codes go with the last of them.

    :raises FactorKept: an official keeps at least one, or there is no such factor.
    """
    rows = _lock(account).filter(type__in=PROVING)
    factor = rows.filter(id=factor_id).first()
    if factor is None:
        raise FactorKept("Esa verificación ya no está en su usuario.")
    is_last = rows.count() == 1
    if is_last and account.role == Role.OFFICIAL:
        raise FactorKept("Un funcionario siempre tiene verificación en dos pasos. Agregue otra antes de quitar esta.")
    factor.delete()
    if is_last:
        _lock(account).delete()
    what = f"la passkey «{factor.data['name']}»" if factor.type == Kind.WEBAUTHN else "la aplicación de códigos"
    _tell(account, f"Se quitó {what}.", by=by, at=at, kind=factor.type, added=False)


@transaction.atomic
def remove_all_factors(*, account: Account, reason: str, by: Actor, at: datetime) -> int:
    """For somebody who has lost everything: the next login asks for the password alone. Returns how many there were."""
    rows = _lock(account)
    count: int = rows.filter(type__in=PROVING).count()
    rows.delete()
    change = "El Ministerio quitó la verificación en dos pasos, a solicitud suya."
    _tell(account, change, by=by, at=at, kind="all", added=False, reason=reason)
    return count


@transaction.atomic
def make_recovery_codes(*, account: Account, by: Actor, at: datetime) -> list[str]:
    """Make fresh recovery codes, to be shown this once; earlier ones end. Only their MACs are kept."""
    rows = _lock(account).filter(type=Kind.RECOVERY_CODES)
    replaced, _ = rows.delete()
    codes = ["".join(secrets.choice(RECOVERY_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    kept = {"codes": [_mac(account, code) for code in codes]}
    Authenticator.objects.create(user=account, type=Kind.RECOVERY_CODES, data=kept, created_at=at)
    _record(EventName.RECOVERY_CODES_MADE, account, by=by, at=at)
    ends = " Los anteriores ya no sirven." if replaced else ""
    _send(account, f"Se crearon códigos de recuperación.{ends}", at=at)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


@transaction.atomic
def use_code(*, account: Account, code: str, by: Actor, at: datetime) -> bool:
    """Whether a code, of the application or for recovery, proves the second factor. It is spent by that."""
    typed = without_separators(code).upper()
    rows = {row.type: row for row in _lock(account).exclude(type=Kind.WEBAUTHN)}
    is_right = _is_fresh(rows.get(Kind.TOTP), account, typed, by=by, at=at) or _is_spared(
        rows.get(Kind.RECOVERY_CODES), account, typed, by=by, at=at
    )
    if not is_right:
        _record(EventName.FACTOR_REFUSED, account, by=by, at=at)
    return is_right


@transaction.atomic
def use_passkey(*, account: Account, answer: str, by: Actor, at: datetime) -> bool:
    """Whether a browser's answer proves one of the account's passkeys. Its challenge is spent by that."""
    try:
        row = passkeys.proving(account, answer)
    except PasskeyRefused:
        _record(EventName.FACTOR_REFUSED, account, by=by, at=at)
        return False
    row.last_used_at = at
    row.save(update_fields=["last_used_at"])
    _record(EventName.FACTOR_PROVED, account, by=by, at=at, kind=Kind.WEBAUTHN.value)
    return True


@transaction.atomic
def note_refused(*, account: Account, by: Actor, at: datetime) -> None:
    """Leave the event of a proof that was not even looked at, because there were too many."""
    _record(EventName.FACTOR_REFUSED, account, by=by, at=at)


def _is_fresh(row: Authenticator | None, account: Account, code: str, *, by: Actor, at: datetime) -> bool:
    """Whether the application gives this code, and none as late as this has been used (RFC 6238 §5.2)."""
    if row is None or len(code) != 6 or not code.isdecimal():  # noqa: PLR2004 - digits of a code
        return False
    secret = vault.unseal(UUID(row.data["secret"]), binding=_binding(account), by=by, at=at)
    step = _matching_step(secret, code, at, after=row.data["last_step"])
    if step is None:
        return False
    row.data["last_step"] = step
    row.last_used_at = at
    row.save(update_fields=["data", "last_used_at"])
    _record(EventName.FACTOR_PROVED, account, by=by, at=at, kind=Kind.TOTP.value)
    return True


def _is_spared(row: Authenticator | None, account: Account, code: str, *, by: Actor, at: datetime) -> bool:
    """Whether it is one of the recovery codes that are left."""
    spent = _mac(account, code)
    if row is None or not any(constant_time_compare(kept, spent) for kept in row.data["codes"]):
        return False
    row.data["codes"].remove(spent)
    row.last_used_at = at
    row.save(update_fields=["data", "last_used_at"])
    left = len(row.data["codes"])
    _record(EventName.RECOVERY_CODE_SPENT, account, by=by, at=at, left=left)
    _send(account, f"Se usó un código de recuperación. Quedan {left}.", at=at)
    return True


def _matching_step(secret: str, code: str, at: datetime, *, after: int = -1) -> int | None:
    now = int(at.timestamp()) // PERIOD
    steps = (now + grace for grace in STEPS_OF_GRACE)
    fitting = [step for step in steps if constant_time_compare(_code(secret, step), code)]
    return next((step for step in fitting if step > after), None)


def code_at(secret: str, at: datetime) -> str:
    """The code that an application shows at a moment."""
    return _code(secret, int(at.timestamp()) // PERIOD)


def _code(secret: str, step: int) -> str:
    return f"{hotp_value(secret, step):06}"


def _first_recovery_codes(account: Account, *, by: Actor, at: datetime) -> list[str]:
    if Authenticator.objects.filter(user=account, type=Kind.RECOVERY_CODES).exists():
        return []
    return make_recovery_codes(account=account, by=by, at=at)


def _mac(account: Account, code: str) -> str:
    return salted_hmac("llaves.identity.factors", f"{account.pk} {code}", algorithm="sha256").hexdigest()


def _lock(account: Account) -> Any:
    """The account's factors, as a query; nobody else changes them before the transaction ends."""
    Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    return Authenticator.objects.filter(user=account)


def _binding(account: Account) -> Binding:
    return Binding("second-factor", {"account": str(account.pk), "content": "totp"})


def _tell(
    account: Account, change: str, *, by: Actor, at: datetime, kind: str, added: bool = True, **details: Detail
) -> None:
    name = EventName.FACTOR_ADDED if added else EventName.FACTOR_REMOVED
    _record(name, account, by=by, at=at, kind=str(kind), **details)
    _send(account, change, at=at)


def _send(account: Account, change: str, *, at: datetime) -> None:
    about = {
        "name": account.person.name,
        "login": account.login,
        "when": timezone.localtime(at).strftime("%d/%m/%Y %H:%M"),
        "change": change,
    }
    outbox.post(LetterName.FACTOR_CHANGED, to=account.person.email, about=about, at=at)


def _record(name: EventName, account: Account, *, by: Actor, at: datetime, **details: Detail) -> None:
    subject = Subject(nit=account.organization.nit)
    trail.record(name, by=by, at=at, subject=subject, details={"login": account.login, **details})
