"""Stands in for MiSeguridadSocial in the demo and in tests: speaks the contract over HTTPS, and misbehaves on request.

`python -m llaves_demo.registry FOLDER PORT CONTROL-PORT`, with LLAVES_DEMO=1 and LLAVES_REGISTRY_TOKEN; on the
loopback interface only. FOLDER holds the CSV files that `llaves demo --registry FOLDER` writes (an edit counts at
once) and the certificates. `curl -X PUT -H 'Content-Type: application/json' -d '{"fault": "delay", "seconds": 9}'
http://localhost:CONTROL-PORT/` asks for a fault, `-d '{"now": "2026-11-23T02:00-05:00"}'` sets its clock.
"""

import asyncio
import os
import ssl
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn

from llaves_demo.registry_certificates import Chain, make_certificates
from llaves_demo.registry_files import Files
from llaves_demo.registry_moods import Fault, Mood
from llaves_demo.registry_site import Site, control

LOOPBACK = "127.0.0.1"


async def serve(folder: Path, port: int, control_port: int, token: str) -> None:
    """Answer until told to stop."""
    make_certificates(folder)
    own, other = (Chain(folder / f"{name}.pem", folder / f"{name}.key") for name in ("localhost", "other"))
    mood = Mood()
    files = Files(folder)
    files.content()  # a country takes a moment, which should not be the first question's
    site = _config(Site(files, mood, token).application(), port)
    site.ssl_context_factory = lambda _config, _default: _shown(own)
    site.load()

    def show_certificate() -> None:
        assert isinstance(site.ssl, ssl.SSLContext)  # noqa: S101 - what the factory made
        (other if mood.fault is Fault.CERTIFICATE else own).load(site.ssl)

    switch = uvicorn.Server(_config(control(mood, show_certificate), control_port))
    await asyncio.gather(uvicorn.Server(site).serve(), switch.serve())


def _shown(chain: Chain) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain.load(context)
    return context


def _config(application: object, port: int) -> uvicorn.Config:
    # Its complaints about answers that end in the midst are the point of those.
    return uvicorn.Config(
        application,  # type: ignore[arg-type]
        host=LOOPBACK,
        port=port,
        log_level="critical",
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the stand-in, and return the exit status."""
    if environ.get("LLAVES_DEMO") != "1":
        sys.stderr.write("The registry's stand-in is for the demo alone (LLAVES_DEMO=1).\n")
        return 1
    folder, port, control_port = arguments
    asyncio.run(serve(Path(folder), int(port), int(control_port), environ["LLAVES_REGISTRY_TOKEN"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
