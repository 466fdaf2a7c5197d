"""What may be written into an application: names, lengths, and what must not be sent. Graph's own sentences."""

from typing import Any

from entra_emulator import clock
from entra_emulator.objects import Json, is_guid
from entra_emulator.refusals import Refusal, bad
from entra_emulator.rules import Rules
from entra_emulator.secretive import TWO_YEARS

OWN = {
    "displayName": "display_name",
    "signInAudience": "audience",
    "uniqueName": "unique_name",
    "isDisabled": "is_disabled",
    "tags": "tags",
}
CREDENTIALS = {"passwordCredentials", "keyCredentials"}
OTHERS = {
    "addIns": list, "api": dict, "appRoles": list, "description": str, "groupMembershipClaims": str,
    "identifierUris": list, "info": dict, "isDeviceOnlyAuthSupported": bool, "isFallbackPublicClient": bool,
    "notes": str, "optionalClaims": dict, "parentalControlSettings": dict, "publicClient": dict,
    "requiredResourceAccess": list, "serviceManagementReference": str, "spa": dict, "tokenEncryptionKeyId": str,
    "web": dict,
}  # fmt: skip
PERSONAL = {"AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}
AUDIENCES = {"AzureADMyOrg", "AzureADMultipleOrgs"} | PERSONAL
SECRETS_OF_PERSONAL = 2
LONGEST_NAME, LONGEST_NAME_OF_PERSONAL = 120, 90
LONGEST_TAG = 256
LONGEST_URI = 255
TOKEN_VERSIONS = {None, 1, 2}
LONGEST_UNIQUE_NAME = 120
MOST_VALUES = 1200
OF_A_SECRET = {"displayName", "startDateTime", "endDateTime", "@odata.type"}
EMPTY: tuple[Any, ...] = (None, [])


def read_application(body: Json) -> Json:
    """Return what was sent, by the names of `Application`.

    :raises Refusal: a name, a type or a length is wrong.
    """
    sent = {name: value for name, value in body.items() if "@odata" not in name and name not in CREDENTIALS}
    for name in sent:
        if name not in OWN and name not in OTHERS:
            raise bad(f"Invalid property '{name}'.")
    values = {attribute: sent.pop(name) for name, attribute in OWN.items() if name in sent}
    _check_types(values)
    _check_tags(values.get("tags") or [])
    _check_others(sent)
    _check_credentials(body)
    return values | {"rest": sent}


def _check_types(values: Json) -> None:
    kinds = {"display_name": str, "audience": str, "unique_name": str, "tags": list, "is_disabled": bool}
    for name, value in values.items():
        if value is not None and not isinstance(value, kinds[name]):
            raise unexpected(name)
    if values.get("audience", "AzureADMyOrg") not in AUDIENCES:
        raise bad("Invalid value specified for property 'signInAudience' of resource 'Application'.")
    if len(values.get("unique_name") or "") > LONGEST_UNIQUE_NAME:
        raise bad("Invalid value specified for property 'uniqueName' of resource 'Application'.")


def _check_others(sent: Json) -> None:
    for name, value in sent.items():
        if value is not None and not isinstance(value, OTHERS[name]):
            raise unexpected(name)
    if not all(isinstance(uri, str) and 0 < len(uri) <= LONGEST_URI for uri in sent.get("identifierUris") or []):
        raise unexpected("identifierUris")
    if not all(_is_role(role) for role in sent.get("appRoles") or []):
        raise unexpected("appRoles")
    version = (sent.get("api") or {}).get("requestedAccessTokenVersion")
    if isinstance(version, bool | float | str | dict | list) or version not in TOKEN_VERSIONS:
        raise unexpected("requestedAccessTokenVersion")


def _is_role(role: object) -> bool:
    return (
        isinstance(role, dict)
        and isinstance(role.get("id"), str)
        and is_guid(role["id"])
        and isinstance(role.get("value"), str | None)
    )


def _check_credentials(body: Json) -> None:
    for name in CREDENTIALS:
        if not isinstance(body.get(name), list | None):
            raise unexpected(name)


def unexpected(name: str) -> Refusal:
    """Return what is said of a value of another type."""
    return bad(f"A value of an unexpected type was found for the property '{name}'.")


def _check_tags(tags: list[Any]) -> None:
    faulty = any(not isinstance(tag, str) or not 0 < len(tag) <= LONGEST_TAG or tag.split() != [tag] for tag in tags)
    if faulty or len(set(tags)) < len(tags):
        raise bad("Invalid value specified for property 'tags' of resource 'Application'.")


def read_principal(body: Json) -> Json:
    """Return what was sent, by the names of `Principal`.

    :raises Refusal: a type is wrong.
    """
    own = {"accountEnabled": "is_enabled", "appRoleAssignmentRequired": "requires_assignment"}
    values = {attribute: body[name] for name, attribute in own.items() if name in body}
    for name, attribute in own.items():
        if not isinstance(values.get(attribute, True), bool):
            raise unexpected(name)
    tags = body.get("tags")
    if tags is None:
        return values
    if not isinstance(tags, list):
        raise unexpected("tags")
    _check_tags(tags)
    return values | {"tags": tags}


def check_name(name: object, audience: str) -> None:
    """Make sure that it can be an application's name.

    :raises Refusal: it is missing or too long.
    """
    if not isinstance(name, str) or not name.strip():
        raise bad("Missing required property 'displayName' for resource 'Application'.")
    if len(name) > (LONGEST_NAME_OF_PERSONAL if audience in PERSONAL else LONGEST_NAME):
        raise bad("Invalid value specified for property 'displayName' of resource 'Application'.")


def read_secret(wish: object, rules: Rules, at: float) -> tuple[str | None, float, float]:
    """Return name, start and end of the secret that was asked for.

    :raises Refusal: Entra makes values and ids itself; the tenant's policy; an end before the start.
    """
    if not isinstance(wish, dict):
        raise unexpected("passwordCredential")
    if any(wish.get(name) not in EMPTY for name in wish if name not in OF_A_SECRET):
        raise bad("New password credentials must be generated with service actions.")
    try:
        start = clock.read(wish["startDateTime"]) if wish.get("startDateTime") else at
        end = clock.read(wish["endDateTime"]) if wish.get("endDateTime") else start + TWO_YEARS
    except (TypeError, ValueError):
        raise bad("Cannot convert the literal to the expected type 'Edm.DateTimeOffset'.") from None
    if end <= start or end > clock.LAST:
        raise bad("Key credential end date is invalid.")
    if not isinstance(wish.get("displayName"), str | None):
        raise unexpected("displayName")
    _follow_policy(rules, end - start)
    return wish.get("displayName"), start, end


def _follow_policy(rules: Rules, life: float) -> None:
    if not rules.secrets_are_allowed:
        said = "Credential type not allowed as per assigned policy 'restrict passwords'."
        raise Refusal("CredentialTypeNotAllowedAsPerAppPolicy", said)
    if rules.longest_secret is not None and life > rules.longest_secret:
        said = "Credential lifetime exceeds the max value allowed as per assigned policy 'restrict lifetime'."
        raise Refusal("CredentialInvalidLifetimeAsPerAppPolicy", said)
