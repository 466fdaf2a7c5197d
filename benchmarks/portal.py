"""The portal in this process, on a database of its own with the settings of production."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from tests.conftest import SETTINGS

from llaves_demo.database import OWNER, Cluster


@contextmanager
def running(folder: Path | None = None, **settings: str) -> Iterator[Cluster]:
    """A migrated database, kept in a folder or thrown away at the end; models may be imported inside."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # by an exception, so that what was started stops too
    with Cluster(folder) as cluster:
        os.environ.update({**SETTINGS, **settings, "DATABASE_URL": cluster.url(role=OWNER)})
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 - needs settings
        from django.test.utils import setup_test_environment  # noqa: PLC0415

        setup_test_environment()  # lets the host of Django's test client in
        call_command("migrate", verbosity=0)
        yield cluster
