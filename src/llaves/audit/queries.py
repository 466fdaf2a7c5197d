"""Questions to the trail."""

from llaves.audit.events import EventName
from llaves.audit.models import Event


def holds_demo_data() -> bool:
    """Whether the demo's invented data were ever loaded into this database."""
    return Event.objects.filter(name=EventName.DEMO_LOADED.value).exists()
