"""What Entra's answer about a pair means, and when it counts. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from llaves.integrations.entra.verification import Verdict

FRESH = timedelta(minutes=2)
"""So long a new secret may be refused although it is right: Entra copies it from one of its machines to the next."""
PROOFS_OF_A_FRESH_ONE = 3
"""So many successes in a row make a fresh pair valid; a single one may come from the one machine that knows it."""
PAUSE = timedelta(seconds=10)
"""Between two proofs of a fresh pair; what comes sooner is not counted."""
EVERY = timedelta(hours=24)
"""So often Entra is asked about each valid credential."""
SILENCE = timedelta(hours=1)
"""So long a credential is left alone about which Entra said nothing."""


class Origin(StrEnum):
    """Who had a credential proved."""

    OFFICIAL = "official"
    DELEGATE = "delegate"
    ROUND = "round"
    """The job that asks about every valid credential, day after day."""
    PROVISIONING = "provisioning"


class Finding(StrEnum):
    """Entra's verdict, and one that only we can give."""

    VALID = "valid"
    NOT_YET = "not_yet"
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - a verdict
    EXPIRED = "expired"
    APP_NOT_FOUND = "app_not_found"
    NO_SERVICE_PRINCIPAL = "no_service_principal"
    DISABLED = "disabled"
    TENANT_NOT_FOUND = "tenant_not_found"
    OUR_CONFIGURATION = "our_configuration"
    UNKNOWN = "unknown"


_MAY_BE_EARLY = {Verdict.WRONG_SECRET, Verdict.APP_NOT_FOUND, Verdict.NO_SERVICE_PRINCIPAL}
_FAULTS_OF_THE_PAIR = {
    Finding.WRONG_SECRET,
    Finding.EXPIRED,
    Finding.APP_NOT_FOUND,
    Finding.NO_SERVICE_PRINCIPAL,
    Finding.DISABLED,
}


def finding(verdict: Verdict, *, is_fresh: bool, in_a_row: int = 1) -> Finding:
    """What a verdict means for a pair.

    :param in_a_row: how many times Entra has accepted it by now, this one counted.
    """
    is_early = verdict in _MAY_BE_EARLY or (verdict is Verdict.VALID and in_a_row < PROOFS_OF_A_FRESH_ONE)
    return Finding.NOT_YET if is_fresh and is_early else Finding(verdict.value)


def is_fresh(since: datetime, *, at: datetime) -> bool:
    """Whether Entra may not know a pair everywhere yet that exists since a moment."""
    return at < since + FRESH


def is_the_pairs_fault(found: Finding) -> bool:
    """Whether the pair itself does not work, as far as Entra was asked rightly and has answered."""
    return found in _FAULTS_OF_THE_PAIR


def says_something(found: Finding) -> bool:
    """Whether it tells of the pair at all, and not of a line that was down or of our own settings."""
    return found is Finding.VALID or is_the_pairs_fault(found)


def next_proof(found: Finding, *, at: datetime) -> datetime:
    """When Entra is asked again after a finding."""
    if found is Finding.NOT_YET:
        return at + PAUSE
    return at + (EVERY if says_something(found) else SILENCE)
