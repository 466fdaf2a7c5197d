"""How Graph writes what the directory holds."""

import base64

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from entra_emulator.clock import written
from entra_emulator.objects import Application, Assignment, Certificate, Json, Password, Principal, Thing

EMPTY_APPLICATION: Json = {
    "isFallbackPublicClient": None,
    "applicationTemplateId": None,
    "identifierUris": [],
    "isDeviceOnlyAuthSupported": None,
    "groupMembershipClaims": None,
    "optionalClaims": None,
    "addIns": [],
    "samlMetadataUrl": None,
    "notes": None,
    "serviceManagementReference": None,
    "description": None,
    "tokenEncryptionKeyId": None,
    "api": {
        "requestedAccessTokenVersion": None,
        "acceptMappedClaims": None,
        "knownClientApplications": [],
        "oauth2PermissionScopes": [],
        "preAuthorizedApplications": [],
    },
    "appRoles": [],
    "publicClient": {"redirectUris": []},
    "info": {
        "termsOfServiceUrl": None,
        "supportUrl": None,
        "privacyStatementUrl": None,
        "marketingUrl": None,
        "logoUrl": None,
    },
    "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
    "requiredResourceAccess": [],
    "web": {
        "redirectUris": [],
        "homePageUrl": None,
        "logoutUrl": None,
        "implicitGrantSettings": {"enableIdTokenIssuance": False, "enableAccessTokenIssuance": False},
    },
}
EMPTY_PRINCIPAL: Json = {"homepage": None, "logoutUrl": None, "replyUrls": [], "keyCredentials": []}


def password(kept: Password, secret: str | None = None) -> Json:
    """Return a secret's entry; its value only the once that it is made."""
    return {
        "customKeyIdentifier": None,
        "displayName": kept.display_name,
        "endDateTime": written(kept.end),
        "hint": kept.hint,
        "keyId": kept.key_id,
        "secretText": secret,
        "startDateTime": written(kept.start),
    }


def certificate(kept: Certificate) -> Json:
    """Return a certificate's entry."""
    octets = x509.load_pem_x509_certificate(kept.pem.encode()).public_bytes(Encoding.DER)
    return {
        "customKeyIdentifier": kept.thumbprint,
        "displayName": kept.display_name,
        "endDateTime": written(kept.end),
        "key": base64.b64encode(octets).decode(),
        "keyId": kept.key_id,
        "startDateTime": written(kept.start),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }


def application(kept: Application, domain: str, secrets: dict[str, str] | None = None) -> Json:
    """Return an application, with the values of the secrets that have just been made."""
    told = secrets or {}
    own = {
        "id": kept.id,
        "deletedDateTime": _moment(kept.deleted_at),
        "appId": kept.app_id,
        "createdDateTime": written(kept.created_at),
        "displayName": kept.display_name,
        "isDisabled": kept.is_disabled,
        "publisherDomain": domain,
        "signInAudience": kept.audience,
        "tags": kept.tags,
        "uniqueName": kept.unique_name,
        "keyCredentials": [certificate(each) for each in kept.certificates],
        "passwordCredentials": [password(each, told.get(each.key_id)) for each in kept.passwords],
    }
    return EMPTY_APPLICATION | kept.rest | own


def principal(kept: Principal, tenant_id: str) -> Json:
    """Return a service principal."""
    return EMPTY_PRINCIPAL | {
        "id": kept.id,
        "deletedDateTime": _moment(kept.deleted_at),
        "accountEnabled": kept.is_enabled,
        "appDisplayName": kept.display_name,
        "appId": kept.app_id,
        "appOwnerOrganizationId": tenant_id,
        "appRoleAssignmentRequired": kept.requires_assignment,
        "createdDateTime": written(kept.created_at),
        "displayName": kept.display_name,
        "servicePrincipalNames": [kept.app_id, *kept.names],
        "servicePrincipalType": "Application",
        "tags": kept.tags,
        "appRoles": kept.app_roles,
        "passwordCredentials": [],
    }


def assignment(kept: Assignment, client: Principal, resource: Principal) -> Json:
    """Return a role that a client has at a resource."""
    return {
        "id": kept.id,
        "deletedDateTime": None,
        "createdDateTime": written(kept.created_at),
        "principalType": "ServicePrincipal",
        "principalId": client.id,
        "principalDisplayName": client.display_name,
        "resourceId": resource.id,
        "resourceDisplayName": resource.display_name,
        "appRoleId": kept.role_id,
    }


def thing(kept: Thing, *, tenant_id: str, domain: str) -> Json:
    """Return either."""
    return application(kept, domain) if isinstance(kept, Application) else principal(kept, tenant_id)


def _moment(moment: float | None) -> str | None:
    return None if moment is None else written(moment)
