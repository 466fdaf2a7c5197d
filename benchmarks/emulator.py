"""What Entra's emulator itself can take at a country's size: else a bench of the portal would measure the emulator."""

import asyncio
import ssl
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
from rich.console import Console
from rich.table import Table
from tests.entra import ALL, GRAPH_SCOPE, Program, Tenant, running

PROVIDERS, AT_ONCE = 60_000, 1_000
CALLS, CLIENTS = 1_500, 10
NO_LIMIT = 10**9
Ask = Callable[[httpx2.AsyncClient, int], Awaitable[httpx2.Response]]


def seed(tenant: Tenant) -> None:
    """As many applications as there are providers, each with a secret and its principal."""
    tenant.has_limits(writes=NO_LIMIT, tenant_writes=NO_LIMIT, units=NO_LIMIT)
    tenant.entra.client.timeout = 60
    for first in range(0, PROVIDERS, AT_ONCE):
        wishes = [{"unique_name": f"llaves-{number}", "secrets": [{}]} for number in range(first, first + AT_ONCE)]
        tenant.control("POST", "/applications", {"applications": wishes})


def asks(tenant: Tenant) -> dict[str, Ask]:
    """What the portal asks for most."""
    pair = tenant.seed()
    form = {"client_id": pair.app_id, "client_secret": pair.secret, "scope": GRAPH_SCOPE}
    form["grant_type"] = "client_credentials"

    def create(client: httpx2.AsyncClient, number: int) -> Awaitable[httpx2.Response]:
        body = {"displayName": "IHCE", "uniqueName": f"nueva-{number}", "passwordCredentials": [{}]}
        return client.post("/v1.0/applications", json=body | {"signInAudience": "AzureADMyOrg"})

    return {
        "application with its secret": create,
        "application by its uniqueName": lambda client, number: client.get(
            f"/v1.0/applications(uniqueName='llaves-{number}')"
        ),
        "token": lambda client, _: client.post(f"/{tenant.id}/oauth2/v2.0/token", data=form),
    }


async def measure(tenant: Tenant, token: str, ask: Ask) -> tuple[float, float]:
    """Return answers per second and the median in milliseconds, of as many clients as the portal has at once."""
    took, numbers = [], iter(range(CALLS))
    verify = ssl.create_default_context(cafile=tenant.entra.ca_file)
    shown = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=tenant.entra.url, verify=verify, trust_env=False, headers=shown) as client:

        async def go_on() -> None:
            for number in numbers:
                began = time.perf_counter()
                (await ask(client, number)).raise_for_status()
                took.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(go_on() for _ in range(CLIENTS)))
        return CALLS / (time.perf_counter() - began), statistics.median(took) * 1000


def main() -> None:
    """Print the table, with the state in memory and in its file."""
    table = Table(title=f"Entra's emulator with {PROVIDERS:,} applications, {CLIENTS} clients on the same computer")
    for heading in ("Ask", "State", "Answers a second", "Median, ms"):
        table.add_column(heading)
    for state, options in (("memory", ()), ("file", ("--keep",))):
        with tempfile.TemporaryDirectory() as folder, running(Path(folder), *options) as entra:
            _fill(table, state, entra)
    Console().print(table)


def _fill(table: Table, state: str, entra: Program) -> None:
    tenant = entra.new_tenant((ALL,))
    seed(tenant)
    for name, ask in asks(tenant).items():
        rate, median = asyncio.run(measure(tenant, tenant.token(), ask))
        table.add_row(name, state, f"{rate:,.0f}", f"{median:.1f}")


if __name__ == "__main__":
    main()
