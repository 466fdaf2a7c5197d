"""The emulator's only page: its tenants, and pairs to copy and try by hand."""

from collections.abc import Callable
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from entra_emulator.objects import Json
from entra_emulator.tenants import Tenants

HEADINGS = ("Para probar", "ClientID", "Valor (Value): el ClientSecret", "Secret ID: no es el ClientSecret")
STYLE = """
    body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
    table { border-collapse: collapse; } caption { text-align: left; font-weight: bold; margin: 1rem 0 .5rem; }
    th, td { border: 1px solid #bbb; padding: .4rem .6rem; text-align: left; vertical-align: top; }
    code { user-select: all; overflow-wrap: anywhere; }
"""


def start_page(tenants: Tenants, samples: Json) -> Callable[[Request], Response]:
    """Return the page."""

    def page(_request: Request) -> Response:
        tables = "".join(_table(each) for each in samples["tenants"])
        known = ", ".join(f"<code>{escape(each.id)}</code>" for each in tenants) or "ninguno"
        body = (
            "<h1>Emulador de Entra ID</h1><p>Solo para la demostración: nada de esto existe en Microsoft.</p>"
            f"{tables}<p>Directorios: {known}. Fallas a pedido: <code>/_control</code>, docs/entra-emulator.md.</p>"
        )
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        title = f"<title>Emulador de Entra ID</title><style>{STYLE}</style>"
        return HTMLResponse(f'<!doctype html><html lang="es"><head>{head}{title}</head><body>{body}</body></html>')

    return page


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
