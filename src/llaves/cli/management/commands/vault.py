"""`llaves vault`: the master keys under which secrets rest."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from llaves.cli.terminal import Error, OperatorCommand, add_verb, count, first_fault, operator
from llaves.vault import keyfile, keyring, queries, rotation
from llaves.vault.actions import Batch
from llaves.vault.sealing import WrongMasterKey

LARGEST_BATCH = 1000
VERBS = {
    "status": "Muestra cada clave maestra, cuántos secretos sella y si todavía se necesita.",
    "rotate": "Vuelve a sellar bajo la primera clave los secretos que están bajo otra, mientras el portal atiende. Se "
    "puede interrumpir cuando sea: la próxima vez sigue donde quedó.",
    "new-key": "Escribe un archivo con las claves de hoy y una nueva al final: abre, pero todavía no sella.",
    "first-key": "Escribe un archivo con las claves de hoy en el que la nombrada es la primera: la que sella.",
    "drop-key": "Escribe un archivo con las claves de hoy sin la nombrada, que ya no debe sellar nada.",
}


class Command(OperatorCommand):
    help = "Muestra y cambia las claves maestras que sellan los secretos. El orden de los pasos está en operations.md."
    epilog = "Ejemplo: llaves vault status"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(VERBS))
        for name, saying in VERBS.items():
            verb = add_verb(verbs, name, saying)
            if name == "rotate":
                verb.add_argument(
                    "--batch", metavar="N", type=_batch, default=100, help="secretos por transacción (100)"
                )
            if name in {"first-key", "drop-key"}:
                verb.add_argument("name", metavar="CLAVE", help="nombre de la clave (kid), como lo muestra status")
            if name.endswith("-key"):
                verb.add_argument("file", metavar="ARCHIVO", type=Path, help="el archivo nuevo; no debe existir")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        console = Console(highlight=False)
        if options["verb"] == "status":
            console.print(_status())
            return
        if fault := first_fault():
            raise Error(fault)
        if options["verb"] == "rotate":
            console.print(_rotate(options["batch"]))
            return
        name = options.get("name", "")
        if options["verb"] != "new-key":
            _refuse(options["verb"], name)
        console.print(_write(options["verb"], name, options["file"]), soft_wrap=True)


def _batch(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_BATCH:
        raise ArgumentTypeError(f"debe ser un número entre 1 y {LARGEST_BATCH}")
    return int(text)


def _status() -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Clave maestra", overflow="fold")
    table.add_column("Secretos", justify="right")
    table.add_column("Estado", overflow="fold")
    at_hand, secrets, wrong = keyring.names(), queries.secrets_by_key(), queries.wrong_keys()
    for name in [*at_hand, *sorted(secrets.keys() - set(at_hand))]:
        sealed = secrets.get(name, 0)
        if name not in at_hand:
            standing = "FALTA: sin ella no se abren"
        elif name in wrong:
            standing = "ES OTRA: tiene el nombre de la que los selló, y no los abre"
        elif name == at_hand[0]:
            standing = "sella y abre"
        else:
            standing = "abre" if sealed else "ya no se necesita"
        table.add_row(Text(name), count(sealed), standing)
    return table


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{count(round(task.speed or 0))}/s")


def _rotate(size: int) -> Text:
    done, unopened = 0, list[UUID]()
    try:
        for batch in _shown(rotation.rotate_everything(limit=size, by=operator("vault rotate"), clock=timezone.now)):
            done += batch.rotated
            unopened += batch.unopened
    except WrongMasterKey as fault:
        raise Error(
            f"La clave {fault} es otra que la que ya sella con ese nombre. No siga: compare los archivos."
        ) from None
    except KeyboardInterrupt:
        raise Error(
            f"Interrumpido: {count(done)} sellados de nuevo, quedan {count(rotation.left())}. Todos se pueden abrir; "
            "llaves vault rotate sigue donde quedó.",
            returncode=130,
        ) from None
    if unopened:
        listed = ", ".join(str(secret) for secret in unopened)
        raise Error(f"{count(done)} sellados de nuevo. No se abren y quedaron como estaban: {listed}.")
    if left := rotation.left():
        raise Error(
            f"Mientras tanto se sellaron {count(left)} bajo otra clave: un proceso del portal no conoce la nueva."
        )
    return Text(f"Secretos sellados de nuevo: {count(done)}. Todos están bajo {keyring.names()[0]}.")


def _shown(batches: Iterable[Batch]) -> Iterable[Batch]:
    """Show how far the rotation is, how fast, and how long it may still take."""
    columns = (TextColumn("Sellando"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=rotation.left())
        for batch in batches:
            progress.advance(task, batch.rotated)
            yield batch


def _refuse(verb: str, name: str) -> None:
    if name not in keyring.names():
        raise Error(f"No hay una clave {name}. Vea: llaves vault status.")
    if verb == "drop-key" and name == keyring.names()[0]:
        raise Error(f"{name} es la primera, la que sella. Ponga otra antes con llaves vault first-key.")
    if verb == "drop-key" and name in queries.keys_in_use():
        raise Error(f"{name} todavía sella secretos. Antes: llaves vault rotate.")


def _write(verb: str, name: str, file: Path) -> Text:
    try:
        match verb:
            case "new-key":
                name = keyfile.write_with_new_key(file, at=timezone.now())
                said = f"trae la clave nueva {name} al final: abre, y no sella todavía"
            case "first-key":
                keyfile.write_with_first(file, name=name)
                said = f"tiene de primera a {name}: es la que sella"
            case _:
                keyfile.write_without(file, name=name)
                said = f"ya no tiene la clave {name}"
    except FileExistsError:
        raise Error(f"{file} ya existe: diga otro nombre. No se escribió nada.") from None
    except OSError as fault:
        raise Error(f"No se puede escribir {file}: {fault.strerror}.") from None
    return Text(f"{file} {said}. Póngalo en el lugar de LLAVES_MASTER_KEYS y reinicie el portal y el trabajador.")
