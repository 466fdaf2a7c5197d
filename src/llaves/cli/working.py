"""How the worker reaches the database."""

from procrastinate.connector import BaseAsyncConnector
from procrastinate.contrib.django.django_connector import DjangoConnector


def connector_of_a_worker(own: DjangoConnector) -> BaseAsyncConnector:
    """The worker's own connections for fetching and ending jobs; for what a job defers, Django's.

    Otherwise what a job defers would be seen before its transaction has ended: a letter's job looked for a letter that
    was not there yet, failed, and the letter was never sent.
    """
    working = own.get_worker_connector()
    working.get_sync_connector = lambda: own  # type: ignore[method-assign]
    return working
