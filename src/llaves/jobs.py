"""Everything that runs unattended, and how often. A job re-reads its row and may run twice without harm."""

from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from llaves.notifications import outbox

# 30 s, 60 s, 2 min, … up to half a day apart: a mail server that is down for a night loses no letter.
_PATIENTLY = RetryStrategy(max_attempts=14, wait=15, exponential_wait=2, retry_exceptions=[OSError])


@app.task(name=outbox.SEND_JOB, queue="mail", retry=_PATIENTLY)
def send_notice(notice_id: str) -> None:
    outbox.send(UUID(notice_id), at=timezone.now())
