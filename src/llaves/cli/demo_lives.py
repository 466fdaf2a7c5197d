"""Three years in the life of each invented provider: what it asked for, what it was given and what became of that.

Chance hangs on the provider's code alone, so that the same country has the same past at every run; days are counted
back from the day of the run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from django.utils import timezone

from llaves.cli.demo_country import SEED
from llaves.credentials import lifecycle
from llaves.credentials.lifecycle import NOTICE_DAYS, RENEWAL_OPENS, End, Kind, Move, State
from llaves.credentials.past import Candidate, Past, PastCredential, PastRequest

YEARS = timedelta(days=3 * 365)
_NEVER_ASKED, _NEWCOMERS, _BEING_ATTENDED = 0.06, 0.18, 0.03
_LASTS = ((365, 180, 700), (80, 12, 8))
_WHAT_FOLLOWS = ("renewed", "late", "leaked", "revoked", "nothing"), (74, 8, 5, 3, 10)
_RETURNED = ("lider-tecnico", "lead_phone"), ("correo-no-institucional", "lead_email"), ("software", "software_name")
_WRONG = "El valor pegado era el de otro ambiente."
_LEAKED = "Las llaves aparecieron en un repositorio público."
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class World:
    """What all lives have in common: today, the environments' codes, the officials' logins."""

    at: datetime
    environments: Sequence[str]
    officials: Sequence[str]


def past_of(candidate: Candidate, world: World) -> Past:
    """What the provider did until today; nothing for the few that never asked."""
    life = _Life(candidate, world)
    life.live()
    return life.past


class _Life:
    def __init__(self, candidate: Candidate, world: World) -> None:
        self.past = Past(candidate)
        self._world = world
        self._now = world.at
        self._random = Random(f"{SEED}/past/{candidate.provider.code}")  # noqa: S311 - nothing secret about it
        self._since = max(world.at - YEARS, _moment(candidate.since)) if candidate.since else world.at - YEARS
        gone_at = _moment(candidate.until + _DAY) if candidate.until else None
        self._until = min(world.at, gone_at) if gone_at else world.at
        if gone_at and gone_at < world.at:
            self.past.left_at = gone_at
        self._clients = {code: self._uuid() for code in world.environments}

    def live(self) -> None:
        """Ask, wait, use, and ask again, until today or until nobody may act any more."""
        wish = self._first_wish()
        while wish and wish[1] < self._until:
            wish = self._ask(*wish)
        self._settle(self._now)
        for credential in self.past.credentials:
            self._remember(credential)

    # Asking

    def _first_wish(self) -> tuple[Kind, datetime] | None:
        chance = self._random.random()
        if chance < _NEVER_ASKED:
            return None
        if chance < _NEVER_ASKED + _NEWCOMERS:  # the pile that the officials have today
            return Kind.FIRST, self._now - self._days(0, 25)
        return Kind.FIRST, self._since + (self._now - self._since) * self._random.random()

    def _ask(self, kind: Kind, at: datetime) -> tuple[Kind, datetime] | None:
        """Ask, see what comes of it, and give back the next wish."""
        self._settle(at)
        asked = PastRequest(id=self._uuid(), kind=kind, requested_at=at)
        self.past.requests.append(asked)
        if lifecycle.ends_the_old_at_once(kind):
            for credential in self._in_force():
                credential.exposed_at = credential.exposed_at or at
        if not self._is_seen_to(asked):
            return (kind, asked.withdrawn_at + self._days(5, 40)) if asked.withdrawn_at else None
        self._assign(asked)
        return self._next_wish()

    def _is_seen_to(self, asked: PastRequest) -> bool:
        """Whether keys were assigned; else it waits, was returned or withdrawn."""
        at = asked.requested_at
        if self._happens(0.02) and (withdrawn_at := at + self._days(0.1, 4)) < self._until:
            self._move(asked, Move.WITHDRAW)
            asked.withdrawn_at = withdrawn_at
            return False
        if self._happens(0.08) and (returned_at := at + self._days(0.5, 3)) < self._now:
            at = self._return(asked, returned_at)
            if asked.state is State.RETURNED:
                return False
        assigned_at, official = at + self._wait(), self._official()
        minutes = self._random.randint(2, 14) * _MINUTE
        if assigned_at >= self._now:
            claimed_at = self._now - minutes
            if self._happens(_BEING_ATTENDED) and claimed_at > at:
                asked.claimed_at, asked.claimed_by = claimed_at, official
            return False
        self._move(asked, Move.ASSIGN)
        asked.claimed_at, asked.claimed_by = assigned_at - minutes, official
        asked.assigned_at, asked.assigned_by = assigned_at, official
        return True

    def _return(self, asked: PastRequest, at: datetime) -> datetime:
        """Give the request back; mostly it is mended. Returns when it last changed."""
        self._move(asked, Move.RETURN)
        asked.returned_at, asked.returned_by = at, self._official()
        asked.reason, asked.field_to_mend = self._random.choice(_RETURNED)
        mended_at = at + self._days(0.2, 6)
        if mended_at < self._until and self._happens(0.9):
            self._move(asked, Move.MEND)
            asked.mended_at = mended_at
        return asked.mended_at or at

    def _wait(self) -> timedelta:
        # Days pile up in the month before today: the officials are behind.
        return self._days(0.2, 9) if self._happens(0.5) else self._days(8, 30)

    # Keys

    def _assign(self, asked: PastRequest) -> None:
        at = asked.assigned_at or asked.requested_at
        self._settle(at)
        self._make_room(asked, at)
        (lasts,) = self._random.choices(*_LASTS)
        expires_on = timezone.localdate(at) + timedelta(days=lasts - self._random.randrange(20))
        for code in self._world.environments:
            self._issue(asked, code, at, expires_on)
        if self._happens(0.03):
            self._correct(asked, at + self._days(0.1, 3))

    def _make_room(self, asked: PastRequest, at: datetime) -> None:
        if lifecycle.ends_the_old_at_once(asked.kind):
            ended = self._in_force()
            self._end(ended, End.REPLACE, at, by=asked.assigned_by)
        else:
            ended = [one for one in self.past.credentials if one.is_current]
            for one in ended:
                one.overlap_ends_on = lifecycle.overlap_end(one.expires_on, on=timezone.localdate(at))
        asked.replaces = [str(one.id) for one in ended]

    def _issue(
        self, asked: PastRequest, environment: str, at: datetime, expires_on: date, *, corrects: str = ""
    ) -> None:
        chance = self._random
        self.past.credentials.append(
            PastCredential(
                id=self._uuid(),
                request=asked,
                environment=environment,
                client_id=self._clients[environment],
                client_secret=f"Demo~{chance.getrandbits(136):034x}",
                subscription_key=f"{chance.getrandbits(128):032x}",
                assigned_at=at,
                assigned_by=asked.assigned_by,
                expires_on=expires_on,
                corrects=corrects,
            )
        )

    def _correct(self, asked: PastRequest, at: datetime) -> None:
        """One environment's values were wrong."""
        wrong = self._random.choice([one for one in self.past.credentials if one.request is asked])
        if at < self._now:
            self._end([wrong], End.REVOKE, at, by=asked.assigned_by, reason=f"Corregida: {_WRONG}")
            self._clients[wrong.environment] = self._uuid()
            self._issue(asked, wrong.environment, at, wrong.expires_on, corrects=_WRONG)

    def _next_wish(self) -> tuple[Kind, datetime] | None:
        """What follows the assignment: mostly a renewal in time."""
        newest = self.past.credentials[-1]
        begun, expires_at = newest.assigned_at, _moment(newest.expires_on)
        midlife = begun + (expires_at - begun) * self._random.uniform(0.1, 0.7)
        match self._random.choices(*_WHAT_FOLLOWS)[0]:
            case "leaked":
                return Kind.REPLACEMENT, midlife
            case "revoked" if midlife < self._now:
                self._revoke(midlife)
                return Kind.REPLACEMENT, midlife + self._days(0.2, 12)
            case "late":
                return Kind.RENEWAL, expires_at + self._days(1, 50)
            case "renewed":  # mostly late; and a short-lived pair is «por vencer» soon after it was given
                return Kind.RENEWAL, max(expires_at - RENEWAL_OPENS * self._random.random() ** 2, begun + _DAY)
        return None

    # Endings

    def _revoke(self, at: datetime) -> None:
        self._settle(at)
        self._end(self._in_force(), End.REVOKE, at, by=self._official(), reason=_LEAKED)

    def _settle(self, at: datetime) -> None:
        """What the hourly job had written down by then."""
        today = timezone.localdate(at)
        for one in self._in_force():
            last_day = one.overlap_ends_on or one.expires_on
            if last_day < today:
                how = End.REPLACE if one.overlap_ends_on else End.EXPIRE
                self._end([one], how, _moment(last_day + _DAY) + 7 * _MINUTE)

    def _end(
        self, credentials: Sequence[PastCredential], how: End, at: datetime, *, by: str = "", reason: str = ""
    ) -> None:
        for one in credentials:
            one.standing = lifecycle.ended(one.standing, how)
            one.ended_at, one.ended_by, one.end_reason = at, by, reason
            removed_at = at + self._days(0.2, 20)
            if how is not End.EXPIRE and removed_at < self._now and self._happens(0.95):
                one.removed_at, one.removed_by = removed_at, self._official()

    def _remember(self, one: PastCredential) -> None:
        """Who looked at it, and which notices of its expiry were sent."""
        (times,) = self._random.choices((0, 1, 2), (40, 45, 15))
        moments = sorted(one.assigned_at + self._days(0.01, 30) for _ in range(times))
        one.looks = [moment for moment in moments if moment < min(self._until, one.ended_at or self._until)]
        if one.is_current:
            mornings = [(days, _moment(one.expires_on - days * _DAY)) for days in NOTICE_DAYS]
            one.told = [(days, max(self._told_at(day), one.assigned_at)) for days, day in mornings if day <= self._now]

    def _told_at(self, day: datetime) -> datetime:
        return min(day + timedelta(hours=8), self._now)

    def _in_force(self) -> list[PastCredential]:
        return [one for one in self.past.credentials if one.ended_at is None]

    # Chance

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _days(self, least: float, most: float) -> timedelta:
        return timedelta(days=self._random.uniform(least, most))

    def _happens(self, share: float) -> bool:
        return self._random.random() < share

    def _official(self) -> str:
        return self._random.choice(self._world.officials)

    @staticmethod
    def _move(asked: PastRequest, move: Move) -> None:
        asked.state = lifecycle.after(asked.state, move)


def _moment(day: date) -> datetime:
    """The day's first moment in Bogotá."""
    return timezone.make_aware(datetime.combine(day, time.min))


def pasts(candidates: Iterator[Candidate], world: World) -> Iterator[Past]:
    """The past of each provider that has one."""
    lived = (past_of(candidate, world) for candidate in candidates)
    return (past for past in lived if past.requests)
