"""What the ministry's operators do with accounts and with the catalogue: the same rules as in `actions.py`."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Max

from llaves.audit import trail
from llaves.audit.events import Actor, EventName, Subject
from llaves.audit.trail import Detail
from llaves.identity.factors import remove_all_factors
from llaves.identity.models import Account, Application
from llaves.identity.roles import Role
from llaves.identity.sessions import end_all
from llaves.identity.throttle import forget_refused_logins

LONGEST_REASON = 300
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_FIELDS = {
    "code": ("El código", 30),
    "name": ("El nombre", 80),
    "summary": ("El resumen", 200),
    "address": ("El enlace", 200),
}


class NothingChanged(Exception):
    """It can't be done, or is done already: the Spanish message says why, and nothing was written."""


@transaction.atomic
def suspend(*, login: str, reason: str, role: Role | None = None, by: Actor, at: datetime) -> int:
    """Close an account until it is reinstated, and end its sessions; return how many those were.

    :param role: when given, an account in another role is refused.
    :raises NothingChanged: no such account, suspended already, or no usable reason.
    """
    reason = _reason(reason)
    account = _account(login, role)
    if account.suspended_at:
        raise NothingChanged(f"El usuario {account.login} ya estaba suspendido.")
    account.suspended_at = at
    account.save(update_fields=["suspended_at"])
    ended = end_all(account)
    _record(EventName.ACCOUNT_SUSPENDED, account, {"reason": reason, "sessions": ended}, by=by, at=at)
    return ended


@transaction.atomic
def reinstate(*, login: str, reason: str, by: Actor, at: datetime) -> None:
    """Open a suspended account again. Its delegation is asked at the login, as always.

    :raises NothingChanged: no such account, not suspended, or no usable reason.
    """
    reason = _reason(reason)
    account = _account(login)
    if not account.suspended_at:
        raise NothingChanged(f"El usuario {account.login} no está suspendido.")
    account.suspended_at = None
    account.save(update_fields=["suspended_at"])
    _record(EventName.ACCOUNT_REINSTATED, account, {"reason": reason}, by=by, at=at)


@transaction.atomic
def limit(*, login: str, reason: str, only_looks: bool, by: Actor, at: datetime) -> None:
    """Let an official only look from his next click on, or let him work again.

    :raises NothingChanged: no such official, nothing to change, or no usable reason.
    """
    reason = _reason(reason)
    account = _account(login, Role.OFFICIAL)
    if account.only_looks == only_looks:
        state = "ya podía solo consultar" if only_looks else "no estaba limitado a consultar"
        raise NothingChanged(f"El funcionario {account.login} {state}.")
    account.only_looks = only_looks
    account.save(update_fields=["only_looks"])
    name = EventName.ACCOUNT_LIMITED if only_looks else EventName.ACCOUNT_UNLIMITED
    _record(name, account, {"reason": reason}, by=by, at=at)


@transaction.atomic
def unlock(*, login: str, by: Actor, at: datetime) -> None:
    """Forget the refused logins of an account, so that it need not wait.

    :raises NothingChanged: no such account, or nothing to forget.
    """
    account = _account(login)
    if not forget_refused_logins(account.login):
        raise NothingChanged(f"El usuario {account.login} no tiene intentos fallidos recientes: no está bloqueado.")
    _record(EventName.ACCOUNT_UNLOCKED, account, {}, by=by, at=at)


@transaction.atomic
def reset_second_factor(*, login: str, reason: str, by: Actor, at: datetime) -> int:
    """Remove every second factor of somebody who has lost them all, and end the sessions; return how many there were.

    :raises NothingChanged: no such account, nothing to remove, or no usable reason.
    """
    reason = _reason(reason)
    account = _account(login)
    count = remove_all_factors(account=account, reason=reason, by=by, at=at)
    if not count:
        raise NothingChanged(f"El usuario {account.login} no tiene verificación en dos pasos.")
    end_all(account)
    return count


@transaction.atomic
def add_application(*, code: str, name: str, summary: str, address: str, by: Actor, at: datetime) -> Application:
    """Put an application that lives elsewhere at the end of the catalogue.

    :raises NothingChanged: a value is missing, too long or malformed, or the code is taken.
    """
    values = {"name": _words(name), "summary": _words(summary), "address": address.strip()}
    code = code.strip().lower()
    if fault := _fault(code, values):
        raise NothingChanged(fault)
    last = Application.objects.aggregate(last=Max("position"))["last"]
    defaults = {**values, "position": 0 if last is None else last + 1}
    application, is_new = Application.objects.get_or_create(code=code, defaults=defaults)
    if not is_new:
        raise NothingChanged(f"Ya hay una aplicación con el código {code}: {application.name}.")
    trail.record(EventName.APPLICATION_ADDED, by=by, at=at, details={"application": code, **values})
    return application


def _account(login: str, role: Role | None = None) -> Account:
    """The account, locked until the transaction ends: of two at once, the second sees what the first did."""
    locked = Account.objects.select_for_update(of=("self",)).select_related("organization")
    account = locked.filter(login=login.strip().upper()).first()
    if account is None:
        raise NothingChanged(f"No hay un usuario con el login {login.strip().upper()}.")
    if role and account.role != role.value:
        raise NothingChanged(f"El usuario {account.login} no tiene el rol {role.label}.")
    return account


def _reason(text: str) -> str:
    reason = _words(text)
    if not reason:
        raise NothingChanged("Diga el motivo: queda en la auditoría.")
    if len(reason) > LONGEST_REASON:
        raise NothingChanged(f"El motivo tiene más de {LONGEST_REASON} caracteres. Acórtelo.")
    return reason


def _words(text: str) -> str:
    return " ".join(text.split())


def _fault(code: str, values: dict[str, str]) -> str | None:
    """What is wrong with an application, as a Spanish sentence."""
    if not _CODE.fullmatch(code):
        return "El código lleva letras minúsculas sin tilde, dígitos y guiones, como mi-seguridad."
    for field, (label, longest) in _FIELDS.items():
        if not 0 < len(values.get(field, code)) <= longest:
            return f"{label} es obligatorio y tiene {longest} caracteres como máximo."
    try:
        URLValidator(schemes=["https"])(values["address"])
    except ValidationError:
        return "La dirección debe ser completa y segura, como https://www.ejemplo.gov.co."
    if "@" in urlsplit(values["address"]).netloc:
        return "La dirección no debe llevar usuario ni contraseña."
    return None


def _record(name: EventName, account: Account, details: dict[str, Detail], *, by: Actor, at: datetime) -> None:
    subject = Subject(nit=account.organization.nit)
    trail.record(name, by=by, at=at, subject=subject, details={"login": account.login, **details})
