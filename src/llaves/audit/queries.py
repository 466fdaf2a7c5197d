"""Questions to the trail."""

from collections.abc import Collection

from llaves.audit.events import EventName
from llaves.audit.models import Event


def holds_demo_data() -> bool:
    """Whether the demo's invented data were ever loaded into this database."""
    return Event.objects.filter(name=EventName.DEMO_LOADED.value).exists()


def events_of_provider(code: str, names: Collection[EventName], *, most: int) -> list[Event]:
    """The last events of these names about a provider, newest first."""
    told = Event.objects.filter(provider=code, name__in=[name.value for name in names])
    return list(told.order_by("-id")[:most])
