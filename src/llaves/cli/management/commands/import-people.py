"""`llaves import-people`: the persons who may become users."""  # noqa: N999 - it is typed so

from datetime import datetime

from llaves.audit.events import Actor
from llaves.cli.importing import ImportCommand, Loaded
from llaves.providers.actions import import_people
from llaves.providers.people import PEOPLE_COLUMNS, person_lines
from llaves.providers.queries import known_document_types
from llaves.providers.sources import Source


class Command(ImportCommand):
    help = (
        "Carga las personas naturales de MiSeguridadSocial. "
        "Columnas: tipo_documento, numero_documento, nombre, correo y, si se conoce, telefono."
    )
    command = "import-people"
    columns = PEOPLE_COLUMNS

    def load(self, source: Source, *, by: Actor, at: datetime) -> Loaded:
        lines = person_lines(source, document_types=known_document_types())
        return Loaded({"Personas": import_people(lines=lines, origin=source, by=by, at=at)})
