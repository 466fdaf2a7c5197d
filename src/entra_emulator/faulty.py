"""What a fault does to a call of Graph: before it is carried out, and after."""

from entra_emulator.calls import Answer
from entra_emulator.faults import Fault, Kind
from entra_emulator.refusals import Refusal, denied, missing

CONCURRENT = "Error due to concurrent requests being made to the tenant. Please wait briefly and retry."
FULL = "The directory object quota limit for the Tenant has been exceeded. Please ask your administrator to increase"
POLICY = "Credential lifetime exceeds the max value allowed as per assigned policy 'restrict lifetime'."


def before(fault: Fault | None, marks: dict[str, str], who: str) -> None:
    """Refuse what the fault hits.

    :param who: application and tenant, as the throttle names them.
    :raises Refusal: it is hit, and nothing has been done.
    """
    if fault is None:
        return
    if fault.kind is Kind.THROTTLED:
        scope, information = f"Tenant_Application/ReadWrite/{who}", "CPULimitExceeded"
        raise throttled(marks, wait=fault.retry_after, scope=scope, information=information)
    if fault.kind is Kind.ERROR and fault.status >= 502 and fault.retry_after:  # noqa: PLR2004 - those that come with a wait
        marks["Retry-After"] = str(fault.retry_after)
    refusals = {
        Kind.CONFLICT: Refusal("Directory_ConcurrencyViolation", CONCURRENT, status=fault.status or 409),
        Kind.ERROR: _error(fault.status or 500),
        Kind.QUOTA: Refusal("Directory_QuotaExceeded", f"{FULL} the quota limit or delete objects."),
        Kind.POLICY: Refusal("CredentialInvalidLifetimeAsPerAppPolicy", POLICY),
        Kind.DENIED: denied(),
        Kind.MISSING: missing("00000000-0000-0000-0000-000000000000"),
    }
    if fault.kind in refusals:
        raise refusals[fault.kind]


def after(fault: Fault | None, answer: Answer) -> Answer:
    """Return the answer, unless the fault puts an error in its place.

    :raises Refusal: what was asked for is done, and nobody is told.
    """
    if fault and fault.kind is Kind.LOST_ERROR:
        raise _error(fault.status or 500)
    return answer


def throttled(marks: dict[str, str], *, wait: int, scope: str, information: str) -> Refusal:
    """Return the refusal of too many calls, and mark the answer with how long to wait and why."""
    marks |= {
        "Retry-After": str(wait),
        "x-ms-throttle-scope": scope,
        "x-ms-throttle-information": information,
    }
    return Refusal("TooManyRequests", "Too many requests. Please wait and retry.")


def _error(status: int) -> Refusal:
    code = "ServiceUnavailable" if status in {503, 504} else "InternalServerError"
    return Refusal(code, "An internal server error occurred. Please retry.", status=status)
