"""How a new version of a reference table comes into force."""

from datetime import datetime

from django.db import IntegrityError, transaction

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.providers.models import ReferenceTable
from llaves.providers.queries import table_in_force
from llaves.providers.reference import TableFault, TableName, fingerprint, read_table


@transaction.atomic
def publish_table(*, name: TableName, content: bytes, by: Actor, at: datetime) -> ReferenceTable:
    """Put a new version of a table in force. Who has a type that it withdraws keeps it and can still log in.

    :raises TableFault: something in the file is wrong, it says what is in force, or somebody else has just published.
    """
    entries, last = read_table(name, content), table_in_force(name)
    sha256 = fingerprint(entries)
    if sha256 == last.sha256:
        raise TableFault(f"La tabla es igual a la versión {last.version}, que está vigente.")
    values = {"entries": entries, "sha256": sha256, "published_at": at}
    try:
        with transaction.atomic():
            table = ReferenceTable.objects.create(name=name.value, version=last.version + 1, **values)
    except IntegrityError as fault:
        raise TableFault("Otra persona acaba de publicar una versión. Mírela antes de publicar la suya.") from fault
    codes = [entry["code"] for entry in entries]
    before = {entry["code"] for entry in last.entries}
    details: dict[str, trail.Detail] = {"table": table.name, "version": table.version, "sha256": sha256}
    withdrawn: list[str] = sorted(before - set(codes))
    trail.record(EventName.TABLE_PUBLISHED, by=by, at=at, details={**details, "codes": codes, "withdrawn": withdrawn})
    return table
