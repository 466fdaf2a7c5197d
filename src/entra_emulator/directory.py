"""A tenant's applications and service principals, and the rules by which they come, change and go. Knows no HTTP."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import chain
from typing import Protocol
from uuid import uuid4

from entra_emulator import certificates, fields
from entra_emulator.objects import Application, Json, Password, Principal, Thing
from entra_emulator.refusals import Refusal, bad, missing, taken
from entra_emulator.rules import Rules
from entra_emulator.secretive import make_password, make_secret

DAYS_IN_BIN = 30
DAY = 86400.0


class Store(Protocol):
    """Where changes are kept."""

    def keep(self, tenant_id: str, thing: Thing) -> None:
        """Keep it as it is now."""

    def forget(self, tenant_id: str, thing: Thing) -> None:
        """Drop it for good."""


class Directory:
    """One tenant's objects."""

    def __init__(self, tenant_id: str, rules: Rules, store: Store) -> None:
        """Start empty."""
        self.tenant_id, self.rules, self._store = tenant_id, rules, store
        self.applications: dict[str, Application] = {}
        self.principals: dict[str, Principal] = {}
        self.bin: dict[str, Thing] = {}
        self._by_app_id: dict[str, str] = {}
        self._by_unique_name: dict[str, str] = {}
        """Those in the bin included: they hold their name."""
        self._principal_of: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        self._binned_of: defaultdict[str, set[str]] = defaultdict(set)
        self._created_by: Counter[str] = Counter()

    def take_in(self, thing: Thing, *, is_kept: bool = False) -> None:
        """Put in what was made elsewhere: seeded, or read from where it `is_kept`."""
        if isinstance(thing, Application):
            self._by_unique_name |= {thing.unique_name: thing.id} if thing.unique_name else {}
        if thing.deleted_at is not None:
            self.bin[thing.id] = thing
            self._binned_of[thing.app_id].add(thing.id)
        elif isinstance(thing, Application):
            self.applications[thing.id] = thing
            self._by_app_id[thing.app_id] = thing.id
        else:
            self.principals[thing.id] = thing
            self._principal_of[thing.app_id] = thing.id
            self._by_name |= dict.fromkeys(thing.names, thing.id)
        self._created_by.update(thing.owners[:1])
        if not is_kept:
            self._store.keep(self.tenant_id, thing)

    @property
    def used(self) -> int:
        """How much of the quota is gone."""
        return len(self.applications) + len(self.principals) + len(self.bin) + self.rules.other_objects

    def application(self, value: str, key: str = "id") -> Application | None:
        """Return the application by its `id`, its `appId` or its `uniqueName`."""
        if key != "id":
            value = (self._by_app_id if key == "appId" else self._by_unique_name).get(value, "")
        return self.applications.get(value)

    def principal(self, value: str, key: str = "id") -> Principal | None:
        """Return the principal by its `id`, its `appId` or a name that tokens are asked for by."""
        if key != "id":
            value = (self._principal_of if key == "appId" else self._by_name).get(value, "")
        return self.principals.get(value)

    def create_application(self, body: Json, *, owner: str, at: float) -> tuple[Application, dict[str, str]]:
        """Make an application; return it, and its secrets by their keyId, which are never told again.

        :raises Refusal: a field, a name that is taken, the quota, the tenant's policy.
        """
        values = fields.read_application(body)
        wanted = Application(str(uuid4()), str(uuid4()), values.pop("display_name", ""), at, written_at=at)
        for name, value in values.items():
            setattr(wanted, name, value if value is not None else getattr(wanted, name))
        fields.check_name(wanted.display_name, wanted.audience)
        self._require_free(wanted.unique_name)
        self._require_free_uris(wanted)
        wanted.certificates = certificates.read(body.get("keyCredentials") or [])
        secrets = dict(self._add(wanted, wish, at) for wish in body.get("passwordCredentials") or [])
        self._require_room(owner)
        wanted.owners = [owner]
        self.take_in(wanted)
        return wanted, secrets

    def change_application(self, application: Application, body: Json, *, at: float) -> None:
        """Change what is named.

        :raises Refusal: a field, a name that is taken or given already; secrets have their own actions.
        """
        if body.get("passwordCredentials") not in fields.EMPTY:
            raise bad("Updates to the passwordCredentials property are not supported by this action.")
        values = fields.read_application(body)
        audience = values.get("audience", application.audience)
        fields.check_name(values.get("display_name", application.display_name), audience)
        self._require_free_uris(replace(application, rest=values["rest"]))
        registered = application.certificates
        if "keyCredentials" in body:
            registered = certificates.read(body["keyCredentials"], registered)
        self._rename(application, values.pop("unique_name", application.unique_name))
        application.certificates = registered
        application.rest |= values.pop("rest")
        for name, value in values.items():
            setattr(application, name, value if value is not None or name == "is_disabled" else [])
        self._written(application, at)
        self._follow(application, at)

    def _follow(self, application: Application, at: float) -> None:
        """Let the principal be called, and give the roles, as its application says now."""
        principal = self.principal(application.app_id, "appId")
        if principal is not None and not principal.mirrors(application):
            self._unname(principal)
            principal.mirror(application)
            self._by_name |= dict.fromkeys(principal.names, principal.id)
            self._written(principal, at)

    def _rename(self, application: Application, name: str | None) -> None:
        if name == application.unique_name:
            return
        if application.unique_name is not None or name is None:
            raise bad("Property 'uniqueName' is read-only and cannot be set.")
        self._require_free(name)
        application.unique_name = name
        self._by_unique_name[name] = application.id

    def add_password(self, application: Application, wish: object, *, at: float) -> tuple[Password, str]:
        """Give an application one more secret, and return it.

        :raises Refusal: the tenant's policy; too many; dates.
        """
        key_id, secret = self._add(application, wish, at)
        self._written(application, at)
        return next(each for each in application.passwords if each.key_id == key_id), secret

    def _add(self, application: Application, wish: object, at: float) -> tuple[str, str]:
        name, start, end = fields.read_secret(wish, self.rules, at)
        if application.audience in fields.PERSONAL and len(application.passwords) >= fields.SECRETS_OF_PERSONAL:
            raise bad("You can only add a maximum of 2 encrypted credentials.")
        if application.size >= fields.MOST_VALUES:
            said = "The size of the object has exceeded its limit. Please reduce the number of values and retry."
            raise Refusal("Directory_ResourceSizeExceeded", said)
        secret = make_secret()
        password = make_password(secret=secret, name=name, start=start, end=end, at=at)
        application.passwords.append(password)
        return password.key_id, secret

    def remove_password(self, application: Application, key_id: str, *, at: float) -> None:
        """Take a secret away.

        :raises Refusal: the application has none by this id.
        """
        left = [each for each in application.passwords if each.key_id.lower() != key_id.lower()]
        if len(left) == len(application.passwords):
            raise bad(f"No password credential found with keyId '{key_id}'.")
        application.passwords = left
        self._written(application, at)

    def create_principal(self, application: Application, values: Json, *, owner: str, at: float) -> Principal:
        """Make an application present in the tenant.

        :raises Refusal: it is already; the quota.
        """
        if self.principal(application.app_id, "appId"):
            said = "Another object with the same value for property servicePrincipalNames already exists."
            raise Refusal("Request_MultipleObjectsWithSameKeyValue", said)
        self._require_room(owner)
        principal = Principal(str(uuid4()), application.app_id, application.display_name, at, written_at=at)
        principal.mirror(application)
        principal.owners = [owner]
        for name, value in values.items():
            setattr(principal, name, value)
        self.take_in(principal)
        return principal

    def change_principal(self, principal: Principal, values: Json, *, at: float) -> None:
        """Change what is named."""
        for name, value in values.items():
            setattr(principal, name, value)
        self._written(principal, at)

    def keep(self, thing: Thing, *, at: float) -> None:
        """Take note that somebody has changed it."""
        self._written(thing, at)

    def delete(self, thing: Thing, *, at: float) -> None:
        """Put it into the bin for thirty days, an application together with its principal."""
        principal = self.principal(thing.app_id, "appId")
        if isinstance(thing, Application):
            del self.applications[thing.id], self._by_app_id[thing.app_id]
            self._bin(thing, at)
        if principal:
            del self.principals[principal.id], self._principal_of[principal.app_id]
            self._unname(principal)
            self._bin(principal, at)

    def purge_now(self, thing: Thing, *, at: float) -> None:
        """Remove it for good, without the thirty days."""
        self.delete(thing, at=at)
        self.purge(thing.id)

    def _bin(self, thing: Thing, at: float) -> None:
        thing.deleted_at = at
        self.bin[thing.id] = thing
        self._binned_of[thing.app_id].add(thing.id)
        self._written(thing, at)

    def restore(self, object_id: str, *, at: float) -> Thing:
        """Take it out of the bin, an application together with the principal that went with it.

        :raises Refusal: it is not there; another has its name by now; it is the principal of an application that is
            not here, or has another.
        """
        thing = self._binned(object_id)
        if isinstance(thing, Principal) and (thing.app_id not in self._by_app_id or thing.app_id in self._principal_of):
            raise bad("Unable to restore the object: its application is deleted, or has another service principal.")
        if isinstance(thing, Application):
            self._require_free_uris(thing)
        for each in [each for each in self._together(thing) if each.deleted_at == thing.deleted_at]:
            self._take_out(each)
            if isinstance(each, Principal):
                each.mirror(self.applications[self._by_app_id[each.app_id]])
            each.deleted_at, each.written_at = None, at
            self._created_by.subtract(each.owners[:1])
            self.take_in(each)
        return thing

    def purge(self, object_id: str) -> None:
        """Remove it for good, an application together with its principal.

        :raises Refusal: it is not in the bin.
        """
        for each in self._together(self._binned(object_id)):
            self._take_out(each)
            if isinstance(each, Application):
                self._by_unique_name.pop(each.unique_name or "", None)
            self._created_by.subtract(each.owners[:1])
            self._store.forget(self.tenant_id, each)

    def _binned(self, object_id: str) -> Thing:
        if object_id not in self.bin:
            raise missing(object_id)
        return self.bin[object_id]

    def _together(self, thing: Thing) -> list[Thing]:
        together = self._binned_of[thing.app_id] if isinstance(thing, Application) else {thing.id}
        return sorted((self.bin[each] for each in together), key=lambda each: isinstance(each, Principal))

    def _take_out(self, thing: Thing) -> None:
        del self.bin[thing.id]
        self._binned_of[thing.app_id].discard(thing.id)

    def empty_bin(self, at: float) -> None:
        """Remove for good what has been in it for thirty days."""
        while self.bin:
            oldest = next(iter(self.bin.values()))
            if (oldest.deleted_at or at) > at - DAYS_IN_BIN * DAY:
                return
            self.purge(oldest.id)

    def _require_free(self, unique_name: str | None) -> None:
        if unique_name is not None and unique_name in self._by_unique_name:
            raise taken("uniqueName")

    def _require_free_uris(self, application: Application) -> None:
        if wanted := set(application.uris):
            others = [each.uris for each in self.applications.values() if each.app_id != application.app_id]
            others += [each.names for each in self.principals.values() if each.app_id != application.app_id]
            if not wanted.isdisjoint(chain(*others)):
                raise taken("identifierUris")

    def _unname(self, principal: Principal) -> None:
        for name in principal.names:
            self._by_name.pop(name, None)

    def _require_room(self, creator: str) -> None:
        if self.used >= self.rules.quota:
            said = "The directory object quota limit for the Tenant has been exceeded. Please ask your administrator"
            raise Refusal("Directory_QuotaExceeded", f"{said} to increase the quota limit or delete objects.")
        most = self.rules.quota_per_principal
        if most is not None and self._created_by[creator] >= most:
            said = "The directory object quota limit for the Principal has been exceeded. Please ask your administrator"
            raise Refusal("Directory_QuotaExceeded", f"{said} to increase the quota limit or delete objects.")

    def _written(self, thing: Thing, at: float) -> None:
        thing.written_at = at
        self._store.keep(self.tenant_id, thing)
