"""A whole rotation, batch by batch: what is done stays done, whenever it is broken off."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from llaves.audit.events import Actor
from llaves.vault import actions, keyring, queries
from llaves.vault.actions import Batch

_START = UUID(int=0)


def left() -> int:
    """How many secrets are not under the first key."""
    return sum(number for name, number in queries.secrets_by_key().items() if name != keyring.names()[0])


def rotate_everything(*, limit: int, by: Actor, clock: Callable[[], datetime]) -> Iterator[Batch]:
    """Seal every secret under the first key, in transactions of `limit` secrets.

    A first round passes over what somebody else holds, so that two rotations share the work; a second one waits for
    that, and tells what cannot be opened.
    """
    for waits in (False, True):
        for name in sorted(queries.keys_in_use() - {keyring.names()[0]}):
            after: UUID | None = _START
            while after is not None:
                batch = actions.rotate(name=name, after=after, limit=limit, waits=waits, by=by, at=clock())
                after = batch.last
                yield batch if waits else Batch(batch.rotated, (), batch.last)
