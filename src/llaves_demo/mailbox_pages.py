"""The mailbox's two pages, in Spanish. Whatever a letter says is text here, never markup."""

import re
from datetime import datetime
from html import escape
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from llaves_demo.codes import Codes
from llaves_demo.letters import COLOMBIA, Letter, Letterbox

MOST = 200
STYLE = (Path(__file__).parent / "mailbox.css").read_text(encoding="utf-8")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")


def application(letters: Letterbox, *, portal: str, codes: Codes | None = None) -> Starlette:
    """Return the mailbox's site.

    :param portal: the address of the site whose letters these are.
    :param codes: what the official's telephone would show.
    """

    def index(request: Request) -> Response:
        newest = letters.newest(MOST)
        if request.query_params.get("format") == "json":
            return JSONResponse([_as_json(letter) for letter in newest], headers=HEADERS)
        shown = _codes(codes) if codes else ""
        return _page("Cartas recibidas", shown + _list(newest, letters.count()), portal)

    def one(request: Request) -> Response:
        letter = letters.find(request.path_params["letter"])
        if letter is None:
            return _page("Carta no encontrada", '<p><a href="/">Volver al buzón</a></p>', portal, status=404)
        return _page(letter.subject or "Sin asunto", _letter(letter), portal)

    def style(_: Request) -> Response:
        return Response(STYLE, media_type="text/css", headers=HEADERS)

    routes = [Route("/", index), Route("/carta/{letter}", one), Route("/style.css", style)]
    # Only as localhost: another site whose name was made to point here (DNS rebinding) reads no letters.
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"], www_redirect=False)
    return Starlette(routes=routes, middleware=[guard])


def _page(title: str, content: str, portal: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        f"""<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - Buzón de la demostración</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><p><a href="/">Buzón de la demostración</a></p>
<p><a href="{escape(portal)}" rel="noopener">Ir al portal</a></p></header>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
""",
        status_code=status,
        headers=HEADERS,
    )


def _list(letters: list[Letter], count: int) -> str:
    if not letters:
        return '<p>Todavía no ha llegado ninguna carta.</p>\n<p><a href="/">Actualizar</a></p>'
    shown = f"Se muestran las {len(letters)} más recientes de {count}." if count > len(letters) else f"Cartas: {count}."
    items = "\n".join(
        f'<li><a href="/carta/{escape(letter.id)}">{escape(letter.subject or "Sin asunto")}</a>'
        f"<p>Para {escape(letter.to)}</p><p>{_moment(letter)}</p></li>"
        for letter in letters
    )
    return f'<p>{shown} <a href="/">Actualizar</a></p>\n<ol>\n{items}\n</ol>'


def _codes(codes: Codes) -> str:
    now = datetime.now(tz=COLOMBIA)
    end = codes.end(now)
    return (
        '<section class="text"><h2>Código de Beto, funcionario</h2>'
        f"<p><strong>{codes.shown(now)}</strong> hasta las {end:%H:%M:%S}; "
        f"después <strong>{codes.shown(end)}</strong>. "
        "Cada código sirve una sola vez: si ya lo usó, escriba el siguiente.</p></section>\n"
    )


def _letter(letter: Letter) -> str:
    text = _with_links(letter.text) if letter.text.strip() else "Esta carta no tiene versión en texto."
    return (
        f"<dl><dt>De</dt><dd>{escape(letter.sender)}</dd><dt>Para</dt><dd>{escape(letter.to)}</dd>"
        f"<dt>Recibida</dt><dd>{_moment(letter)}</dd></dl>\n"
        f'<div class="text">{text}</div>\n<p><a href="/">Volver al buzón</a></p>'
    )


def _moment(letter: Letter) -> str:
    at = letter.received_at
    return f'<time datetime="{at.isoformat(timespec="seconds")}">{at:%d/%m/%Y %H:%M:%S}</time>'


def _with_links(text: str) -> str:
    """Escape the text and make its web addresses links."""
    pieces, end = [], 0
    for found in LINK.finditer(text):
        address = escape(found.group())
        pieces += [escape(text[end : found.start()]), f'<a href="{address}" rel="noopener">{address}</a>']
        end = found.end()
    return "".join([*pieces, escape(text[end:])])


def _as_json(letter: Letter) -> dict[str, str]:
    return {
        "id": letter.id,
        "to": letter.to,
        "from": letter.sender,
        "subject": letter.subject,
        "received_at": letter.received_at.isoformat(),
        "text": letter.text,
    }
