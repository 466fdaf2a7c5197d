"""What Entra is asked: whether a pair works in an environment. Asked between two transactions, never within one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from llaves.integrations.entra.verification import Outcome, Pair, Verification

if TYPE_CHECKING:
    from llaves.credentials.models import Environment

At = Callable[[str], Verification]
"""Gives the client of an authority."""


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """A pair, and the place where it should work. Its text form shows neither."""

    authority: str
    tenant_id: str
    scope: str
    pair: Pair

    def put(self, to: At) -> Outcome:
        """Ask, now."""
        return to(self.authority).prove(self.pair, tenant_id=self.tenant_id, scope=self.scope)


def question(environment: "Environment", client_id: UUID, client_secret: str) -> Question:
    """Whether a pair works in an environment that `is_proved`."""
    pair = Pair(str(client_id), client_secret)
    return Question(environment.authority, environment.tenant_id, environment.scope, pair)
