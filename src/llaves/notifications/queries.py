"""Questions about letters that have not been delivered. No address leaves here in full."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.timesince import timesince

from llaves.notifications.letters import DECLARED, LetterName
from llaves.notifications.models import Notice
from llaves.notifications.refusals import Refusal

PAGE_LENGTH = 25
LONG = timedelta(hours=1)
"""A letter that waits longer than this is shown."""
RECENT = timedelta(days=30)
Place = tuple[datetime, UUID]
"""Where a page of the list begins: after the letter that was posted at this moment, with this id."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A letter that was refused, or waits for long, as it may be shown."""

    id: UUID
    letter: str
    about: str
    recipient: str
    posted_at: datetime
    refused_at: datetime | None
    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class Page:
    letters: list[Undelivered]
    next: Place | None


def undelivered(*, at: datetime, after: Place | None = None, length: int = PAGE_LENGTH) -> Page:
    """The letters that were refused or wait for more than an hour, the newest first, from a place on. One query."""
    notices = _undelivered(at).order_by("-posted_at", "-id")
    if after:
        # The first condition says nothing new, but lets the index begin where the page does.
        notices = notices.filter(posted_at__lte=after[0]).filter(Q(posted_at__lt=after[0]) | Q(id__lt=after[1]))
    found = list(notices[: length + 1])
    last = found[length - 1] if len(found) > length else None
    return Page([_shown(notice, at) for notice in found[:length]], (last.posted_at, last.id) if last else None)


def count_undelivered(*, at: datetime, most: int = 1000) -> int:
    """How many of the last thirty days' letters were refused or wait for long, counted up to `most` and one more."""
    return _undelivered(at).filter(posted_at__gte=at - RECENT)[: most + 1].count()


def refusals_regarding(causes: Iterable[UUID], letter: LetterName) -> dict[UUID, Refusal]:
    """Why the letters of one kind that these gave cause to could not be delivered; who was reached is not in it.

    Of several about one, only the newest counts: the address may have been mended.
    """
    about = Notice.objects.filter(regarding__in=list(causes), letter=letter.value)
    newest = about.order_by("regarding", "-posted_at").distinct("regarding").values_list("regarding", "refusal")
    return {cause: Refusal(refusal) for cause, refusal in newest if cause and refusal}


def masked(email: str) -> str:
    """Enough of an address to recognize it: `a•••@hospital.example`; empty where there is none."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}" if email else ""


def _undelivered(at: datetime) -> QuerySet[Notice]:
    refused = Q(refused_at__isnull=False)
    # The first condition is the index's own.
    return Notice.objects.filter(refused | Q(sent_at__isnull=True)).filter(refused | Q(posted_at__lte=at - LONG))


def _shown(notice: Notice, at: datetime) -> Undelivered:
    if notice.refused_at:
        refusal = Refusal(notice.refusal)
        reason, advice = refusal.reason, refusal.advice
    else:
        reason = f"Esperando al servidor de correo desde hace {timesince(notice.posted_at, at, depth=1)}."
        advice = "Se sigue intentando. Si son muchos, avise a soporte del Ministerio."
    return Undelivered(
        id=notice.id,
        letter=DECLARED[LetterName(notice.letter)].title,
        about=notice.about.get("provider") or notice.about.get("login", ""),
        recipient=masked(notice.recipient),
        posted_at=notice.posted_at,
        refused_at=notice.refused_at,
        reason=reason,
        advice=advice,
    )
