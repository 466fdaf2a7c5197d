"""Entra's emulator in the demo: a directory for each environment, its provisioner, and pairs to try by hand."""

import json
import secrets
from pathlib import Path
from typing import Any
from uuid import uuid4

from llaves_demo import folders
from llaves_demo.addresses import EntraPorts
from llaves_demo.once import once

ENVIRONMENTS = ("Desarrollo", "Preproducción", "Producción")
"""In the order of the portal's catalogue, by which `llaves demo` numbers the directories as here."""
PERMISSIONS = ["Application.ReadWrite.OwnedBy"]
INVENTED = "Demo~"
"""How every secret begins that `llaves demo` makes up: too many to be seeded, so they are taken as they come."""
DAY = 86400
TO_TRY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Un par correcto", {}),
    ("Un par vencido", {"secrets": [{"start": -365 * DAY, "end": -DAY}]}),
    ("Un par cuyo Secret ID se toma fácilmente por el valor: pegue primero el uno y después el otro", {}),
    ("Un par desactivado en Entra", {"enabled": False}),
    ("Un par a cuya aplicación le falta la entidad de servicio", {"principal": False}),
)


def environment(folder: Path, ports: EntraPorts) -> dict[str, str]:
    """Return what the portal has to know: where Entra is, whom to trust, as whom to provision."""
    provisioners = {}
    for tenant in json.loads(seeds(folder).read_text(encoding="utf-8"))["tenants"]:
        own = tenant["applications"][0]
        provisioners[tenant["tenant_id"]] = {"client_id": own["app_id"], "client_secret": own["secrets"][0]["secret"]}
    return {
        "LLAVES_DEMO_ENTRA_URL": f"https://localhost:{ports.answers}",
        "LLAVES_ENTRA_PROOF_PAUSE": "2",  # one machine answers here, and who tries the demo looks on
        "LLAVES_ENTRA_CA_FILE": str(_authority(folder)),
        "LLAVES_ENTRA_PROVISIONERS": json.dumps(provisioners),
    }


def words(folder: Path, ports: EntraPorts) -> list[str]:
    """Return what the emulator's program is given."""
    where = [str(home(folder)), "--keep", "--seed", str(seeds(folder))]
    return [*where, "--port", str(ports.answers), "--page", str(ports.page)]


def home(folder: Path) -> Path:
    """Return the folder of its authority and its directories, made on first use."""
    folders.make(folder / "entra")
    return folder / "entra"


def seeds(folder: Path) -> Path:
    """Return the file of what each directory starts with, made on first use: its secrets are this demo's own."""
    path = home(folder) / "seeds.json"
    once(path, lambda: json.dumps({"tenants": [_tenant(number) for number, _ in enumerate(ENVIRONMENTS, start=1)]}))
    return path


def _authority(folder: Path) -> Path:
    found = home(folder) / "authority.pem"
    if not found.exists():
        from entra_emulator.certificates import make_own  # noqa: PLC0415 - slow to load, and needed once

        make_own(home(folder))
    return found


def _tenant(number: int) -> dict[str, Any]:
    name, service = ENVIRONMENTS[number - 1], f"00000000-0000-4000-8000-00000000000{number}"
    mechanism = {
        "display_name": f"Mecanismo IHCE {name}",
        "app_id": service,
        "identifier_uris": [f"api://{service}"],
        "token_version": 2,
    }
    provisioner = _application(f"Portal de llaves {name}") | {"permissions": PERMISSIONS}
    return {
        "tenant_id": f"00000000-0000-4000-8000-0000000000d{number}",
        "name": name,
        "rules": {"knows_secrets_that_begin_with": INVENTED},
        "applications": [provisioner, mechanism, *(_to_try(purpose, wish) for purpose, wish in TO_TRY)],
    }


def _to_try(purpose: str, wish: dict[str, Any]) -> dict[str, Any]:
    made = _application(purpose) | {"try": purpose} | wish
    secret = {"secret": _secret(), "key_id": str(uuid4())}
    return made | {"secrets": [secret | (made["secrets"][0] if "secrets" in wish else {})]}


def _application(name: str) -> dict[str, Any]:
    return {"display_name": name, "app_id": str(uuid4()), "secrets": [{"secret": _secret()}]}


def _secret() -> str:
    return f"{secrets.token_urlsafe(3)[:3]}8Q~{secrets.token_urlsafe(34)[:34]}"
