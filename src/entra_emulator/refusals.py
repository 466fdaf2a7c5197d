"""Why Graph refuses: the code that its clients decide by, and Microsoft's own sentence."""

from typing import Any

STATUS = {
    "Request_BadRequest": 400,
    "Request_UnsupportedQuery": 400,
    "Directory_ResourceSizeExceeded": 400,
    "CredentialInvalidLifetimeAsPerAppPolicy": 400,
    "CredentialTypeNotAllowedAsPerAppPolicy": 400,
    "BadRequest": 400,
    "InvalidAuthenticationToken": 401,
    "Authorization_RequestDenied": 403,
    "Directory_QuotaExceeded": 403,
    "Request_ResourceNotFound": 404,
    "Request_MultipleObjectsWithSameKeyValue": 409,
    "Directory_ConcurrencyViolation": 409,
    "TooManyRequests": 429,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
}


class Refusal(Exception):
    """Graph says no."""

    def __init__(self, code: str, message: str, *details: dict[str, Any], status: int = 0) -> None:
        """Name the code, which has its usual HTTP status, and say why."""
        super().__init__(message)
        self.code, self.message = code, message
        self.details = details
        self.status = status or STATUS[code]


def bad(message: str, *details: dict[str, Any]) -> Refusal:
    """Return what is said to a faulty request."""
    return Refusal("Request_BadRequest", message, *details)


def missing(name: str) -> Refusal:
    """Return what is said of what is not there, or not yet."""
    said = f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."
    return Refusal("Request_ResourceNotFound", said)


def denied() -> Refusal:
    """Return what is said to somebody without the permission."""
    return Refusal("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def taken(name: str) -> Refusal:
    """Return what is said to a value that another object has, be it in the bin or somebody else's."""
    message = f"Another object with the same value for property {name} already exists."
    return bad(message, {"code": "ObjectConflict", "message": message, "target": name})
