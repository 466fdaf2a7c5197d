"""How the registry's stand-in behaves: its clock, its closed hours, and the faults that somebody asks it for."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum

COLOMBIA = timezone(timedelta(hours=-5))  # no summer time; a bare computer may lack the database of time zones
OPENS = time(4)
BASE = "/llaves/v1"


class Fault(StrEnum):
    """What can go wrong on request, with every answer until told otherwise."""

    NONE = "none"
    DELAY = "delay"
    STATUS = "status"
    BROKEN_JSON = "broken json"
    SOMEBODY_ELSE = "somebody else"
    CUT = "cut"
    DRIP = "drip"
    HUGE = "huge"
    REDIRECT = "redirect"
    OTHER_404 = "other 404"
    CERTIFICATE = "certificate"


@dataclass
class Mood:
    """The fault of the moment, and the time that the stand-in believes it is."""

    fault: Fault = Fault.NONE
    status: int = 503
    retry_after: int = 0
    seconds: float = 0.0
    times: int = -1
    """How many answers are still to be faulty; below zero, all."""
    now: datetime | None = None
    """None is the computer's own clock."""

    def moment(self) -> datetime:
        """Return the time, as it is in Bogotá."""
        return (self.now or datetime.now(COLOMBIA)).astimezone(COLOMBIA)

    def seconds_until_it_opens(self) -> int:
        """Return 0 while the registry is open."""
        now = self.moment()
        if now.time() >= OPENS:
            return 0
        return int((datetime.combine(now.date(), OPENS, COLOMBIA) - now).total_seconds()) + 1

    def take_fault(self) -> Fault:
        """Return the fault of this answer, and count it."""
        if self.times == 0:
            return Fault.NONE
        self.times -= self.times > 0
        return self.fault
