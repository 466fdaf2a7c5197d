"""What can go wrong between the portal and Microsoft Graph, by what is to be done about it.

None of them ever repeats a body, an address or a secret: a code, and the id by which Microsoft finds the request.
"""


class EntraFault(Exception):
    """Graph did not do what was asked. `code` is Graph's own, or says what happened on the way."""

    def __init__(self, code: str, *, request_id: str = "") -> None:
        super().__init__(f"{code} (client-request-id {request_id})" if request_id else code)
        self.code, self.request_id = code, request_id


class TryLater(EntraFault):
    """It was not done, and may be done later: throttled, busy, not replicated yet, or not reached at all."""

    def __init__(self, code: str, *, after: float = 0.0, request_id: str = "") -> None:
        super().__init__(code, request_id=request_id)
        self.after = after
        """Seconds, where Graph says how many."""


class AnswerLost(TryLater):
    """Nobody knows whether it was done: look before asking again."""


class AlreadyThere(EntraFault):
    """Another object has that unique name, or the application has its principal."""


class NotThere(EntraFault):
    """No such object; right after a write, perhaps not yet."""


class QuotaExceeded(EntraFault):
    """The tenant, or the provisioner, may create no more objects. Nothing helps but Microsoft's support."""


class PolicyRefuses(EntraFault):
    """A policy of the tenant forbids such a secret, or so long a life of one."""


class Denied(EntraFault):
    """The provisioner may not do it, or its own credential was refused."""


class Refused(EntraFault):
    """Anything else: asking again brings the same answer."""
