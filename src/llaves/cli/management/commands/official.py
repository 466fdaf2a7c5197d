"""`llaves official`: the ministry's people who hand out the keys."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from llaves.cli.terminal import Error, OperatorCommand, add_verb, operator, written
from llaves.identity import administration
from llaves.identity.actions import RegistrationRefused, register
from llaves.identity.administration import NothingChanged
from llaves.identity.queries import find_account_by_login, officials
from llaves.identity.roles import Role, login_for
from llaves.providers.documents import DocumentFault, parse_document
from llaves.providers.queries import reference

if TYPE_CHECKING:
    from datetime import datetime


class Command(OperatorCommand):
    help = "Muestra, registra, limita y retira a los funcionarios del Ministerio que asignan las llaves."
    epilog = "Ejemplo: llaves official add CC 79888777"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|add|limit|unlimit|remove")
        add_verb(verbs, "list", "Muestra los funcionarios, también los suspendidos y los que no han activado.")
        add = add_verb(
            verbs,
            "add",
            "Registra a una persona que el Ministerio ya delegó y le envía la carta de activación. Al activar, ella "
            "misma acepta el acuerdo de confidencialidad.",
            "llaves official add CC 79888777",
        )
        add.add_argument("document_type", metavar="TIPO", help="tipo de documento, como CC")
        add.add_argument("document_number", metavar="NÚMERO", help="número de documento")
        for verb, does, why in (
            ("limit", "Deja que un funcionario solo consulte, desde su siguiente clic.", "Hace control interno"),
            ("unlimit", "Deja que un funcionario que solo consultaba asigne llaves otra vez.", "Volvió al grupo"),
            (
                "remove",
                "Suspende a un funcionario y cierra sus sesiones. Lo que hizo queda en la auditoría.",
                "Terminó su contrato",
            ),
        ):
            changed = add_verb(verbs, verb, does, f'llaves official {verb} CC79888777 --reason "{why}"')
            changed.add_argument("login", metavar="LOGIN", help="login del funcionario, como lo muestra list")
            changed.add_argument("--reason", metavar="MOTIVO", required=True, help="por qué; queda en la auditoría")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        at = timezone.now()
        try:
            match options["verb"]:
                case "add":
                    said: Table | Text = _add(options["document_type"], options["document_number"], at)
                case "remove":
                    said = _remove(options["login"].strip().upper(), options["reason"], at)
                case "limit" | "unlimit":
                    said = _limit(options["verb"], options["login"].strip().upper(), options["reason"], at)
                case _:
                    said = _list(at)
        except (NothingChanged, RegistrationRefused, DocumentFault) as refusal:
            raise Error(str(refusal)) from None
        Console(highlight=False).print(said)


def _list(at: "datetime") -> Table | Text:
    found = officials(at=at)
    if not found:
        return Text("No hay funcionarios. Registre uno con llaves official add.")
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Login", no_wrap=True)
    table.add_column("Nombre", overflow="fold")
    for heading in ("Activado", "Suspendido", "Delegado hoy"):
        table.add_column(heading)
    for official in found:
        account = official.account
        moments = written(account.activated_at), written(account.suspended_at)
        name = f"{account.person.name}{' (solo consulta)' if account.only_looks else ''}"
        table.add_row(account.login, Text(name), *moments, "sí" if official.is_delegated else "no")
    return table


def _add(document_type: str, document_number: str, at: "datetime") -> Text:
    kind = document_type.strip().upper()
    rules = reference().document_types
    if kind not in rules:
        raise Error(f"No hay un tipo de documento {kind}. Use {', '.join(rules)}.")
    number = parse_document(rules[kind], document_number)
    login = login_for(Role.OFFICIAL, kind, number, "")
    known = find_account_by_login(login)
    if known and known.suspended_at:
        raise Error(
            f"El funcionario {login} está suspendido. Devuélvale el acceso con llaves account reinstate {login}."
        )
    by = operator("official add")
    register(role=Role.OFFICIAL, document_type=kind, document_number=number, by=by, at=at)
    return Text(f"El funcionario {login} quedó registrado. Le llega una carta para activar su usuario.")


def _remove(login: str, reason: str, at: "datetime") -> Text:
    ended = administration.suspend(
        login=login, reason=reason, role=Role.OFFICIAL, by=operator("official remove"), at=at
    )
    return Text(f"El funcionario {login} quedó suspendido. Sesiones cerradas: {ended}.")


def _limit(verb: str, login: str, reason: str, at: "datetime") -> Text:
    by, only_looks = operator(f"official {verb}"), verb == "limit"
    administration.limit(login=login, reason=reason, only_looks=only_looks, by=by, at=at)
    return Text(f"El funcionario {login} {'solo puede consultar' if only_looks else 'puede asignar llaves otra vez'}.")
