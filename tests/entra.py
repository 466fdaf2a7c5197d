"""Entra ID as tests meet it: the emulator as a program of its own, over real HTTPS on this computer.

`entra` (fixture) is the program, `tenant` a fresh tenant of its own for each test, with a provisioner.
"""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from tests.demo.running import SECONDS_OF_PATIENCE, free_port, until

Json = dict[str, Any]
TEN_YEARS = 10 * 365 * 86_400.0
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
OWNED, ALL = "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"
GRANTING = "AppRoleAssignment.ReadWrite.All"


class Entra:
    """An emulator that runs, and what a client needs to reach it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._client: httpx2.Client | None = None

    @property
    def url(self) -> str:
        """The authority's address, of which a tenant's is `{url}/{tenant}`."""
        return f"https://localhost:{self.port}"

    @property
    def graph_url(self) -> str:
        return f"{self.url}/v1.0"

    @property
    def ca_file(self) -> Path:
        """The authority's certificate, which clients trust."""
        return self.folder / "authority.pem"

    @property
    def client(self) -> httpx2.Client:
        """A plain HTTPS client that trusts the emulator and no environment variable."""
        if self._client is None:
            context = ssl.create_default_context(cafile=self.ca_file)
            self._client = httpx2.Client(
                base_url=self.url, verify=context, trust_env=False, timeout=SECONDS_OF_PATIENCE
            )
        return self._client

    def control(self, method: str, path: str, said: Mapping[str, Any] | None = None, **params: str) -> Json:
        """Ask the address apart from the protocol."""
        answer = self.client.request(method, f"/_control{path}", json=said, params=params)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def new_tenant(self, permissions: tuple[str, ...] = (OWNED,)) -> "Tenant":
        """Return a tenant that no other test knows."""
        return self.tenant(str(uuid4()), permissions)

    def tenant(self, tenant_id: str, permissions: tuple[str, ...] = (OWNED,)) -> "Tenant":
        """Return the tenant of this id, be it new or not, with one more provisioner."""
        self.control("POST", "/tenants", {"tenant_id": tenant_id})
        return Tenant(self, tenant_id, permissions)

    def close(self) -> None:
        if self._client:
            self._client.close()


class Program(Entra):
    """The program, started for a test."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder, free_port())
        words = [sys.executable, "-m", "entra_emulator", str(folder), "--port", str(self.port), *options]
        self.process = subprocess.Popen(words, env={**os.environ})

    def is_up(self) -> bool:
        assert self.process.poll() is None, "the emulator has ended"
        try:
            return bool(self.ca_file.exists() and self.control("GET", ""))
        except httpx2.TransportError:
            return False

    def stop(self) -> None:
        self.close()
        self.process.terminate()
        self.process.wait(SECONDS_OF_PATIENCE)


@dataclass
class Pair:
    """What a client proves itself by."""

    app_id: str
    secret: str = field(repr=False)
    key_id: str = ""
    id: str = ""
    principal_id: str = ""


class Tenant:
    """A tenant, and what a test may ask of it by control."""

    def __init__(self, entra: Entra, tenant_id: str, permissions: tuple[str, ...]) -> None:
        self.entra, self.id = entra, tenant_id
        always = {"start": -TEN_YEARS, "end": TEN_YEARS}  # whatever day a test makes of this one
        self.provisioner = self.seed(display_name="Portal de llaves", permissions=list(permissions), secrets=[always])

    def control(self, method: str, path: str, said: Mapping[str, Any] | None = None, **params: str) -> Json:
        return self.entra.control(method, f"/tenants/{self.id}{path}", said, **params)

    def seed(self, **wish: Any) -> Pair:
        """Have an application made by hand, with one secret unless `secrets` says otherwise."""
        wish = {"secrets": [{}], **wish}
        made = self.control("POST", "/applications", {"applications": [wish]})["applications"][0]
        first = made["secrets"][0] if made["secrets"] else {"secret": "", "key_id": ""}
        return Pair(made["app_id"], first["secret"], first["key_id"], made["id"], made["principal_id"] or "")

    def goes_wrong(self, *faults: Mapping[str, Any], **rest: object) -> None:
        """Let these go wrong from now on, and nothing else: `{"kind": "lost", "on": "write", "times": 1}`."""
        self.control("PUT", "/faults", {"list": list(faults), **rest})

    def has_rules(self, **rules: object) -> None:
        self.control("PUT", "/rules", rules)

    def has_limits(self, **limits: object) -> None:
        self.control("PUT", "/limits", limits)

    def clock(self, **moves: object) -> None:
        """`now="2027-01-01T00:00:00Z"`, `by=3600`, `factor=60`."""
        self.control("PUT", "/clock", moves)

    def applications(self) -> list[Json]:
        """Every application as Entra has it, with its `principal`, but for the provisioner."""
        found: list[Json] = self.control("GET", "/applications")["applications"]
        return [each for each in found if each["app_id"] != self.provisioner.app_id]

    def bin(self) -> list[Json]:
        found: list[Json] = self.control("GET", "/applications")["bin"]
        return found

    def log(self, after: int = 0) -> Json:
        """The `counters`, and the `lines` after a number."""
        return self.control("GET", "/log", after=str(after))

    def asks_for_token(self, pair: Pair, scope: str = GRAPH_SCOPE, **changes: str) -> httpx2.Response:
        """What the token endpoint says to this pair."""
        form = {"client_id": pair.app_id, "client_secret": pair.secret, "scope": scope}
        form |= {"grant_type": "client_credentials", **changes}
        return self.entra.client.post(f"/{self.id}/oauth2/v2.0/token", data=form)

    def token(self, pair: Pair | None = None, scope: str = GRAPH_SCOPE) -> str:
        answer = self.asks_for_token(pair or self.provisioner, scope)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def graph(self, method: str, path: str, said: Json | None = None, **headers: str) -> httpx2.Response:
        """Call Graph as the provisioner."""
        shown = {"Authorization": f"Bearer {self.token()}"}
        body = None if said is None else json.dumps(said)
        address = f"{self.entra.graph_url}{path}"
        kind = {"Content-Type": "application/json"} if body else {}
        return self.entra.client.request(method, address, content=body, headers=shown | kind | headers)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Program]:
    """Run the emulator as long as somebody needs it."""
    entra = Program(folder, *options)
    try:
        until(entra.is_up)
        yield entra
    finally:
        entra.stop()
