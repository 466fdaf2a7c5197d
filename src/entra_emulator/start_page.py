"""The emulator's only page: its tenants, pairs to copy and try by hand, and what an official would do in Entra's."""

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from entra_emulator.objects import Json
from entra_emulator.seeds import seed
from entra_emulator.tenants import Tenant, Tenants

REMOVE = "/retirar"
HEADINGS = ("Para probar", "ClientID", "Valor (Value): el ClientSecret", "Secret ID: no es el ClientSecret")
STYLE = """
    body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
    table { border-collapse: collapse; } caption { text-align: left; font-weight: bold; margin: 1rem 0 .5rem; }
    th, td { border: 1px solid #bbb; padding: .4rem .6rem; text-align: left; vertical-align: top; }
    code { user-select: all; overflow-wrap: anywhere; } label, button { margin-right: 1rem; }
"""
HEAD = (
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    f"<title>Emulador de Entra ID</title><style>{STYLE}</style>"
)


class StartPage:
    """The page."""

    def __init__(self, tenants: Tenants, samples: Json) -> None:
        """Show these tenants, and of these samples those that are to be tried."""
        self._tenants, self._samples = tenants, samples

    def routes(self) -> list[Route]:
        """Return its addresses."""
        return [Route("/", self._show), Route(REMOVE, self._remove, methods=["POST"])]

    async def _show(self, request: Request) -> Response:
        tables = "".join(_table(each) for each in self._samples["tenants"])
        done = (
            "<p role=status>Las claves de esa aplicación ya no sirven.</p>"
            if "retirada" in request.query_params
            else ""
        )
        body = (
            "<h1>Emulador de Entra ID</h1><p>Solo para la demostración: nada de esto existe en Microsoft.</p>"
            f"{done}{tables}{_form(list(self._tenants))}"
            "<p>Fallas a pedido: <code>/_control</code>; las explica docs/entra-emulator.md.</p>"
        )
        return HTMLResponse(f'<!doctype html><html lang="es"><head>{HEAD}</head><body>{body}</body></html>')

    async def _remove(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"))
        tenant = self._tenants.find(form.get("tenant", [""])[0])
        own = str(request.base_url).rstrip("/")
        if tenant is None or request.headers.get("Origin", own) != own:
            return Response(status_code=400)
        remove_secrets(tenant, form.get("client_id", [""])[0].strip().lower())
        return RedirectResponse("/?retirada", status_code=303)


def remove_secrets(tenant: Tenant, app_id: str) -> None:
    """Take all secrets of an application away; one that nobody has heard of yet has none from now on."""
    found = tenant.directory.application(app_id, "appId")
    if found is None:
        seed(tenant, {"app_id": app_id})
    else:
        found.passwords = []
        tenant.directory.keep(found, at=tenant.clock.now())


def _form(tenants: list[Tenant]) -> str:
    options = "".join(f'<option value="{escape(each.id)}">{escape(each.name)}</option>' for each in tenants)
    return (
        f'<h2>Retirar claves</h2><form method="post" action="{REMOVE}"><p>Como en el portal de Entra: borra todas las '
        "claves de una aplicación, por ejemplo una que aparece como «por retirar en Entra».</p>"
        f'<label>Ambiente <select name="tenant">{options}</select></label>'
        '<label>ClientID <input name="client_id" required size="40" pattern="[0-9A-Fa-f\\-]{36}"></label>'
        "<button>Retirar</button></form>"
    )


def _table(tenant: Json) -> str:
    pairs = [each for each in tenant.get("applications", []) if each.get("try")]
    if not pairs:
        return ""
    heads = "".join(f'<th scope="col">{each}</th>' for each in HEADINGS)
    caption = f"{escape(tenant.get('name', ''))} — TenantID <code>{escape(tenant['tenant_id'])}</code>"
    rows = "".join(_row(each) for each in pairs)
    return f"<table><caption>{caption}</caption><tr>{heads}</tr>{rows}</table>"


def _row(pair: Json) -> str:
    secret = pair["secrets"][0]
    values = (pair["app_id"], secret["secret"], secret["key_id"])
    cells = "".join(f"<td><code>{escape(each)}</code></td>" for each in values)
    return f"<tr><td>{escape(pair['try'])}</td>{cells}</tr>"
