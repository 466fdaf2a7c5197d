"""Who calls Graph, and what it may do there."""

from dataclasses import dataclass

from entra_emulator.objects import Thing
from entra_emulator.refusals import Refusal, denied
from entra_emulator.tenants import Tenant, Tenants
from entra_emulator.tokens import GRAPH

ALL = "Application.ReadWrite.All"
OWNED = "Application.ReadWrite.OwnedBy"
GRANTING = "AppRoleAssignment.ReadWrite.All"
READING = {"Application.Read.All", "Directory.Read.All", ALL, OWNED}
PERMISSIONS = {
    ALL: "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
    OWNED: "18a4783c-866b-4cc7-a460-3d5e5662c884",
    GRANTING: "06b708a9-e830-4db3-a914-8e69da51d44f",
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcbac3ac58f",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
}
"""Microsoft's own ids of the application permissions of Graph that matter here."""


@dataclass(frozen=True)
class Caller:
    """The principal behind a token."""

    principal_id: str
    app_id: str
    permissions: frozenset[str]

    @property
    def sees_all(self) -> bool:
        """Whether it may write whatever it likes."""
        return ALL in self.permissions

    def may_change(self, thing: Thing) -> bool:
        """Whether it owns this, or need not."""
        return self.sees_all or self.principal_id in thing.owners

    def require(self, *permissions: str) -> None:
        """Make sure that it has one of these.

        :raises Refusal: it has none.
        """
        if not self.permissions & set(permissions):
            raise denied()

    def require_own(self, thing: Thing) -> None:
        """Make sure that it may change this.

        :raises Refusal: it may only change what it owns, or nothing.
        """
        self.require(ALL, OWNED)
        if not self.may_change(thing):
            raise denied()


def identify(tenants: Tenants, authorization: str) -> tuple[Tenant, Caller]:
    """Return whose token it is.

    :raises Refusal: it is none, of another resource, or of the past.
    """
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise _unknown("Access token is empty.")
    claims = tenants.signer.claims(token)
    tenant = tenants.find(str(claims["tid"])) if claims else None
    if not claims or not tenant:
        raise _unknown("Access token validation failure. Invalid signature.")
    if str(claims["aud"]).rstrip("/") != GRAPH:
        raise _unknown("Access token validation failure. Invalid audience.")
    if claims["exp"] <= tenant.clock.now():
        raise _unknown("Lifetime validation failed, the token is expired.")
    return tenant, Caller(claims["oid"], claims["appid"], frozenset(claims.get("roles", ())))


def _unknown(why: str) -> Refusal:
    return Refusal("InvalidAuthenticationToken", why)
