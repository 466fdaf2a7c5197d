"""Questions to the vault that open nothing."""

from collections.abc import Sequence

from django.db.models import Count

from llaves.vault import keyring
from llaves.vault.envelope import is_wrapped
from llaves.vault.models import SealedSecret

WITNESSES = 8
"""So many envelopes are tried at most before a key is called wrong: one that was altered does not stop the portal."""


def secrets_by_key() -> dict[str, int]:
    """How many secrets each master key seals; keys that seal none are left out."""
    return dict(SealedSecret.objects.order_by("key_id").values_list("key_id").annotate(Count("id")))


def keys_in_use() -> set[str]:
    """The names of the master keys under which anything is sealed."""
    return set(SealedSecret.objects.order_by().values_list("key_id", flat=True).distinct())


def wrong_keys() -> list[str]:
    """The master keys at hand that have the name of one that seals something, and are another."""
    return [name for name in keyring.names() if is_wrong(name, witnesses(name))]


def witnesses(name: str) -> Sequence[str]:
    """Some envelopes that were sealed under a key of that name."""
    sealed = SealedSecret.objects.filter(key_id=name).order_by("id")
    return list(sealed.values_list("envelope", flat=True)[:WITNESSES])


def is_wrong(name: str, envelopes: Sequence[str]) -> bool:
    """Whether the key at hand of that name unwraps none of what was sealed under it."""
    return bool(envelopes) and not any(is_wrapped(sealed, by=keyring.find(name)) for sealed in envelopes)
