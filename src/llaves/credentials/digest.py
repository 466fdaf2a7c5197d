"""What waits for the officials, told them on the morning of each working day. A writer, like `actions`."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from llaves.audit import trail
from llaves.audit.events import Actor, EventName
from llaves.credentials.lifecycle import WAITING
from llaves.credentials.models import Digest, Request
from llaves.credentials.waiting import business_days, business_days_before, is_business_day
from llaves.identity.queries import addresses_of_officials
from llaves.notifications import outbox
from llaves.notifications.letters import LetterName

MORNING = time(7)


@transaction.atomic
def post_digest(*, target: int, by: Actor, at: datetime) -> bool:
    """Tell every official what waits, unless that was done today, or today is no working day, or it is before seven.

    A morning on which nothing waits is over as well: what comes later that day is tomorrow's news.

    :param target: within so many business days a request is to be attended.
    :returns: whether this was the day's digest.
    """
    now = timezone.localtime(at)
    if not is_business_day(now.date()) or now.time() < MORNING:
        return False
    _, is_first = Digest.objects.get_or_create(day=now.date(), defaults={"posted_at": at})
    if not is_first:
        return False
    waiting = Request.objects.filter(state=WAITING.value)
    count, late = waiting.count(), waiting.filter(requested_at__lt=_late_before(target, now)).count()
    if oldest := waiting.select_related("provider").order_by("requested_at", "id").first():
        _tell(count, late, oldest, target, at=at)
    details: dict[str, trail.Detail] = {"waiting": count, "late": late, "target": target}
    trail.record(EventName.DIGEST_POSTED, by=by, at=at, details=details)
    return True


def _late_before(target: int, now: datetime) -> datetime:
    """The moment before which a request was made that waits for longer than the target."""
    last_day = business_days_before(target + 1, now.date())
    return timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time()), now.tzinfo)


def _tell(count: int, late: int, oldest: Request, target: int, *, at: datetime) -> None:
    since = timezone.localdate(oldest.requested_at)
    about = {
        "waiting": "Una solicitud espera" if count == 1 else f"{count} solicitudes esperan",
        "late": str(late or ""),
        "target": str(target),
        "oldest": oldest.provider.label,
        "since": f"{since:%d/%m/%Y}",
        "days": str(business_days(since, timezone.localdate(at))),
    }
    for address in addresses_of_officials(at=at):
        outbox.post(LetterName.WAITING_DIGEST, to=address, about=about, at=at)
