"""The demo's mailbox: takes every letter of the portal, sends none on, and shows them on a page.

`python -m llaves_demo.mailbox FOLDER SMTP-PORT PAGE-PORT PORTAL`, with LLAVES_DEMO=1; on the loopback
interface only.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from llaves_demo.codes import Codes
from llaves_demo.letters import Letterbox
from llaves_demo.mailbox_pages import application

LOOPBACK = "127.0.0.1"


class Postman:
    """Puts what arrives by SMTP into the letterbox."""

    def __init__(self, letters: Letterbox) -> None:
        """Serve one letterbox."""
        self._letters = letters

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the letter, or ask the portal to try later."""
        try:
            self._letters.put(envelope.original_content or b"", to=envelope.rcpt_tos)
        except OSError as error:
            logging.getLogger(__name__).warning("a letter could not be kept: %s", error.strerror)
            return "452 4.3.1 No space to keep it"
        return "250 OK"


async def serve(folder: Path, smtp_port: int, page_port: int, portal: str, *, secret: str = "") -> None:
    """Take and show letters until told to stop; with the official's secret, his codes too."""
    letters = Letterbox(folder)
    postman = Postman(letters)
    loop = asyncio.get_running_loop()
    office = await loop.create_server(lambda: SMTP(postman, hostname="localhost"), LOOPBACK, smtp_port)
    site = uvicorn.Config(
        application(letters, portal=portal, codes=Codes(secret) if secret else None),
        host=LOOPBACK,
        port=page_port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    async with office:
        await uvicorn.Server(site).serve()


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the mailbox, and return the exit status."""
    if environ.get("LLAVES_DEMO") != "1":
        sys.stderr.write("The mailbox shows everybody's letters: it is for the demo alone (LLAVES_DEMO=1).\n")
        return 1
    folder, smtp_port, page_port, portal = arguments
    secret = environ.get("LLAVES_DEMO_TOTP_SECRET", "")
    asyncio.run(serve(Path(folder), int(smtp_port), int(page_port), portal, secret=secret))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
