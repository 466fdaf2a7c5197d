"""`llaves import-reps`: the registry of health providers, from its official exports."""  # noqa: N999 - it is typed so

from datetime import datetime

from llaves.audit.events import Actor
from llaves.cli.importing import ImportCommand, Loaded
from llaves.cli.terminal import count
from llaves.providers.actions import import_registry
from llaves.providers.queries import names_by_nit
from llaves.providers.registry import COLUMNS, provider_lines
from llaves.providers.sources import Source


class Command(ImportCommand):
    help = (
        "Carga los prestadores de servicios de salud desde una exportación del REPS: la de «prestadores», con "
        "sus 20 o 30 columnas, o la de datos.gov.co. Un prestador que no esté en el archivo se conserva."
    )
    command = "import-reps"
    columns = COLUMNS

    def load(self, source: Source, *, by: Actor, at: datetime) -> Loaded:
        known_names = {} if "organization" in source else names_by_nit()
        outcome = import_registry(lines=provider_lines(source, known_names=known_names), origin=source, by=by, at=at)
        return Loaded(
            {"Prestadores": outcome.providers, "Entidades (NIT)": outcome.organizations},
            f"Conocidos en esos departamentos que el archivo no trae (se conservan): {count(outcome.absent)}",
        )
