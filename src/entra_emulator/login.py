"""The token endpoint's decisions: which application asks, by what it proves itself, for what. Knows no HTTP.

The order of the checks is that of Entra as far as it is known: tenant, parameters, application, scope, credential,
principal, resource.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from entra_emulator import assertions, sign_in_errors
from entra_emulator.objects import Application, Principal, is_guid
from entra_emulator.secretive import find
from entra_emulator.seeds import seed
from entra_emulator.tenants import Tenant, Tenants
from entra_emulator.tokens import GRAPH, GRAPH_APP_ID, LIFE, common_claims

SUFFIX = "/.default"
GRANT = "client_credentials"
SECRET, ASSERTION = "1", "2"


@dataclass(frozen=True)
class Asked:
    """What came in a request for a token."""

    form: Mapping[str, str]
    base_url: str
    tenant: Tenant
    knows_too_early: bool = False
    """Whether a fault says that the secret has not arrived yet."""

    @property
    def at(self) -> float:
        """The tenant's time."""
        return self.tenant.clock.now()


def issue(tenants: Tenants, asked: Asked) -> str:
    """Return an access token.

    :raises SignInError: anything is wrong.
    """
    for name in ("grant_type", "client_id", "scope"):
        if not asked.form.get(name):
            raise sign_in_errors.parameter_missing(name)
    if asked.form["grant_type"] != GRANT:
        raise sign_in_errors.unsupported_grant(asked.form["grant_type"])
    application = _application(asked)
    resource = _resource(asked.form["scope"])
    how = _proof(tenants, asked, application)
    principal = _principal(asked, application)
    return tenants.signer.sign(_claims(asked, application, principal, resource, how))


def _application(asked: Asked) -> Application:
    named = asked.form["client_id"]
    found = asked.tenant.directory.application(named.lower(), "appId")
    if found is None:
        found = _taken_at_its_word(asked)
    if found is None or asked.at < found.created_at + asked.tenant.rules.sign_in_delay:
        raise sign_in_errors.unknown_application(named, asked.tenant.name)
    return found


def _taken_at_its_word(asked: Asked) -> Application | None:
    beginning, secret = asked.tenant.rules.knows_secrets_that_begin_with, asked.form.get("client_secret", "")
    if not beginning or not secret.startswith(beginning) or not is_guid(asked.form["client_id"]):
        return None
    seed(asked.tenant, {"app_id": asked.form["client_id"], "secrets": [{"secret": secret}]})
    return asked.tenant.directory.application(asked.form["client_id"].lower(), "appId")


def _resource(scope: str) -> str:
    scopes = scope.split()
    if len(scopes) != 1:
        raise sign_in_errors.scope_invalid(scope)
    if not scope.endswith(SUFFIX) or scope == SUFFIX:
        raise sign_in_errors.scope_without_default(scope)
    return scope.removesuffix(SUFFIX)


def _proof(tenants: Tenants, asked: Asked, application: Application) -> str:
    form = asked.form
    if assertion := form.get("client_assertion"):
        names = [f"{asked.base_url}/{name}" for name in (asked.tenant.id, asked.tenant.domain)]
        assertions.check(assertion, application, tenants.issuers, tenant=names, at=asked.at)
        return ASSERTION
    if not form.get("client_secret"):
        raise sign_in_errors.credential_missing()
    _check_secret(asked, application, form["client_secret"])
    return SECRET


def _check_secret(asked: Asked, application: Application, secret: str) -> None:
    password = find(application.passwords, secret)
    delay = asked.tenant.rules.secret_delay
    if password is None or asked.knows_too_early or not max(password.created_at + delay, password.start) <= asked.at:
        raise sign_in_errors.secret_wrong(application.app_id)
    if password.end <= asked.at:
        raise sign_in_errors.secret_expired(application.app_id)


def _principal(asked: Asked, application: Application) -> Principal:
    found = asked.tenant.directory.principal(application.app_id, "appId")
    if found is None or asked.at < found.created_at + asked.tenant.rules.principal_sign_in_delay:
        raise sign_in_errors.principal_missing(application.app_id, asked.tenant.id)
    if application.is_disabled or not found.is_enabled:
        raise sign_in_errors.disabled(application.app_id, application.display_name)
    return found


def _claims(asked: Asked, application: Application, principal: Principal, resource: str, how: str) -> dict[str, object]:
    tenant, directory = asked.tenant, asked.tenant.directory
    at, life = asked.at, LIFE * tenant.clock.factor
    claims = common_claims(at=at, life=life, tenant_id=tenant.id, subject=principal.id)
    key = GRAPH_APP_ID if resource.rstrip("/") == GRAPH else resource
    target = directory.principal(key.lower(), "appId") or directory.principal(key, "name")
    if target is None:
        raise sign_in_errors.unknown_resource(resource, tenant.name)
    roles = _roles(principal, target)
    if target.requires_assignment and not roles:
        raise sign_in_errors.not_assigned(application.app_id, application.display_name, target.app_id)
    claims |= {"roles": roles} if roles else {}
    behind = directory.application(target.app_id, "appId")
    if behind is not None and behind.token_version > 1:
        own = {"aud": target.app_id, "iss": f"{asked.base_url}/{tenant.id}/v2.0", "ver": "2.0"}
        return claims | own | {"azp": application.app_id, "azpacr": how}
    own = {"aud": resource, "iss": f"https://sts.windows.net/{tenant.id}/", "ver": "1.0"}
    return claims | own | {"appid": application.app_id, "appidacr": how, "app_displayname": application.display_name}


def _roles(principal: Principal, target: Principal) -> list[str]:
    granted = {each.role_id for each in principal.assignments if each.resource_id == target.id}
    return [role["value"] for role in target.app_roles if role["id"] in granted and role.get("value")]
