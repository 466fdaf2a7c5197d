"""The tables of this app. Django finds here what the modules of this package declare."""

from llaves.credentials.models.bulk import UPLOAD_WAITS, BulkPart, BulkUpload
from llaves.credentials.models.entra import (
    EntraApplication,
    Generation,
    GenerationRun,
    Reconciliation,
    SharedSubscriptionKey,
)
from llaves.credentials.models.keys import Client, Credential, Draft, Environment, Request, ReturnReason
from llaves.credentials.models.proofs import Proof
from llaves.credentials.models.time import Calendar, Departure, Digest, ExpiryCount, ExpiryTold, OwnExpiryTold

__all__ = [
    "UPLOAD_WAITS",
    "BulkPart",
    "BulkUpload",
    "Calendar",
    "Client",
    "Credential",
    "Departure",
    "Digest",
    "Draft",
    "EntraApplication",
    "Environment",
    "ExpiryCount",
    "ExpiryTold",
    "Generation",
    "GenerationRun",
    "OwnExpiryTold",
    "Proof",
    "Reconciliation",
    "Request",
    "ReturnReason",
    "SharedSubscriptionKey",
]
