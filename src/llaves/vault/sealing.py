"""What every sealing has in common: the key that seals, and what its event tells."""

from uuid import UUID

from django.db import connection
from joserfc.jwk import OctKey

from llaves.audit import trail
from llaves.audit.events import EventName, Subject
from llaves.vault import keyring, queries
from llaves.vault.envelope import Binding

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('llaves.vault.key'), hashtext(%s))"


class WrongMasterKey(Exception):
    """The key that should seal is not the one that already seals under its name."""


def sealing_key() -> OctKey:
    """The first key, after making sure that every process means the same by its name.

    :raises WrongMasterKey: see `seal`.
    """
    key = keyring.current_key()
    name = str(key.kid)
    envelopes = queries.witnesses(name)
    if not envelopes:
        # Nothing can tell yet which key the name stands for: one seals the first secret, the others wait to see it.
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [name])
        envelopes = queries.witnesses(name)
    if queries.is_wrong(name, envelopes):
        raise WrongMasterKey(name)
    return key


def entry_of(name: EventName, secret_id: UUID, binding: Binding) -> trail.Entry:
    details = {**binding.names, "kind": binding.kind, "secret": str(secret_id)}
    return trail.Entry(name, Subject(provider=binding.names.get("provider", "")), details)
