"""What the registry's stand-in answers: docs/miseguridadsocial.openapi.json, and the address that asks for faults."""

import asyncio
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from llaves_demo.registry_files import Files, Row
from llaves_demo.registry_moods import BASE, Fault, Mood

NIT = re.compile(r"[1-9][0-9]{4,9}", re.ASCII)
DOCUMENT_TYPES = {"CC", "CE", "PA", "PT", "PE", "CD", "SC"}
DOCUMENT_NUMBER = re.compile(r"[A-Z0-9]{3,16}", re.ASCII)
MEGABYTE = 1_000_000
HUGE = 100

Found = Callable[[Request], "dict[str, Any] | None"]


class Torn(Response):
    """An answer that ends in the midst, comes drop by drop, or does not end for a long time."""

    def __init__(self, content: bytes, fault: Fault, pause: float) -> None:
        """Take what would have been the answer."""
        super().__init__(content, media_type="application/json")
        self._fault, self._pause = fault, pause
        self.headers["Content-Length"] = str(HUGE * MEGABYTE if fault is Fault.HUGE else len(content))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        """Send it, badly."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        piece = partial(self._piece, send)
        if self._fault is Fault.CUT:
            await piece(bytes(self.body[:20]))  # and return: the server closes the connection
        elif self._fault is Fault.HUGE:
            for _ in range(HUGE):
                await piece(b" " * MEGABYTE)
        else:
            for byte in bytes(self.body):
                await piece(bytes([byte]))
                await asyncio.sleep(self._pause)

    @staticmethod
    async def _piece(send: Send, content: bytes) -> None:
        await send({"type": "http.response.body", "body": content, "more_body": True})


class Site:
    """The registry's own address."""

    def __init__(self, files: Files, mood: Mood, token: str) -> None:
        """Answer from these files, in this mood, whoever shows the token."""
        self._files, self._mood, self._token = files, mood, token

    def application(self) -> Starlette:
        """Return it as a site."""
        routes = [
            Route(f"{BASE}/organizaciones/{{nit}}", partial(self._answer, self._organization)),
            Route(f"{BASE}/personas/{{tipo_documento}}/{{numero_documento}}", partial(self._answer, self._person)),
        ]
        return Starlette(routes=routes, exception_handlers={404: self._not_an_address})

    async def _not_an_address(self, _request: Request, _fault: Exception) -> Response:
        return self._refusal(400, "formato")

    async def _answer(self, find: Found, request: Request) -> Response:
        fault = self._mood.take_fault()
        if fault is Fault.DELAY:
            await asyncio.sleep(self._mood.seconds)
        if fault is Fault.STATUS:
            code = "demasiadas" if self._mood.status == 429 else "no_disponible"  # noqa: PLR2004
            return self._refusal(self._mood.status, code, **{"Retry-After": str(self._mood.retry_after)})
        if seconds := self._mood.seconds_until_it_opens():
            return self._refusal(503, "cerrado", **{"Retry-After": str(seconds)})
        shown = request.headers.get("Authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {self._token}".encode()):
            return self._refusal(401, "no_autorizado", **{"WWW-Authenticate": "Bearer"})
        try:
            found = find(request)
        except ValueError:
            return self._refusal(400, "formato")
        said = JSONResponse(found | self._moment()) if found else self._refusal(404, "desconocido")
        return self._spoilt(said, fault)

    def _spoilt(self, said: JSONResponse, fault: Fault) -> Response:
        match fault:
            case Fault.CUT | Fault.DRIP | Fault.HUGE:
                return Torn(bytes(said.body), fault, self._mood.seconds)
            case Fault.BROKEN_JSON:
                return Response(bytes(said.body)[:-5], media_type="application/json")
            case Fault.SOMEBODY_ELSE:
                other = json.loads(bytes(said.body)) | {"nit": "900000001", "numero_documento": "99999"}
                return JSONResponse(other)
            case Fault.REDIRECT:
                return Response(status_code=302, headers={"Location": "https://localhost:1/elsewhere"})
            case Fault.OTHER_404:
                return Response("<h1>Not Found</h1>", status_code=404, media_type="text/html")
        return said

    def _organization(self, request: Request) -> dict[str, Any] | None:
        nit = _matching(NIT, request.path_params["nit"])
        row = self._files.content().organizations.get(nit)
        if row is None:
            return None
        return {
            "nit": nit,
            "razon_social": row["razon_social"],
            "persona_natural": row["persona_natural"] == "SI",
        }

    def _person(self, request: Request) -> dict[str, Any] | None:
        number = _matching(DOCUMENT_NUMBER, request.path_params["numero_documento"])
        document = request.path_params["tipo_documento"], number
        if document[0] not in DOCUMENT_TYPES:
            raise ValueError
        content = self._files.content()
        row = content.people.get(document)
        if row is None:
            return None
        return {
            "tipo_documento": document[0],
            "numero_documento": number,
            "nombre": row["nombre"],
            "correo": row["correo"],
            "telefono": row["telefono"] or None,
            "delegaciones": [_delegation(row) for row in content.delegations.get(document, ())],
        }

    def _refusal(self, status: int, code: str, **headers: str) -> JSONResponse:
        said = {"codigo": code, "mensaje": code.replace("_", " ").capitalize(), **self._moment()}
        return JSONResponse(said, status_code=status, headers=headers)

    def _moment(self) -> dict[str, str]:
        return {"fecha_datos": self._mood.moment().isoformat(timespec="milliseconds")}


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError
    return text


def _delegation(row: Row) -> Mapping[str, str | None]:
    return {"nit": row["nit"], "desde": row["desde"], "hasta": row["hasta"] or None}


def control(mood: Mood, on_change: Callable[[], None]) -> Starlette:
    """Return the address where faults are asked for: GET shows the mood, PUT sets it, what is left out is as usual."""

    async def show(_: Request) -> Response:
        return JSONResponse(asdict(mood) | {"now": mood.now and mood.now.isoformat()})

    async def change(request: Request) -> Response:
        # A page of another site may not send this type without asking, and is not allowed to.
        if request.headers.get("Content-Type") != "application/json":
            return Response(status_code=415)
        try:
            wanted = _mood(await request.json())
        except (ValueError, TypeError):
            return Response("faults: " + ", ".join(Fault), status_code=400)
        for each in fields(wanted):
            setattr(mood, each.name, getattr(wanted, each.name))
        on_change()
        return await show(request)

    guard = Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"], www_redirect=False)
    return Starlette(routes=[Route("/", show), Route("/", change, methods=["PUT"])], middleware=[guard])


def _mood(said: dict[str, Any]) -> Mood:
    now = datetime.fromisoformat(said["now"]) if said.get("now") else None
    return Mood(**{**said, "fault": Fault(said.get("fault", Fault.NONE)), "now": now})
