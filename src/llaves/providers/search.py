"""Keeps providers findable when their organization's name changes; called by actions, which leave the event."""

from llaves.providers.models import Provider
from llaves.providers.registry import search_words

_BATCH = 2000


def refresh_search_words(organization_ids: list[int]) -> None:
    """Let providers be found by the new name of their organization, also those that no line spoke of."""
    stale = []
    for provider in Provider.objects.filter(organization_id__in=organization_ids).select_related("organization"):
        owner = provider.organization
        current = search_words(provider.code, owner.nit, provider.name, owner.name, provider.municipality)
        if provider.search_words != current:
            provider.search_words = current
            stale.append(provider)
    Provider.objects.bulk_update(stale, ["search_words"], batch_size=_BATCH)
