"""python -m entra_emulator: serves Entra's stand-in until it is stopped."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from entra_emulator.certificates import make_own
from entra_emulator.site import application, configuration
from entra_emulator.tenants import Nowhere, Tenants


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m entra_emulator", description=__doc__)
    parser.add_argument("folder", type=Path, help="where its authority (authority.pem) and its signing key are kept")
    parser.add_argument("--port", type=int, default=8445, help="on the loopback interface only (default: 8445)")
    chosen = parser.parse_args(arguments)
    make_own(chosen.folder)
    tenants = Tenants(Nowhere(), chosen.folder)
    uvicorn.Server(configuration(application(tenants), chosen.port, chosen.folder)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
