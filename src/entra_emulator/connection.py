"""How an answer gets lost: the connection is cut, as when a cable is."""

from typing import Any

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "transport"
GONE = "http.disconnect"


class Cuttable(H11Protocol):
    """Uvicorn's protocol, which lets an answer reach for its connection."""

    def connection_made(self, transport: Any) -> None:
        """Keep it where the request finds it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


async def cut(request: Request) -> None:
    """End the connection without an answer."""
    transport = request.scope["state"][TRANSPORT]
    transport.abort()
    while (await request.receive())["type"] != GONE:
        pass  # what is left of the request
