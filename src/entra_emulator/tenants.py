"""The tenants of one emulator: each with its directory, clock, faults, budgets and log."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from entra_emulator.budgets import Budgets, Limits
from entra_emulator.clock import Clock
from entra_emulator.directory import Directory, Store
from entra_emulator.faults import Faults
from entra_emulator.objects import Json, Thing
from entra_emulator.rules import Rules
from entra_emulator.tokens import Signer, load_signer

LINES = 20_000


@dataclass
class Log:
    """What was asked and answered; never a secret, a body or a token."""

    lines: deque[Json] = field(default_factory=lambda: deque(maxlen=LINES))
    counters: Counter[str] = field(default_factory=Counter)
    written: int = 0

    def note(self, **line: Any) -> None:
        """Keep one line, and count."""
        self.written += 1
        self.lines.append({"number": self.written, **line})
        self.counters.update([line["operation"], f"{line['operation']} {line['status']}", f"status {line['status']}"])
        self.counters["writes"] += line["writes"]

    def clear(self) -> None:
        """Count anew; the numbers go on."""
        self.lines.clear()
        self.counters.clear()


class Nowhere:
    """Keeps nothing: a test's state ends with its process."""

    def tenants(self) -> Iterator[tuple[str, Json]]:
        """Nothing was kept."""
        return iter(())

    def things(self, tenant_id: str) -> Iterator[Thing]:  # noqa: ARG002 - of any
        """Nothing was kept."""
        return iter(())

    def keep(self, tenant_id: str, thing: Thing) -> None:
        """Keep nothing."""

    def forget(self, tenant_id: str, thing: Thing) -> None:
        """Forget nothing."""

    def keep_tenant(self, tenant_id: str, tenant: Json) -> None:
        """Keep nothing."""

    def forget_tenant(self, tenant_id: str) -> None:
        """Forget nothing."""


class TenantStore(Store, Protocol):
    """Where changes are kept, tenants included."""

    def tenants(self) -> Iterator[tuple[str, Json]]:
        """Go through the tenants that were kept."""

    def things(self, tenant_id: str) -> Iterator[Thing]:
        """Go through what a tenant holds."""

    def keep_tenant(self, tenant_id: str, tenant: Json) -> None:
        """Keep what a tenant is."""

    def forget_tenant(self, tenant_id: str) -> None:
        """Drop it with all that it holds."""


@dataclass
class Tenant:
    """One directory, and everything around it."""

    id: str
    domain: str
    name: str
    directory: Directory
    clock: Clock
    budgets: Budgets
    rules: Rules
    faults: Faults = field(default_factory=Faults)
    log: Log = field(default_factory=Log)


class Tenants:
    """All of them."""

    def __init__(self, store: TenantStore, folder: Path | None = None) -> None:
        """Start with those that the store has kept."""
        self._store = store
        self._tenants: dict[str, Tenant] = {}
        self.signer: Signer = load_signer(folder)
        self.issuers: dict[str, Json] = {}
        """The keys of those whose federated assertions may be taken, by issuer."""
        for tenant_id, kept in store.tenants():
            tenant = self._made(tenant_id, **kept)
            for thing in store.things(tenant_id):
                tenant.directory.take_in(thing, is_kept=True)

    def __iter__(self) -> Iterator[Tenant]:
        """Go through them."""
        return iter(self._tenants.values())

    def find(self, name: str) -> Tenant | None:
        """Return the tenant by its id or its domain, in capitals or not."""
        name = name.lower()
        found = self._tenants.get(name)
        return found or next((each for each in self._tenants.values() if each.domain.lower() == name), None)

    def add(self, tenant_id: str = "", domain: str = "", name: str = "") -> Tenant:
        """Make a tenant, or return the one that is there by this id."""
        tenant_id = (tenant_id or str(uuid4())).lower()
        if tenant_id not in self._tenants:
            domain = domain or f"t{tenant_id[:8]}.onmicrosoft.com"
            kept = {"domain": domain, "name": name or domain}
            self._store.keep_tenant(tenant_id, kept)
            self._made(tenant_id, **kept)
        return self._tenants[tenant_id]

    def _made(self, tenant_id: str, *, domain: str, name: str) -> Tenant:
        rules = Rules()
        directory, budgets = Directory(tenant_id, rules, self._store), Budgets(tenant_id, Limits())
        made = self._tenants[tenant_id] = Tenant(tenant_id, domain, name, directory, Clock(), budgets, rules)
        return made

    def drop(self, tenant_id: str) -> None:
        """Take a tenant away with all that it holds."""
        if self._tenants.pop(tenant_id, None):
            self._store.forget_tenant(tenant_id)
