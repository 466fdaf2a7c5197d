"""`llaves import-delegations`: who may act for which organization."""  # noqa: N999 - it is typed so

from datetime import datetime

from llaves.audit.events import Actor
from llaves.cli.importing import ImportCommand, Loaded
from llaves.providers.actions import import_delegations
from llaves.providers.people import DELEGATION_COLUMNS, Known, delegation_lines
from llaves.providers.queries import known_document_types, organizations_by_nit, people_by_document
from llaves.providers.sources import Source


class Command(ImportCommand):
    help = (
        "Carga las delegaciones de MiSeguridadSocial, después de las entidades y las personas. "
        "Columnas: tipo_documento, numero_documento, nit, desde y, si terminan, hasta."
    )
    command = "import-delegations"
    columns = DELEGATION_COLUMNS

    def load(self, source: Source, *, by: Actor, at: datetime) -> Loaded:
        known = Known(people_by_document(), organizations_by_nit(), known_document_types())
        lines = delegation_lines(source, known=known)
        return Loaded({"Delegaciones": import_delegations(lines=lines, origin=source, by=by, at=at)})
