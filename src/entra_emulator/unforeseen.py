"""What nobody foresaw: answered as Graph answers, and told in one line that repeats nothing of what was sent."""

import logging
import traceback
from pathlib import Path
from uuid import uuid4

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)
SAID = "The emulator did not foresee this; its log says where."


class Unforeseen:
    """Stands around the whole site."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around this."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it answer, or answer in its place."""
        has_begun = False

        async def begin(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, begin)
        except Exception as error:  # noqa: BLE001 - that is the point
            own, place = str(uuid4()), traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            logger.error("%s: %s at %s", own, type(error).__name__, where)  # noqa: TRY400 - its text repeats values
            if not has_begun:
                said = {"code": "InternalServerError", "message": SAID, "innerError": {"request-id": own}}
                await JSONResponse({"error": said}, 500, {"request-id": own})(scope, receive, send)
