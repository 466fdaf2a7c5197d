"""What a directory holds. Moments are seconds since 1970; every field is plain JSON, for a file can keep it."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_guid(text: str) -> bool:
    """Whether an object could be called so."""
    return GUID.fullmatch(text) is not None


@dataclass(slots=True)
class Password:
    """A client secret; the directory itself knows only its digest."""

    key_id: str
    digest: str
    hint: str
    display_name: str | None
    start: float
    end: float
    created_at: float


@dataclass(slots=True)
class Certificate:
    """A certificate by which a client may sign its assertions."""

    key_id: str
    pem: str
    thumbprint: str
    """SHA-1, base64url without padding, as a header's `x5t` has it."""
    thumbprint_sha256: str
    display_name: str | None
    start: float
    end: float


@dataclass(slots=True)
class Federated:
    """Whose assertions are taken in place of a secret."""

    id: str
    name: str
    issuer: str
    subject: str
    audiences: list[str]
    description: str | None = None


@dataclass(slots=True)
class Application:
    """An application object."""

    id: str
    app_id: str
    display_name: str
    created_at: float
    audience: str = "AzureADandPersonalMicrosoftAccount"
    unique_name: str | None = None
    is_disabled: bool | None = None
    written_at: float = 0.0
    deleted_at: float | None = None
    tags: list[str] = field(default_factory=list)
    passwords: list[Password] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    federated: list[Federated] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    rest: Json = field(default_factory=dict)
    """What else was written into it, by the name that Graph gives it."""

    @property
    def token_version(self) -> int:
        """Which tokens it takes where it is the resource."""
        return (self.rest.get("api") or {}).get("requestedAccessTokenVersion") or 1

    @property
    def uris(self) -> list[str]:
        """What a token can be asked for by, apart from the ClientID: `api://…`."""
        return list(self.rest.get("identifierUris") or [])

    @property
    def app_roles(self) -> list[Json]:
        """The roles that it gives to its clients."""
        return list(self.rest.get("appRoles") or [])

    @property
    def size(self) -> int:
        """The number of values in all of its collections."""
        own = len(self.tags) + len(self.passwords) + len(self.certificates) + len(self.federated) + len(self.owners)
        return own + sum(len(each) for each in self.rest.values() if isinstance(each, list))


@dataclass(slots=True)
class Assignment:
    """A role that one principal has at another."""

    id: str
    principal_id: str
    resource_id: str
    role_id: str
    created_at: float


@dataclass(slots=True)
class Principal:
    """A service principal: an application's presence in the tenant."""

    id: str
    app_id: str
    display_name: str
    created_at: float
    is_enabled: bool = True
    requires_assignment: bool = False
    written_at: float = 0.0
    deleted_at: float | None = None
    tags: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    app_roles: list[Json] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """What a token can be asked for by, apart from the ClientID: `api://…`."""
    assignments: list[Assignment] = field(default_factory=list)

    def mirror(self, application: Application) -> None:
        """Be called, and give the roles, as the application says."""
        self.display_name, self.names, self.app_roles = (
            application.display_name,
            application.uris,
            application.app_roles,
        )

    def mirrors(self, application: Application) -> bool:
        """Whether it does."""
        own = (self.display_name, self.names, self.app_roles)
        return own == (application.display_name, application.uris, application.app_roles)


Thing = Application | Principal


def application_from(kept: Json) -> Application:
    """Return the application that was kept as JSON."""
    parts = {"passwords": Password, "certificates": Certificate, "federated": Federated}
    return Application(**kept | {name: [kind(**each) for each in kept[name]] for name, kind in parts.items()})


def principal_from(kept: Json) -> Principal:
    """Return the principal that was kept as JSON."""
    return Principal(**kept | {"assignments": [Assignment(**each) for each in kept["assignments"]]})


def plain(thing: Thing) -> Json:
    """Return it as JSON."""
    return asdict(thing)
