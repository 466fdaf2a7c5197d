"""python -m entra_emulator: serves Entra's stand-in, on this computer alone, until it is stopped."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from entra_emulator.book import Book
from entra_emulator.certificates import make_own
from entra_emulator.seeds import seed_file
from entra_emulator.site import application, configuration
from entra_emulator.tenants import Nowhere, Tenants


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve, and return the exit status."""
    chosen = _read(arguments)
    make_own(chosen.folder)
    tenants = Tenants(Book(chosen.folder / "directory.sqlite") if chosen.keep else Nowhere(), chosen.folder)
    samples = json.loads(chosen.seed.read_text(encoding="utf-8")) if chosen.seed else {"tenants": []}
    seed_file(tenants, samples)
    uvicorn.Server(configuration(application(tenants, samples), chosen.port, chosen.folder)).run()
    return 0


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m entra_emulator",
        description="Stands in for Microsoft Entra ID and Microsoft Graph, on this computer alone.",
        epilog="https://localhost:PORT/ says what there is; docs/entra-emulator.md how to ask for faults.",
    )
    parser.add_argument("folder", type=Path, help="where its authority (authority.pem) and its signing key are kept")
    parser.add_argument("--port", type=int, default=8445, help="of the loopback interface (default: 8445)")
    parser.add_argument("--keep", action="store_true", help="keep the directories in the folder, too")
    parser.add_argument("--seed", type=Path, metavar="FILE", help="tenants and applications to start with (JSON)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
