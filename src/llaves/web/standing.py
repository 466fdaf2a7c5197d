"""A credential as pages of both sides tell of it."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from llaves.credentials.lifecycle import Standing, is_about_to_expire, may_be_seen
from llaves.credentials.sayings import SAYINGS, Saying, of_one_that_is_over
from llaves.credentials.verdicts import Finding

if TYPE_CHECKING:
    from llaves.credentials.models import Credential


@dataclass(frozen=True, slots=True)
class Shown:
    """A credential on a day."""

    credential: "Credential"
    today: date

    @property
    def standing(self) -> Standing:
        """What it is worth."""
        return self.credential.seen(on=self.today)

    @property
    def may_be_seen(self) -> bool:
        """Whether its values can be shown or taken."""
        return may_be_seen(self.standing)

    @property
    def is_expiring(self) -> bool:
        """«Por vencer»: in force, and nobody has renewed it."""
        expires_on = self.credential.expires_on
        return (
            self.may_be_seen and not self.credential.overlap_ends_on and is_about_to_expire(expires_on, on=self.today)
        )

    @property
    def label(self) -> str:
        """What the tag says."""
        if self.may_be_seen and self.credential.exposed_at:
            return "Por retirar"
        return "Por vencer" if self.is_expiring else self.standing.capitalize()

    @property
    def tag(self) -> str:
        """The tag's colour."""
        if self.label == self.standing.capitalize():
            return "success" if self.may_be_seen else ""
        return "warning"

    @property
    def days_left(self) -> int:
        """Until it stops by itself."""
        return ((self.credential.overlap_ends_on or self.credential.expires_on) - self.today).days

    @property
    def said(self) -> Saying | None:
        """What Entra said of it last, in words."""
        proof, ended_at = self.credential.last_proof, self.credential.ended_at
        if proof is None:
            return None
        found = Finding(proof.finding)
        return of_one_that_is_over(found) if ended_at and proof.at > ended_at else SAYINGS[found]
