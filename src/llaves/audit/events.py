"""The catalogue of events and who can cause one. An event's name is `part.thing.happened`."""

from dataclasses import dataclass
from enum import StrEnum


class EventName(StrEnum):
    """Everything the trail can say. A name, once used, keeps its meaning for ever."""

    REGISTRY_IMPORTED = "providers.registry.imported"
    PEOPLE_IMPORTED = "providers.people.imported"
    DELEGATIONS_IMPORTED = "providers.delegations.imported"
    TABLE_PUBLISHED = "providers.table.published"
    REGISTRY_ANSWERED = "providers.registry.answered"
    ACCOUNT_REGISTERED = "identity.account.registered"
    ACCOUNT_ACTIVATED = "identity.account.activated"
    ACCOUNT_SUSPENDED = "identity.account.suspended"
    ACCOUNT_REINSTATED = "identity.account.reinstated"
    ACCOUNT_LIMITED = "identity.account.limited"
    ACCOUNT_UNLIMITED = "identity.account.unlimited"
    ACCOUNT_UNLOCKED = "identity.account.unlocked"
    APPLICATION_ADDED = "identity.application.added"
    PASSWORD_CHANGED = "identity.password.changed"  # noqa: S105 - an event's name
    AGREEMENT_PUBLISHED = "identity.agreement.published"
    AGREEMENT_ACCEPTED = "identity.agreement.accepted"
    PASSWORD_RECOVERED = "identity.password.recovered"  # noqa: S105 - an event's name
    MAIL_CHANGED = "identity.mail.changed"
    LINK_REQUESTED = "identity.link.requested"
    LINK_SENT = "identity.link.sent"
    SESSION_OPENED = "identity.session.opened"
    SESSION_REFUSED = "identity.session.refused"
    SESSION_CLOSED = "identity.session.closed"
    SESSION_ENDED = "identity.session.ended"
    FACTOR_ADDED = "identity.factor.added"
    FACTOR_REMOVED = "identity.factor.removed"
    FACTOR_PROVED = "identity.factor.proved"
    FACTOR_REFUSED = "identity.factor.refused"
    RECOVERY_CODES_MADE = "identity.recovery_codes.made"
    RECOVERY_CODE_SPENT = "identity.recovery_codes.spent"
    PROVIDER_CHOSEN = "identity.provider.chosen"
    PROOF_REFUSED = "identity.proof.refused"
    REQUEST_MADE = "credentials.request.made"
    DRAFT_BEGUN = "credentials.draft.begun"
    DRAFTS_CLEARED = "credentials.draft.cleared"
    REQUEST_ASSIGNED = "credentials.request.assigned"
    BULK_CHECKED = "credentials.bulk.checked"
    BULK_ASSIGNED = "credentials.bulk.assigned"
    BULK_REFUSED = "credentials.bulk.refused"
    BULK_DISCARDED = "credentials.bulk.discarded"
    REQUEST_CLAIMED = "credentials.request.claimed"
    REQUEST_RETURNED = "credentials.request.returned"
    REQUEST_MENDED = "credentials.request.mended"
    REQUEST_WITHDRAWN = "credentials.request.withdrawn"
    ASSIGNMENT_CORRECTED = "credentials.request.corrected"
    REQUESTS_EXPORTED = "credentials.requests.exported"
    CREDENTIALS_REVOKED = "credentials.credential.revoked"
    CREDENTIALS_ENDED = "credentials.credential.ended"
    CREDENTIAL_REMOVED = "credentials.credential.removed"
    CREDENTIAL_PROVED = "credentials.credential.proved"
    PAIR_TRIED = "credentials.pair.tried"
    ROUND_PROVED = "credentials.round.proved"
    EXPIRY_TOLD = "credentials.expiry.told"
    DIGEST_POSTED = "credentials.digest.posted"
    CALENDAR_MADE = "credentials.calendar.made"
    CALENDAR_REVOKED = "credentials.calendar.revoked"
    DELEGATE_LEFT = "credentials.delegate.left"
    DELEGATE_RETURNED = "credentials.delegate.returned"
    SUCCESSION_TOLD = "credentials.succession.told"
    GENERATION_ORDERED = "credentials.generation.ordered"
    GENERATION_ADVANCED = "credentials.generation.advanced"
    GENERATION_ASSIGNED = "credentials.generation.assigned"
    GENERATION_FAILED = "credentials.generation.failed"
    GENERATION_RETRIED = "credentials.generation.retried"
    GENERATION_CANCELLED = "credentials.generation.cancelled"
    GENERATION_UNDONE = "credentials.generation.undone"
    GENERATION_RUN_ORDERED = "credentials.generation_run.ordered"
    GENERATION_RUN_PAUSED = "credentials.generation_run.paused"
    GENERATION_RUN_RESUMED = "credentials.generation_run.resumed"
    GENERATION_RUN_CANCELLED = "credentials.generation_run.cancelled"
    ENTRA_RECONCILED = "credentials.entra.reconciled"
    OWN_EXPIRY_TOLD = "credentials.entra.own_expiry_told"
    APPLICATION_DISABLED = "credentials.application.disabled"
    APPLICATION_ENABLED = "credentials.application.enabled"
    SUBSCRIPTION_KEY_SET = "credentials.environment.subscription_key_set"
    ENVIRONMENT_SET = "credentials.environment.set"
    SECRET_SEALED = "vault.secret.sealed"  # noqa: S105 - an event's name
    SECRET_OPENED = "vault.secret.opened"  # noqa: S105 - an event's name
    SECRETS_USED = "vault.secrets.used"
    SECRETS_FORGOTTEN = "vault.secrets.forgotten"
    KEY_ROTATED = "vault.key.rotated"
    NOTICE_SENT = "notifications.notice.sent"
    NOTICE_FAILED = "notifications.notice.failed"
    NOTICE_REFUSED = "notifications.notice.refused"
    DEMO_LOADED = "demo.data.loaded"


class ActorKind(StrEnum):
    PERSON = "person"
    """Somebody at a page, logged in or registering."""
    OPERATOR = "operator"
    """Somebody at the server's terminal."""
    SYSTEM = "system"
    """A job that runs unattended."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the kind, the login (or the command, or the job) and the network address, where there is one."""

    kind: ActorKind
    name: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """On whose behalf: an organization by its NIT, one of its providers by código de habilitación."""

    nit: str = ""
    provider: str = ""
