"""`llaves account`: look at one user, suspend, reinstate, unlock, take away a lost second factor."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llaves.cli.terminal import Error, OperatorCommand, add_verb, operator, written
from llaves.identity import administration
from llaves.identity.administration import NothingChanged
from llaves.identity.queries import find_account_by_login, has_second_factor
from llaves.identity.roles import Role
from llaves.notifications.queries import masked
from llaves.providers.queries import may_act_for

if TYPE_CHECKING:
    from datetime import datetime

    from llaves.identity.models import Account

LOGIN = "CC1020304050-890303841"
VERBS = {
    "show": ("Muestra quién es, desde cuándo y si puede ingresar.", ""),
    "suspend": ("Cierra el usuario y sus sesiones hasta que se le devuelva el acceso.", ' --reason "Caso 4512"'),
    "reinstate": (
        "Devuelve el acceso a un usuario suspendido. Sin una delegación vigente no podrá ingresar.",
        ' --reason "Caso 4512 cerrado"',
    ),
    "unlock": (
        "Olvida los intentos fallidos que bloquean el login. El límite de cada dirección de red pasa en un minuto.",
        "",
    ),
    "reset-factor": (
        "Quita la verificación en dos pasos de quien perdió celular y códigos. Compruebe antes que es la persona.",
        ' --reason "Caso 4512: perdió el celular"',
    ),
}
"""What each does, and what its example says after the login."""


class Command(OperatorCommand):
    help = (
        "Muestra un usuario del portal, lo suspende, le devuelve el acceso, lo desbloquea o le quita el segundo paso."
    )
    epilog = f'Ejemplo: llaves account suspend {LOGIN} --reason "Perdió el celular; caso 4512"'

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(VERBS))
        for name, (saying, more) in VERBS.items():
            verb = add_verb(verbs, name, saying, f"llaves account {name} {LOGIN}{more}")
            verb.add_argument("login", metavar="LOGIN", help="el login que asignó el registro")
            if more:
                verb.add_argument("--reason", metavar="MOTIVO", required=True, help="por qué; queda en la auditoría")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        login, at = options["login"].strip().upper(), timezone.now()
        try:
            match options["verb"]:
                case "suspend":
                    said: Table | Text = _suspend(login, options["reason"], at)
                case "reinstate":
                    said = _reinstate(login, options["reason"], at)
                case "unlock":
                    said = _unlock(login, at)
                case "reset-factor":
                    said = _reset_factor(login, options["reason"], at)
                case _:
                    said = _show(login, at)
        except NothingChanged as refusal:
            raise Error(str(refusal)) from None
        Console(highlight=False).print(said)


def _suspend(login: str, reason: str, at: "datetime") -> Text:
    ended = administration.suspend(login=login, reason=reason, by=operator("account suspend"), at=at)
    return Text(f"El usuario {login} quedó suspendido. Sesiones cerradas: {ended}.")


def _reinstate(login: str, reason: str, at: "datetime") -> Text:
    administration.reinstate(login=login, reason=reason, by=operator("account reinstate"), at=at)
    return Text(f"El usuario {login} ya no está suspendido.")


def _unlock(login: str, at: "datetime") -> Text:
    administration.unlock(login=login, by=operator("account unlock"), at=at)
    return Text(f"El usuario {login} puede intentar de nuevo.")


def _reset_factor(login: str, reason: str, at: "datetime") -> Text:
    by = operator("account reset-factor")
    administration.reset_second_factor(login=login, reason=reason, by=by, at=at)
    return Text(f"El usuario {login} entra ahora solo con su contraseña. Se le avisó por correo.")


def _show(login: str, at: "datetime") -> Table:
    account = find_account_by_login(login)
    if account is None:
        raise Error(f"No hay un usuario con el login {login}.")
    table = Table(box=box.SIMPLE, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in _lines(account, at):
        table.add_row(label, Text(value))
    return table


def _lines(account: "Account", at: "datetime") -> Iterator[tuple[str, str]]:
    person, entity = account.person, account.organization
    stands = may_act_for(person, entity, on=timezone.localdate(at))
    yield "Login", account.login
    yield "Rol", Role(account.role).label
    yield "Persona", f"{person.document_type} {person.document_number} · {person.name}"
    yield "Correo", masked(person.email)
    yield "Entidad", f"{entity.nit_with_check_digit} · {entity.name}"
    yield "Tipo de entidad", account.entity_type or "–"
    yield "Registrado", written(account.registered_at)
    yield "Activado", written(account.activated_at)
    yield "Suspendido", written(account.suspended_at)
    yield "Delegación vigente hoy", "sí" if stands else "no"
    yield "Verificación en dos pasos", "sí" if has_second_factor(account) else "no"
    yield "Confirmado por MiSeguridadSocial", written(person.confirmed_at)
    yield "Último ingreso", written(account.last_login)
    yield "Puede ingresar", "sí" if stands and account.is_active else "no"
