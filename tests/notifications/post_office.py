"""A mail server on this machine that takes letters, or answers what a test tells it to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.demo.running import free_port

LOOPBACK = "127.0.0.1"


@dataclass
class PostOffice:
    """`to_sender`, `to_recipient` and `to_letter` are its next answers; afterwards it takes everything."""

    to_sender: list[str] = field(default_factory=list)
    to_recipient: list[str] = field(default_factory=list)
    to_letter: list[str] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)
    asked: int = 0

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        answer = self.to_sender.pop(0) if self.to_sender else "250 2.1.0 OK"
        if answer.startswith("2"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        self.asked += 1
        answer = self.to_recipient.pop(0) if self.to_recipient else "250 2.1.5 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.to_letter.pop(0) if self.to_letter else "250 2.0.0 OK"
        if answer.startswith("2"):
            self.received.append(message_from_bytes(envelope.original_content, policy=default))
        return answer


@contextmanager
def open_office(settings: Any) -> Iterator[PostOffice]:
    """Deliver letters to a server of their own, over SMTP as in production."""
    office = PostOffice()
    controller = Controller(office, hostname=LOOPBACK, port=free_port(), ready_timeout=60)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = LOOPBACK, controller.port
    try:
        yield office
    finally:
        controller.stop()
