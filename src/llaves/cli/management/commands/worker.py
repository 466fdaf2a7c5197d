"""`llaves worker`: what runs unattended."""

from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector


class Command(BaseCommand):
    help = "Runs the jobs (letters to send, and what is scheduled) until it is told to stop."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        self.check(databases=["default"])
        assert isinstance(app.connector, DjangoConnector)  # noqa: S101 - what contrib.django made
        with app.replace_connector(app.connector.get_worker_connector()) as working:
            working.run_worker(concurrency=4, fetch_job_polling_interval=2.0, delete_jobs="successful")
