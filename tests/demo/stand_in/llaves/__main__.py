import os
import signal
import sys
import time
from pathlib import Path

import psycopg


def main(command: str, *rest: str) -> None:
    if trouble := os.environ.get(f"STAND_IN_{command.upper()}"):
        sys.exit(trouble)
    if command == "migrate":
        owner_url = os.environ["LLAVES_OWNER_DATABASE_URL"] or os.environ["DATABASE_URL"]
        with psycopg.connect(owner_url) as database:
            database.execute("create table if not exists visit (at timestamptz default now())")
            database.execute("insert into visit default values")
            database.execute("grant select on visit to public")
    elif command == "demo":
        print("accounts: alicia" if "--accounts" in rest else f"{rest[1]} providers")  # noqa: T201
    elif command == "cat":
        print(Path(rest[0]).read_text(encoding="utf-8"))  # noqa: T201
    elif command == "worker":
        if "IS_STUBBORN" in os.environ:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(3600)
    elif command == "serve":
        _serve(int(rest[rest.index("--port") + 1]))


def _serve(port: int) -> None:
    from granian import Granian  # noqa: PLC0415 - the other commands do without
    from granian.constants import Interfaces  # noqa: PLC0415

    Granian("llaves.portal:application", address="127.0.0.1", port=port, interface=Interfaces.WSGI).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
