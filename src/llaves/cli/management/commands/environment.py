"""`llaves environment`: what every provider shares in an environment of the mechanism."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rich.console import Console
from rich.table import Table

from llaves.cli.terminal import Error, OperatorCommand, operator
from llaves.credentials.actions import (
    FaultyAddress,
    IncompleteEnvironment,
    TenantInUse,
    UnknownEnvironment,
    set_environment,
    set_subscription_key,
)
from llaves.credentials.pairs import PairFault, parse_subscription_key
from llaves.credentials.queries import environments

if TYPE_CHECKING:
    from llaves.credentials.models import Environment

SHARED_VALUES = ("endpoint", "tenant_id", "scope")
OWN_VALUES = ("authority", "graph_base")
"""What no provider is shown: where the portal itself reaches Entra."""
_COLUMNS = {
    "endpoint": "EndPoint",
    "tenant_id": "TenantID",
    "scope": "Scope",
    "authority": "Autoridad",
    "graph_base": "Graph",
    "is_automatic": "Automático",
    "renews_by_itself": "Renueva solo",
}
_SWITCHES = {
    "is_automatic": "si el portal mismo crea las llaves en Entra",
    "renews_by_itself": "si renovar y reponer no espera a un funcionario",
}


def _told(environment: "Environment", name: str) -> str:
    value = getattr(environment, name)
    return value if isinstance(value, str) else ("sí" if value else "no")


class Command(OperatorCommand):
    help = "Muestra y cambia los valores de cada ambiente que son iguales para todos los prestadores."
    epilog = (
        "Ejemplo: llaves environment set produccion --tenant-id 11111111-2222-3333-4444-555555555555 "
        "--scope api://…/.default --authority https://login.microsoftonline.com "
        "--graph-base https://graph.microsoft.com/v1.0"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|set")
        verbs.add_parser("list", help="muestra los ambientes", add_help=False)
        change = verbs.add_parser("set", help="cambia un ambiente", add_help=False)
        change.add_argument("code", help="código del ambiente, como lo muestra list")
        change.add_argument("--endpoint", help="dirección del mecanismo (EndPoint)")
        change.add_argument("--tenant-id", help="directorio de Entra (TenantID)")
        change.add_argument("--scope", help="alcance que se pide con el token (Scope)")
        change.add_argument(
            "--authority", help="donde se piden los tokens, para comprobar llaves; vacío: no se comprueban"
        )
        change.add_argument("--graph-base", help="Microsoft Graph del directorio; vacío: no se usa")
        for name, saying in _SWITCHES.items():
            change.add_argument(f"--{name.replace('_', '-')}", choices=("sí", "si", "no"), help=saying)
        shared = verbs.add_parser(
            "subscription-key",
            help="guarda la llave de APIM que es igual para todos, leída de la entrada",
            add_help=False,
        )
        shared.add_argument("code", help="código del ambiente; una entrada vacía borra la llave")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if options["verb"] == "set":
            self._set(options)
        if options["verb"] == "subscription-key":
            self._share(options["code"])
        for title, names in (("Para los prestadores", SHARED_VALUES), ("Para el portal", (*OWN_VALUES, *_SWITCHES))):
            table = Table("Código", "Nombre", *(_COLUMNS[name] for name in names), title=title)
            for environment in environments():
                table.add_row(environment.code, environment.name, *(_told(environment, name) for name in names))
            Console().print(table)

    def _set(self, options: dict[str, Any]) -> None:
        values = {name: options[name] for name in (*SHARED_VALUES, *OWN_VALUES) if options[name] is not None}
        values |= {name: options[name] != "no" for name in _SWITCHES if options[name] is not None}
        if not values:
            options_there = (*SHARED_VALUES, *OWN_VALUES, *_SWITCHES)
            raise Error(f"diga qué cambia: {', '.join('--' + name.replace('_', '-') for name in options_there)}.")
        try:
            set_environment(code=options["code"], values=values, by=operator("environment"), at=timezone.now())
        except FaultyAddress as fault:
            option = str(fault).replace("_", "-")
            raise Error(f"--{option} debe ser https://servidor/ruta, sin usuario ni signo de pregunta.") from None
        except IncompleteEnvironment:
            raise Error(
                "un ambiente automático necesita --tenant-id, --authority y --graph-base, "
                "y solo uno automático renueva sin funcionario."
            ) from None
        except TenantInUse as there:
            raise Error(
                f"en el directorio {there} hay aplicaciones que creó el portal: con otro --tenant-id no las renovaría "
                "ni las retiraría. Nada cambió. Un ambiente en el que ya se generaron llaves no se muda."
            ) from None
        except UnknownEnvironment:
            raise Error(f"no hay un ambiente {options['code']}. Vea: llaves environment list.") from None

    def _share(self, code: str) -> None:
        # From the input and not from an option: those stand in the list of processes.
        typed = getpass("APIM subscription key: ") if sys.stdin.isatty() else sys.stdin.readline()
        try:
            key = parse_subscription_key(typed) if typed.strip() else ""
            set_subscription_key(code=code, key=key, by=operator("environment"), at=timezone.now())
        except PairFault as fault:
            raise Error(str(fault)) from None
        except UnknownEnvironment:
            raise Error(f"no hay un ambiente {code}. Vea: llaves environment list.") from None
