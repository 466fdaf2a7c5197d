"""What Graph does with applications, and with what was deleted."""

from collections.abc import Sequence

from entra_emulator import query, shapes
from entra_emulator.callers import ALL, OWNED, READING
from entra_emulator.calls import Answer, Call
from entra_emulator.filters import Filter
from entra_emulator.objects import Application, Json, Principal, Thing
from entra_emulator.refusals import bad, missing, taken

ENTITY = "applications/$entity"
CREATE_IF_MISSING = "create-if-missing"


def create(call: Call) -> Answer:
    """Make an application; the caller owns it."""
    call.caller.require(ALL, OWNED)
    made, secrets = call.tenant.directory.create_application(call.body, owner=call.caller.principal_id, at=call.at)
    return _made(call, made, secrets)


def _made(call: Call, made: Application, secrets: dict[str, str]) -> Answer:
    return Answer(201, call.context(ENTITY) | shapes.application(made, call.tenant.domain, secrets))


def listing(call: Call) -> Answer:
    """List them."""
    call.caller.require(*READING)
    return query.listed(call, _candidates(call), lambda each: _shape(call, each), "applications")


def _candidates(call: Call) -> Sequence[Thing]:
    directory = call.tenant.directory
    if named := Filter(call.query.get("$filter", "")).looked_up:
        found = directory.application(*named)
        return [found] if found else []
    return list(directory.applications.values())


def read(call: Call) -> Answer:
    """Show one."""
    call.caller.require(*READING)
    found = call.application()
    return Answer(200, call.context(ENTITY) | query.selected(call, _shape(call, found)))


def change(call: Call) -> Answer:
    """Change one; by its uniqueName, make it where it is missing, if that is preferred."""
    directory = call.tenant.directory
    value, key = call.named
    found = directory.application(value, key)
    if key == "uniqueName" and CREATE_IF_MISSING in call.prefer:
        if found is None:
            return _upserted(call, value)
        if not call.caller.may_change(found):
            raise taken("uniqueName")
    application = call.application()
    call.caller.require_own(application)
    directory.change_application(application, call.body, at=call.at)
    return Answer(204)


def _upserted(call: Call, unique_name: str) -> Answer:
    call.caller.require(ALL, OWNED)
    if call.body.get("passwordCredentials"):
        raise bad("Updates to the passwordCredentials property are not supported by this action.")
    wish, owner = {**call.body, "uniqueName": unique_name}, call.caller.principal_id
    return _made(call, *call.tenant.directory.create_application(wish, owner=owner, at=call.at))


def delete(call: Call) -> Answer:
    """Put one into the bin."""
    application = call.application()
    call.caller.require_own(application)
    call.tenant.directory.delete(application, at=call.at)
    return Answer(204)


def add_password(call: Call) -> Answer:
    """Give one more secret."""
    application = call.application()
    if call.at < application.created_at + call.tenant.rules.password_delay:
        raise missing(application.id)
    call.caller.require_own(application)
    wish = call.body.get("passwordCredential") or {}
    password, secret = call.tenant.directory.add_password(application, wish, at=call.at)
    return Answer(200, call.context("microsoft.graph.passwordCredential") | shapes.password(password, secret))


def remove_password(call: Call) -> Answer:
    """Take a secret away."""
    application = call.application()
    call.caller.require_own(application)
    call.tenant.directory.remove_password(application, call.text("keyId"), at=call.at)
    return Answer(204)


def deleted(call: Call) -> Answer:
    """List the bin."""
    call.caller.require(*READING)
    kind = Application if call.names["kind"].lower() == "application" else Principal
    things = [each for each in call.tenant.directory.bin.values() if isinstance(each, kind)]
    return query.listed(call, things, lambda each: _shape(call, each), "directoryObjects")


def read_deleted(call: Call) -> Answer:
    """Show one in the bin."""
    call.caller.require(*READING)
    return _typed(call, _binned(call))


def restore(call: Call) -> Answer:
    """Take one out of the bin."""
    call.caller.require_own(_binned(call))
    return _typed(call, call.tenant.directory.restore(call.named[0], at=call.at))


def purge(call: Call) -> Answer:
    """Remove one for good."""
    call.caller.require_own(_binned(call))
    call.tenant.directory.purge(call.named[0])
    return Answer(204)


def _binned(call: Call) -> Thing:
    found = call.tenant.directory.bin.get(call.named[0])
    if found is None:
        raise missing(call.named[0])
    return found


def _typed(call: Call, thing: Thing) -> Answer:
    """Say what it is, too: the address does not."""
    kind = "application" if isinstance(thing, Application) else "servicePrincipal"
    named = call.context("directoryObjects/$entity") | {"@odata.type": f"#microsoft.graph.{kind}"}
    return Answer(200, named | _shape(call, thing))


def _shape(call: Call, each: Thing) -> Json:
    return shapes.thing(each, tenant_id=call.tenant.id, domain=call.tenant.domain)
