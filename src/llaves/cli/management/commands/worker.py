"""`llaves worker`: what runs unattended."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from llaves.cli.terminal import first_fault


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Runs the jobs (letters to send, and what is scheduled) until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if fault := first_fault():
            raise CommandError(fault)
        assert isinstance(app.connector, DjangoConnector)  # noqa: S101 - what contrib.django made
        with app.replace_connector(app.connector.get_worker_connector()) as working:
            working.run_worker(concurrency=8, fetch_job_polling_interval=2.0, delete_jobs="successful")
