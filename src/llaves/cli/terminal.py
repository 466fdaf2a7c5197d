"""What the Spanish commands have in common: their help, their refusals and who is at the keyboard."""

import getpass
from argparse import Action, ArgumentParser, _MutuallyExclusiveGroup, _SubParsersAction
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.checks import run_checks
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter
from django.utils import timezone

from llaves.audit.events import Actor, ActorKind

_HEADINGS = {"options": "opciones", "positional arguments": "argumentos"}


class Error(CommandError):
    """What the operator can mend, in one line. Django prints the class's name, a Spanish word, before it."""


class SpanishHelp(DjangoHelpFormatter):
    """Help whose headings are Spanish, like its texts."""

    def start_section(self, heading: str | None) -> None:
        super().start_section(_HEADINGS.get(heading or "", heading))

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[Action],
        groups: Iterable[_MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "uso: " if prefix is None else prefix)


class OperatorCommand(BaseCommand):
    """A command for the ministry's operators. Its own `epilog` ends the help."""

    epilog = ""
    requires_system_checks = ()
    # The options that every Django command has are noise here; they still work.
    suppressed_base_arguments = {
        "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
        "--skip-checks",
    }  # fmt: skip

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(
            prog_name, subcommand, formatter_class=SpanishHelp, add_help=False, epilog=self.epilog, **kwargs
        )
        parser.add_argument("-h", "--help", action="help", help="muestra esta ayuda y termina")
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add none: each command adds its own."""


def add_verb(verbs: "_SubParsersAction[ArgumentParser]", name: str, saying: str, example: str = "") -> ArgumentParser:
    """Add what a command can do, with a Spanish help of its own."""
    epilog = f"Ejemplo: {example}" if example else ""
    verb = verbs.add_parser(
        name, help=saying, description=saying, epilog=epilog, formatter_class=SpanishHelp, add_help=False
    )
    verb.add_argument("-h", "--help", action="help", help="muestra esta ayuda y termina")
    return verb


def written(moment: datetime | None) -> str:
    """Give a moment as it is read in Bogotá: 22/11/2026 14:05; a dash for what has not happened."""
    return timezone.localtime(moment).strftime("%d/%m/%Y %H:%M") if moment else "–"


@contextmanager
def refusals(*kinds: type[Exception]) -> Iterator[None]:
    """Say what the domain refuses as one line, with exit status 1."""
    try:
        yield
    except kinds as refusal:
        raise Error(str(refusal)) from None


def start_of(file: Path, most: int) -> bytes:
    """Read a file's first bytes, however large it is.

    :raises Error: it can't be read.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(most)
    except OSError as fault:
        raise Error(f"No se puede leer {file}: {fault.strerror}.") from fault


def first_fault() -> str | None:
    """Why this portal must not serve, in one sentence; None when all checks pass, the database's too."""
    return next((fault.msg for fault in run_checks(databases=["default"]) if fault.is_serious()), None)


def operator(command: str) -> Actor:
    """Whoever is at the terminal, as events name him: the system's user and the command."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in some containers
        user = "desconocido"
    return Actor(kind=ActorKind.OPERATOR, name=f"{user[:80]} {command}")


def count(number: int) -> str:
    """Give a number as it is written in Colombia: 59.955."""
    return f"{number:,}".replace(",", ".")
