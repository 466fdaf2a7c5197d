"""What comes between the right password and the session."""

from allauth.account.stages import LoginStage
from django.http import HttpResponse
from django.shortcuts import redirect

from llaves.identity.models import Account
from llaves.identity.queries import has_second_factor


class SecondFactorStage(LoginStage):
    """Whoever has a second factor proves it before there is a session."""

    key = urlname = "second_factor"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Leave to the page that asks for it, or go on."""
        asked = isinstance(self.login.user, Account) and has_second_factor(self.login.user)
        return (redirect(self.urlname) if asked else None), True
