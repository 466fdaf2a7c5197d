"""Addresses in letters that let one person do one thing: made when the letter is written, stored nowhere."""

from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac


def token_for(link_id: UUID) -> str:
    """The part of the address that only the recipient can know: a MAC over the link's id."""
    return salted_hmac("llaves.notifications.links", str(link_id), algorithm="sha256").hexdigest()


def is_token_for(link_id: UUID, token: str) -> bool:
    return constant_time_compare(token, token_for(link_id))


def absolute(path: str) -> str:
    return urljoin(settings.BASE_URL, path)


def link_address(page: str, link_id: UUID) -> str:
    """The whole address of the page named `page`, for the holder of the letter."""
    return absolute(reverse(page, kwargs={"link_id": link_id, "token": token_for(link_id)}))
