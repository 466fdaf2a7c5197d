"""How much Graph lets an application do: Microsoft's published limits, counted over a sliding window."""

import math
from collections import deque
from dataclasses import dataclass

SLOTS = 150
WARNED_FROM = 0.8


@dataclass
class Limits:
    """So much in so many seconds of the tenant's clock (throttling-identity-and-access, a tenant of more than 500)."""

    writes: int = 3_000
    writes_seconds: float = 150.0
    tenant_writes: int = 18_000
    tenant_writes_seconds: float = 300.0
    units: int = 8_000
    units_seconds: float = 10.0


class Window:
    """What was used lately. What was refused counts too, as Microsoft says that it does."""

    def __init__(self, limit: int, seconds: float) -> None:
        """Start unused."""
        self.limit, self.seconds = limit, seconds
        self._slots: deque[list[float]] = deque()
        self.used = 0.0

    def take(self, amount: int, at: float) -> None:
        """Use some."""
        width = self.seconds / SLOTS
        while self._slots and not at - self.seconds < self._slots[0][0] <= at:
            self.used -= self._slots.popleft()[1]
        slot = math.floor(at / width) * width
        if self._slots and self._slots[-1][0] == slot:
            self._slots[-1][1] += amount
        else:
            self._slots.append([slot, amount])
        self.used += amount

    @property
    def share(self) -> float:
        """The part of the limit that is used."""
        return self.used / self.limit

    def free_in(self, at: float) -> float:
        """Return the seconds until there is room again."""
        over = self.used - self.limit
        for slot, amount in self._slots:
            over -= amount
            if over < 0:
                return max(slot + self.seconds - at, 0.0)
        return self.seconds


@dataclass(frozen=True)
class Spent:
    """What an operation has cost, and whether it was too much."""

    units: int
    share: float
    information: str = ""
    scope: str = ""
    wait: float = 0.0


class Budgets:
    """A tenant's."""

    def __init__(self, tenant_id: str, limits: Limits) -> None:
        """Start unused."""
        self.limits, self._tenant_id = limits, tenant_id
        self._windows: dict[tuple[str, str], Window] = {}

    def set(self, limits: Limits) -> None:
        """Count anew, with these limits."""
        self.limits = limits
        self._windows.clear()

    def spend(self, app_id: str, *, units: int, writes: int, at: float) -> Spent:
        """Count an operation of an application."""
        limits = self.limits
        own, tenant = f"{app_id}/{self._tenant_id}", self._tenant_id
        counted = [
            ("ResourceUnit", f"Tenant_Application/ReadWrite/{own}", units, limits.units, limits.units_seconds),
            ("Write", f"Tenant_Application/Write/{own}", writes, limits.writes, limits.writes_seconds),
            ("Write", f"Tenant/Write/{tenant}", writes, limits.tenant_writes, limits.tenant_writes_seconds),
        ]
        share, over = 0.0, Spent(units, 0.0)
        for what, scope, amount, limit, seconds in counted:
            if amount:
                window = self._windows.setdefault((what, scope), Window(limit, seconds))
                window.take(amount, at)
                share = max(share, window.share)
                if window.used > limit:
                    over = Spent(units, share, f"{what}LimitExceeded", scope, window.free_in(at))
        return over if over.scope else Spent(units, share)
