"""What the token endpoint says when it refuses: number, error, status and Microsoft's own sentence."""

from dataclasses import dataclass


@dataclass
class SignInError(Exception):
    """An AADSTS error."""

    number: int
    error: str
    status: int
    text: str
    retry_after: int | None = None


def parameter_missing(name: str) -> SignInError:
    """Something that must be there is not."""
    text = f"The request body must contain the following parameter: '{name}'."
    return SignInError(900144, "invalid_request", 400, text)


def unsupported_grant(grant: str) -> SignInError:
    """Another way to ask for tokens."""
    return SignInError(70003, "unsupported_grant_type", 400, f"The app requested an unsupported grant type '{grant}'.")


def unknown_tenant(name: str, error: str = "invalid_request") -> SignInError:
    """No such tenant; discovery calls the same error by another name."""
    text = (
        f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud. Check with your subscription administrator, this may happen if there are no active "
        "subscriptions for the tenant."
    )
    return SignInError(90002, error, 400, text)


def unknown_application(app_id: str, tenant: str) -> SignInError:
    """No such application in this tenant: not yet, or of another environment."""
    text = (
        f"Application with identifier '{app_id}' was not found in the directory '{tenant}'. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You may have sent your authentication request to the wrong tenant."
    )
    return SignInError(700016, "unauthorized_client", 400, text)


def scope_without_default(scope: str) -> SignInError:
    """The scope of a person's permission."""
    text = (
        f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
        "/.default suffixed to the resource identifier (application ID URI)."
    )
    return SignInError(1002012, "invalid_scope", 400, text)


def scope_invalid(scope: str) -> SignInError:
    """A scope that is none, or several."""
    text = (
        "The provided value for the input parameter 'scope' isn't valid because it contains more than one resource. "
        f"Scope {scope} is not valid."
    )
    return SignInError(70011, "invalid_scope", 400, text)


def credential_missing() -> SignInError:
    """Neither a secret nor an assertion."""
    text = "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
    return SignInError(7000216, "invalid_client", 401, text)


def secret_wrong(app_id: str) -> SignInError:
    """A wrong secret, a removed one, one that is not valid yet: Entra makes no difference."""
    text = (
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
        f"the client secret ID, for a secret added to app '{app_id}'."
    )
    return SignInError(7000215, "invalid_client", 401, text)


def secret_expired(app_id: str) -> SignInError:
    """The right secret, too late."""
    text = (
        f"The provided client secret keys for app '{app_id}' are expired. Visit the Azure portal to create new keys "
        "for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: "
        "https://aka.ms/certCreds."
    )
    return SignInError(7000222, "invalid_client", 401, text)


def assertion_wrong(why: str, number: int = 700027) -> SignInError:
    """An assertion that proves nothing."""
    return SignInError(number, "invalid_client", 401, why)


def principal_missing(app_id: str, tenant_id: str) -> SignInError:
    """An application that is not present in the tenant."""
    text = (
        f"The client application {app_id} is missing service principal in the tenant {tenant_id}. See instructions "
        "here: https://go.microsoft.com/fwlink/?linkid=2225119"
    )
    return SignInError(7000229, "invalid_client", 401, text)


def disabled(app_id: str, name: str) -> SignInError:
    """An application, or its principal, that was switched off."""
    return SignInError(7000112, "unauthorized_client", 401, f"Application '{app_id}'({name}) is disabled.")


def unknown_resource(resource: str, tenant: str) -> SignInError:
    """Nothing in the tenant is called so."""
    text = (
        f"The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You might have sent your authentication request to the wrong tenant."
    )
    return SignInError(500011, "invalid_resource", 400, text)


def not_assigned(app_id: str, name: str, resource: str) -> SignInError:
    """A resource that only serves those who were given a role."""
    text = f"Application '{app_id}'({name}) is not assigned to a role for the application '{resource}'."
    return SignInError(501051, "invalid_grant", 400, text)


def throttled(retry_after: int) -> SignInError:
    """Too many at once."""
    text = "The service is temporarily unavailable because of too many requests. Please retry later."
    return SignInError(90055, "temporarily_unavailable", 429, text, retry_after)


def unavailable(status: int) -> SignInError:
    """A fault of the server."""
    return SignInError(90033, "temporarily_unavailable", status, "A transient error has occurred. Please try again.")
