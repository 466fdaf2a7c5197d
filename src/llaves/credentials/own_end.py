"""When the portal's own credential in a tenant ends, as far as anybody knows. Asks Entra; keeps nothing."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from llaves.integrations.entra.applications import Applications


@dataclass(frozen=True, slots=True)
class OwnEnd:
    """Its last day; none where it has no end, or nobody knows it."""

    on: date | None
    is_known: bool = True


def own_end(applications: Applications) -> OwnEnd:
    """As Entra tells it, the last of several; where the portal may not look there, as the operator has written it."""
    own = applications.provisioner
    if not own.ends:
        return OwnEnd(None)
    keys = applications.own_keys()
    if keys is None:
        return OwnEnd(own.ends_on, is_known=own.ends_on is not None)
    ends = [key.ends_at for key in keys if key.ends_at]
    return OwnEnd(timezone.localdate(max(ends)) if ends else None)
