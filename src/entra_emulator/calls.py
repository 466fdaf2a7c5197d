"""A call of Graph, as the operations see it, and what they answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from entra_emulator.callers import Caller
from entra_emulator.objects import Application, Json, Principal, Thing
from entra_emulator.refusals import bad, missing
from entra_emulator.tenants import Tenant

T = TypeVar("T", Application, Principal)


@dataclass(frozen=True)
class Call:
    """Who asks for what."""

    tenant: Tenant
    caller: Caller
    at: float
    address: str
    """The service's own, with the version: `https://…/v1.0`."""
    path: str
    names: Mapping[str, str]
    """What the path names."""
    query: Mapping[str, str]
    prefer: str
    body: Json
    is_read: bool
    is_eventual: bool = False
    """Whether it may be answered from the index that lags behind: `ConsistencyLevel: eventual`."""

    def application(self) -> Application:
        """Return the application that the path names.

        :raises Refusal: there is none, or none yet.
        """
        return self.required(self.tenant.directory.application(*self.named))

    def principal(self) -> Principal:
        """Return the principal that the path names.

        :raises Refusal: there is none, or none yet.
        """
        return self.required(self.tenant.directory.principal(*self.named))

    @property
    def named(self) -> tuple[str, str]:
        """The value that the path names, and what it is."""
        if self.names.get("id"):
            return self.names["id"].lower(), "id"
        value = self.names["value"].replace("''", "'")
        return (value if self.names["key"] == "uniqueName" else value.lower()), self.names["key"]

    def required(self, found: T | None) -> T:
        """Return it, if it can be seen already.

        :raises Refusal: it is not there, or has not come round yet.
        """
        if found is None or not self.sees(found):
            raise missing(self.named[0])
        return found

    def sees(self, thing: Thing) -> bool:
        """Whether it has come round to the part of Graph that is asked; one that is being changed is found for sure."""
        rules = self.tenant.rules
        if self.at < thing.created_at + rules.read_delay:
            return False
        is_recent = self.is_read and rules.flapping > 0 and self.at < thing.written_at + rules.flapping_for
        return not is_recent or self.tenant.faults.dice.random() >= rules.flapping

    def text(self, name: str) -> str:
        """Return what the body says under a name.

        :raises Refusal: nothing.
        """
        value = self.body.get(name)
        if not isinstance(value, str):
            raise bad(f"Missing required property '{name}'.")
        return value

    def context(self, fragment: str) -> Json:
        """Return what stands first in every answer."""
        return {"@odata.context": f"{self.address}/$metadata#{fragment}"}


@dataclass(frozen=True)
class Answer:
    """What is said."""

    status: int
    body: Json | None = None


Operation = Callable[[Call], Answer]
