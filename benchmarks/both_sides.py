"""That portal and emulator say the same of a run: a pair for each provider and environment, nothing left over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

PAGE = 2000


@dataclass(frozen=True, slots=True)
class There:
    """An application as the emulator holds it."""

    id: str
    client_id: str
    key_id: str
    key_name: str
    digest: str


class Differs(Exception):
    """Something is missing, left over, not proved or not sealed."""


def _insist(is_so: bool, said: object) -> None:  # noqa: FBT001 - as with assert
    if not is_so:
        raise Differs(said)


def compare(tenants: Sequence[Any], providers: int) -> dict[str, str]:
    """Compare everything, pair by pair.

    :raises Differs: see there.
    """
    there: dict[str, There] = {}
    for tenant in tenants:
        _read_all(tenant, there)
    _insist(len(there) == 3 * providers, f"{len(there)} applications in Entra")
    _nothing_is_left_over(providers)
    opened = 0
    for credential in _credentials():
        _is_the_same(credential, there)
        opened += 1
    _insist(opened == 3 * providers, f"{opened} credentials")
    return {
        "applications, each with its principal and one secret": str(len(there)),
        "pairs assigned, proved, sealed, and the same in Entra": str(opened),
        "left over on either side": "nothing",
    }


def _read_all(tenant: Any, there: dict[str, There]) -> None:
    """By unique name; each has one principal and one secret of our own, and the bin is empty."""
    skip = 0
    while (page := tenant.control("GET", "/applications", skip=str(skip), most=str(PAGE)))["applications"]:
        _insist(not page["bin"], "something was deleted")
        skip += len(page["applications"])
        for one in page["applications"]:
            if one["app_id"] != tenant.provisioner.app_id:
                _insist(one["unique_name"] not in there, one["unique_name"])
                there[one["unique_name"]] = _read(one)


def _read(told: Any) -> There:
    (password,) = told["passwords"]
    _insist(told["principal"]["app_id"] == told["app_id"], told["unique_name"])
    _insist(not told["is_disabled"], told["unique_name"])
    return There(told["id"], told["app_id"], password["key_id"], password["display_name"], password["digest"])


def _nothing_is_left_over(providers: int) -> None:
    from django.db.models import Count  # noqa: PLC0415 - needs settings

    from llaves.audit.models import Event  # noqa: PLC0415
    from llaves.credentials.models import Credential, EntraApplication, Generation, Request  # noqa: PLC0415
    from llaves.notifications.models import Notice  # noqa: PLC0415
    from llaves.vault.models import SealedSecret  # noqa: PLC0415

    pairs = 3 * providers
    stages = dict(Generation.objects.order_by().values_list("stage").annotate(Count("id")))
    _insist(stages == {"asignada": pairs}, stages)
    states = dict(Request.objects.order_by().values_list("state").annotate(Count("id")))
    _insist(states == {"asignado": providers}, states)
    told = dict(Event.objects.order_by().values_list("name").annotate(Count("id")))
    found = {
        "applications": (EntraApplication.objects.filter(removed_at=None, disabled_at=None).count(), pairs),
        "places": (Credential.objects.values("provider", "environment").distinct().count(), pairs),
        # Of each pair its two, and the subscription key that each environment has for everybody.
        "sealed secrets": (SealedSecret.objects.count(), 2 * pairs + 3),
        "events of generations": (told.get("credentials.generation.assigned", 0), pairs),
        "events of requests": (told.get("credentials.request.assigned", 0), providers),
        "letters": (Notice.objects.count(), providers),
    }
    _insist(all(there == wanted for there, wanted in found.values()), found)


def _credentials() -> Iterator[Any]:
    from llaves.credentials.models import Credential  # noqa: PLC0415 - needs settings

    related = ("provider", "environment", "client", "generation", "client_secret", "last_proof")
    yield from Credential.objects.select_related(*related).iterator(chunk_size=PAGE)


def _is_the_same(credential: Any, there: dict[str, There]) -> None:
    """A pair is proved, and the secret in its envelope is the one whose digest Entra holds."""
    from entra_emulator.secretive import digest  # noqa: PLC0415
    from llaves.credentials.assignment import CLIENT_SECRET, binding_of  # noqa: PLC0415 - needs settings
    from llaves.credentials.in_entra import unique_name  # noqa: PLC0415
    from llaves.credentials.verdicts import PROOFS_OF_A_FRESH_ONE  # noqa: PLC0415
    from llaves.vault import envelope, keyring  # noqa: PLC0415

    in_entra = there[unique_name(credential.provider, credential.environment)]
    made = credential.generation
    binding = binding_of(credential.provider, credential.environment, credential.id, CLIENT_SECRET)
    secret = envelope.unseal(credential.client_secret.envelope, binding=binding, keys=keyring.master_keys())
    here = There(
        str(made.application_id), str(credential.client.client_id), str(made.key_id), made.key_name, digest(secret)
    )
    _insist(here == in_entra, f"{credential.id}: another pair in Entra")
    _insist(credential.standing == "vigente", credential.standing)
    proof = credential.last_proof
    _insist((proof.finding, proof.origin) == ("valid", "provisioning"), credential.id)
    # The last of them leads on to the next stage, which is not counted as a further one.
    _insist(made.proofs + 1 == credential.proofs_in_a_row == PROOFS_OF_A_FRESH_ONE, credential.id)
