"""`llaves serve`: the web server."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from granian import Granian
from granian.constants import Interfaces

from llaves.cli.terminal import first_fault

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Runs the portal's web server until it is told to stop. TLS is the business of the proxy in front."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--processes", type=int, default=1, help="server processes (1)")
        parser.add_argument("--threads", type=int, default=8, help="requests at once, in each process (8)")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if settings.DEMO and options["host"] not in LOOPBACK:
            raise CommandError("a demo is only served on this machine itself: leave out --host")
        if fault := first_fault():
            raise CommandError(fault)
        os.environ["LLAVES_DATABASE_POOL"] = "1"
        os.environ.setdefault("LLAVES_POOL_SIZE", str(options["threads"] + 2))
        Granian(
            "llaves.config.wsgi:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=options["processes"],
            blocking_threads=options["threads"],
        ).serve()
