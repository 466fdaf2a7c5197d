"""The demo's own secrets, made once, and the environment that its commands get."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from llaves_demo import entra, folders
from llaves_demo.addresses import Ports
from llaves_demo.once import once
from llaves_demo.registry_certificates import make_certificates
from llaves_demo.registry_moods import BASE
from llaves_demo.sockets import Database

SETTINGS_OF_OTHERS = ("PG", "DJANGO_", "LLAVES_")


def environment(folder: Path, *, database: Database, port: int, ports: Ports) -> dict[str, str]:
    """Return the environment in which the portal's commands run for the demo.

    Settings of another database or another portal are left out: a demo never acts with somebody's real keys.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS_OF_OTHERS)}
    secret = once(folder / "secret-key", lambda: secrets.token_urlsafe(48))
    return (
        inherited
        | entra.environment(folder, ports.entra)
        | {
            "DATABASE_URL": database.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{ports.mailbox.smtp}",
            "LLAVES_BASE_URL": f"http://localhost:{port}",
            "LLAVES_DEMO": "1",
            "LLAVES_OWNER_DATABASE_URL": database.owner_url,
            "LLAVES_DEMO_TOTP_SECRET": once(
                folder / "official-totp", lambda: base64.b32encode(secrets.token_bytes(20)).decode()
            ),
            "LLAVES_DEMO_MAILBOX_URL": f"http://localhost:{ports.mailbox.page}",
            "LLAVES_MASTER_KEYS_FILE": str(master_keys(folder)),
            "LLAVES_REGISTRY_URL": f"https://localhost:{ports.registry.answers}{BASE}",
            "LLAVES_REGISTRY_TOKEN": once(folder / "registry-token", lambda: secrets.token_urlsafe(32)),
            "LLAVES_REGISTRY_CA_FILE": str(make_certificates(registry_folder(folder))),
            "LLAVES_SECRET_KEY": secret,
            "PYTHONUNBUFFERED": "1",
        }
    )


def registry_folder(folder: Path) -> Path:
    """Return the folder of what the registry's stand-in knows and shows, made on first use."""
    folders.make(folder / "registry")
    return folder / "registry"


def master_keys(folder: Path) -> Path:
    """Return the file of the vault's master keys (a JWK Set, RFC 7517 §5), made on first use."""
    path = folder / "master-keys.json"
    once(path, lambda: json.dumps({"keys": [_master_key("demo-1")]}))
    return path


def _master_key(kid: str) -> Mapping[str, str]:
    material = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return {"kty": "oct", "kid": kid, "use": "enc", "alg": "A256GCMKW", "k": material}
