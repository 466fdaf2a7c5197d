"""All addresses of the emulator together, behind one certificate."""

import ssl
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from entra_emulator.certificates import OWN
from entra_emulator.connection import Cuttable
from entra_emulator.control import Control
from entra_emulator.graph import Graph
from entra_emulator.login_site import Login
from entra_emulator.objects import Json
from entra_emulator.start_page import StartPage
from entra_emulator.tenants import Tenants
from entra_emulator.unforeseen import Unforeseen

LOOPBACK = "127.0.0.1"
NAMES = ["localhost", LOOPBACK, "[::1]"]
IDLE = 75
"""Seconds for which a connection without a request stays open."""


def application(tenants: Tenants, samples: Json) -> Starlette:
    """Return the site, which shows some of the samples to whoever wants to try them."""
    start = StartPage(tenants, samples).routes()
    return _guarded([*start, *Control(tenants).routes(), *Graph(tenants).routes(), *Login(tenants).routes()])


def page(tenants: Tenants, samples: Json) -> Starlette:
    """Return the site of people, whose browsers do not trust the emulator's authority."""
    return _guarded(StartPage(tenants, samples).routes())


def _guarded(routes: list[Route]) -> Starlette:
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=NAMES, www_redirect=False)
    return Starlette(routes=routes, middleware=[Middleware(Unforeseen), guard])


def page_configuration(site: Starlette, port: int) -> uvicorn.Config:
    """Return how the page is served: by plain HTTP, on the loopback interface only."""
    return uvicorn.Config(
        site, host=LOOPBACK, port=port, lifespan="off", log_level="error", timeout_graceful_shutdown=1
    )


def configuration(site: Starlette, port: int, folder: Path) -> uvicorn.Config:
    """Return how it is served: over HTTPS, on the loopback interface only."""

    def context(*_: object) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(folder / OWN)
        return made

    config = uvicorn.Config(
        site,
        host=LOOPBACK,
        port=port,
        http=Cuttable,
        ws="none",
        lifespan="off",
        log_level="error",
        server_header=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=1,
    )
    config.ssl_context_factory = context
    return config
