"""The portal's own processes, in the database and with the master keys of the test that starts them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from llaves_demo.database import ROLE

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As whoever runs the tests behind a shell's «&» leaves it: what they start would be deaf to Ctrl-C too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def nobody_else_is_here() -> bool:
    """Whether the database has ended what killed processes were doing; it notices late that they are gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return cursor.fetchone()[0] == 0


@contextmanager
def running(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a command of the portal, at most until the end of the block. It sees what the test has committed."""
    url = os.environ["DATABASE_URL"].removesuffix(f"/{ROLE}") + f"/{connection.settings_dict['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "LLAVES_MASTER_KEYS": settings.MASTER_KEYS}
    command = [sys.executable, "-m", "llaves", *words]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as run:
        try:
            yield run
        finally:
            run.kill()
