"""Where a page of an official's list begins, as its address says it."""

from collections.abc import Mapping
from datetime import UTC
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from llaves.credentials.queries import Place

NOT_NARROWED: Mapping[str, str] = {}


def place_in(request: HttpRequest) -> Place | None:
    """The place that the address names; one that was tampered with begins at the start."""
    try:
        at, row_id = parse_datetime(request.GET["desde"]), UUID(request.GET["tras"])
        # In UTC: the database knows no offset beyond sixteen hours.
        return Place(at=at.astimezone(UTC), id=row_id) if at and timezone.is_aware(at) else None
    except (KeyError, ValueError, OverflowError):
        return None


def first_page(page: str, place: Place | None, narrowed: Mapping[str, str] = NOT_NARROWED) -> str:
    """The address of the list's beginning; empty for whoever is there."""
    return _address(page, dict(narrowed)) if place else ""


def next_page(page: str, place: Place | None, narrowed: Mapping[str, str] = NOT_NARROWED) -> str:
    """The address of the list from a place on; empty where there is no more."""
    if place is None:
        return ""
    return _address(page, {**narrowed, "desde": place.at.isoformat(), "tras": str(place.id)})


def _address(page: str, query: Mapping[str, str]) -> str:
    return f"{reverse(page)}?{urlencode(query)}"
