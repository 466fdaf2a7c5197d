"""Questions to the vault that open nothing."""

from llaves.vault.models import SealedSecret


def keys_in_use() -> set[str]:
    """The names of the master keys under which anything is sealed."""
    return set(SealedSecret.objects.order_by().values_list("key_id", flat=True).distinct())
