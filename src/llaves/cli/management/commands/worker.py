"""`llaves worker`: what runs unattended."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from llaves.cli.terminal import first_fault
from llaves.cli.working import connector_of_a_worker


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Runs the jobs (letters to send, and what is scheduled) until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if fault := first_fault():
            raise CommandError(fault)
        assert isinstance(app.connector, DjangoConnector)  # noqa: S101 - what contrib.django made
        with app.replace_connector(connector_of_a_worker(app.connector)) as working:
            working.run_worker(concurrency=8, fetch_job_polling_interval=2.0, delete_jobs="successful")
