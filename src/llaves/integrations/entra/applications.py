"""Applications of a tenant: made, found again, given and deprived of secrets, disabled, removed.

Each method is one request, or a look before it. What is done already is done: none of them minds being asked twice,
but `create` and `add_key`, which give a secret that nobody gives again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from llaves.integrations.entra.faults import AlreadyThere, AnswerLost, Denied, NotThere, TryLater
from llaves.integrations.entra.graph import Graph, Json
from llaves.integrations.entra.tokens import Provisioner

AUDIENCE = "AzureADMyOrg"
"""Never left out: the default allows two secrets and sixty writes a minute."""
_FIELDS = "id,appId,displayName,uniqueName,tags,passwordCredentials,isDisabled"
_BIN = "/directory/deletedItems/microsoft.graph.application"
_PAGE = "200"
_NO_SUCH_KEY = "Request_BadRequest"
"""So Graph says of an application that is there, and the key is not."""


@dataclass(frozen=True, slots=True)
class KeyTold:
    """A secret as Entra tells of it: never the secret itself."""

    id: UUID
    name: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApplicationTold:
    """An application as Entra tells of it. `id` is the object's, `client_id` what tokens are asked for with."""

    id: UUID
    client_id: UUID
    unique_name: str
    tags: frozenset[str]
    keys: Sequence[KeyTold]
    is_disabled: bool


@dataclass(frozen=True, slots=True, repr=False)
class NewKey:
    """A secret in the clear, the only time that it is told. Its text form does not show it."""

    id: UUID
    secret: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """An application to be made."""

    unique_name: str
    display_name: str
    tags: Sequence[str]


class Applications:
    """The applications of one tenant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def close(self) -> None:
        """Let go of the connections."""
        self._graph.close()

    def create(self, wanted: Wanted, *, key: str, ends_at: datetime, urgent: bool) -> tuple[ApplicationTold, NewKey]:
        """Make an application with its first secret, in one request.

        :raises AlreadyThere: an application has the unique name, perhaps one in the recycle bin.
        """
        body = {
            "displayName": wanted.display_name,
            "signInAudience": AUDIENCE,
            "uniqueName": wanted.unique_name,
            "tags": list(wanted.tags),
            "passwordCredentials": [_password(key, ends_at)],
        }
        told = self._graph.write("POST", "/applications", body, urgent=urgent)
        try:
            return _application(told), _new_key(told["passwordCredentials"][0])
        except (KeyError, IndexError, TypeError, ValueError):
            # Done, and not told as it should be: to us the secret is lost.
            raise AnswerLost("no secret in the answer") from None

    def find(self, unique_name: str) -> ApplicationTold | None:
        """The application of a unique name; None where there is none, or none yet."""
        try:
            told = self._graph.get(f"/applications(uniqueName='{unique_name}')", {"$select": _FIELDS})
        except NotThere:
            return None
        return _application(told)

    def find_in_bin(self, unique_name: str, display_name: str) -> UUID | None:
        """The object id of a deleted application that still holds a unique name."""
        quoted = display_name.replace("'", "''")
        for told in self._pages(_BIN, {"$filter": f"displayName eq '{quoted}'", "$top": _PAGE}):
            if told.get("uniqueName") == unique_name:
                return UUID(str(told["id"]))
        return None

    def tagged(self, tag: str) -> Iterator[ApplicationTold]:
        """Every application with a tag, page by page."""
        quoted = tag.replace("'", "''")
        query = {"$filter": f"tags/any(t:t eq '{quoted}')", "$select": _FIELDS, "$top": _PAGE}
        return map(_application, self._pages("/applications", query))

    def count_in_bin(self) -> int:
        """How many deleted applications still count against the tenant's quota."""
        return sum(1 for _ in self._pages(_BIN, {"$select": "id", "$top": _PAGE}))

    @property
    def provisioner(self) -> Provisioner:
        """As whom the portal acts here."""
        return self._graph.provisioner

    def own_keys(self) -> list[KeyTold] | None:
        """The secrets and certificates of the portal's own application; None where it may not look."""
        query = {"$select": "id,appId,passwordCredentials,keyCredentials"}
        try:
            told = self._graph.get(f"/applications(appId='{self.provisioner.client_id}')", query)
        except (Denied, NotThere):
            return None
        return [_key(each) for name in ("passwordCredentials", "keyCredentials") for each in told.get(name) or ()]

    def install(self, client_id: UUID, *, urgent: bool) -> None:
        """Make the application's principal, without which no token is given."""
        with suppress(AlreadyThere):
            self._graph.write("POST", "/servicePrincipals", {"appId": str(client_id)}, urgent=urgent)

    def add_key(self, application: UUID, *, key: str, ends_at: datetime, urgent: bool) -> NewKey:
        """Give an application one more secret."""
        body = {"passwordCredential": _password(key, ends_at)}
        told = self._graph.write("POST", f"/applications/{application}/addPassword", body, urgent=urgent)
        try:
            return _new_key(told)
        except (KeyError, TypeError, ValueError):
            raise AnswerLost("no secret in the answer") from None

    def remove_key(self, application: UUID, key: UUID) -> None:
        """Take a secret away; one that is not there was taken before.

        :raises TryLater: the application is not shown: its secret may live all the same.
        """
        try:
            self._graph.write("POST", f"/applications/{application}/removePassword", {"keyId": str(key)})
        except NotThere as fault:
            if fault.code != _NO_SUCH_KEY:
                raise TryLater(fault.code, request_id=fault.request_id) from None

    def disable(self, application: UUID, *, disabled: bool) -> None:
        """Refuse new tokens to an application, or give them again. Those that were issued live until they expire."""
        self._graph.write("PATCH", f"/applications/{application}", {"isDisabled": disabled}, urgent=True)

    def remove(self, application: UUID) -> None:
        """Delete an application and its principal for good: the bin would fill the tenant, and keep the unique name."""
        try:
            self._graph.write("DELETE", f"/applications/{application}")
        except NotThere:
            self.purge(application)
            return
        try:
            self._graph.write("DELETE", f"/directory/deletedItems/{application}")
        except NotThere:
            raise TryLater("not in the bin yet") from None

    def purge(self, application: UUID) -> None:
        """Empty the recycle bin of one application."""
        with suppress(NotThere):
            self._graph.write("DELETE", f"/directory/deletedItems/{application}")

    def _pages(self, path: str, query: Mapping[str, str]) -> Iterator[Json]:
        told = self._graph.get(path, query)
        while True:
            yield from told.get("value", [])
            following = told.get("@odata.nextLink")
            if not following:
                return
            told = self._graph.get(str(following))


def _password(name: str, ends_at: datetime) -> dict[str, str]:
    return {"displayName": name, "endDateTime": ends_at.isoformat().replace("+00:00", "Z")}


def _new_key(told: Json) -> NewKey:
    secret = told["secretText"]
    if not isinstance(secret, str) or not secret:
        raise ValueError("no secret")
    return NewKey(UUID(str(told["keyId"])), secret)


def _application(told: Mapping[str, Any]) -> ApplicationTold:
    return ApplicationTold(
        id=UUID(str(told["id"])),
        client_id=UUID(str(told["appId"])),
        unique_name=str(told.get("uniqueName") or ""),
        tags=frozenset(told.get("tags") or ()),
        keys=[_key(each) for each in told.get("passwordCredentials") or ()],
        is_disabled=bool(told.get("isDisabled")),
    )


def _key(told: Mapping[str, Any]) -> KeyTold:
    return KeyTold(UUID(str(told["keyId"])), str(told.get("displayName") or ""), _moment(told.get("endDateTime")))


def _moment(text: str | None) -> datetime | None:
    """A moment as Graph writes it, with seven digits of a second, of which Python reads six."""
    return datetime.fromisoformat(text) if text else None
