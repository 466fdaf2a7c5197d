"""Django's question «who is this?»: answered anew on every request."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.utils import timezone

from llaves.identity.models import Account
from llaves.identity.queries import find_standing_account, is_standing


class StandingAccounts(ModelBackend):
    """Lets in, and keeps in, only accounts whose delegation stands at this moment.

    A wrong password costs as much time as a right one, and an unknown login as a known one: Django hashes
    in every case (CVE-2024-39329).
    """

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, Account) and is_standing(user, at=timezone.now())

    def get_user(self, user_id: UUID) -> Account | None:
        return find_standing_account(user_id, at=timezone.now())
