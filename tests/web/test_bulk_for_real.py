"""«Asignar varias» on the real web server: a body of any length, and a server that is killed in the midst of it."""

import http.client
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from llaves.audit.models import Event
from llaves.credentials import bulk_assigning, files
from llaves.credentials.models import BulkPart, BulkUpload, Credential, Request
from llaves.credentials.models import Client as EntraClient
from llaves.notifications.models import Notice
from llaves.vault.models import SealedSecret
from tests.crowd import as_csv, crowd, rows_for
from tests.demo.running import free_port, until
from tests.people import Member
from tests.processes import nobody_else_is_here, running

pytestmark = pytest.mark.django_db(transaction=True)
UPLOAD = "/funcionario/generar-llaves/varias/"
BOUNDARY = "----a-line-that-is-in-no-file"
TOKEN = "T" * 32
MEGABYTE = 1024 * 1024
PROVIDERS = 150


@dataclass
class Server:
    """`llaves serve`, and an official's browser at it."""

    port: int
    pid: int
    cookies: str

    def send(self, method: str, path: str, chunks: list[bytes], kind: str) -> tuple[int, str]:
        browser = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        browser.putrequest(method, path)
        browser.putheader("Cookie", self.cookies)
        browser.putheader("Content-Type", kind)
        browser.putheader("Content-Length", str(sum(map(len, chunks))))
        browser.endheaders()
        for chunk in chunks:
            browser.send(chunk)
        answer = browser.getresponse()
        content = answer.read().decode()
        browser.close()
        return answer.status, content

    def upload(self, content: list[bytes]) -> tuple[int, str]:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{TOKEN}\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="llaves.csv"\r\n\r\n'
        )
        body = [head.encode(), *content, f"\r\n--{BOUNDARY}--\r\n".encode()]
        return self.send("POST", UPLOAD, body, f"multipart/form-data; boundary={BOUNDARY}")

    def confirm(self, upload: BulkUpload) -> tuple[int, str]:
        body = [f"csrfmiddlewaretoken={TOKEN}".encode()]
        return self.send("POST", f"{UPLOAD}{upload.id}/", body, "application/x-www-form-urlencoded")

    def processes(self) -> list[int]:
        """The server and whatever it started, the youngest first."""
        found = [self.pid]
        for parent in found:
            for task in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found[::-1]

    def memory(self) -> int:
        """The most bytes that any of its processes ever held."""
        told = [Path(f"/proc/{pid}/status").read_text() for pid in self.processes()]
        return 1024 * max(int(found.group(1)) for found in map(re.compile(r"VmHWM:\s+(\d+)").search, told) if found)

    def kill(self) -> None:
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def serving(at_betos: Client) -> Iterator[Server]:
    port = free_port()
    session = at_betos.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
    with running("serve", "--port", str(port)) as process:
        server = Server(port, process.pid, cookies)
        try:
            until(lambda: answers(server))
            yield server
        finally:
            if process.poll() is None:
                server.kill()


def answers(server: Server) -> bool:
    try:
        return server.send("GET", "/salud", [], "text/plain")[0] == 200
    except OSError:
        return False


def test_a_hundred_megabytes_get_their_sentence_and_are_kept_nowhere(at_betos: Client) -> None:
    with serving(at_betos) as server:
        assert server.upload([b"hola"])[0] == 422
        before = server.memory()
        status, page = server.upload([bytes(MEGABYTE)] * 100)
        assert status == 422
        assert "El archivo pesa más de 5 MB" in page
        assert server.memory() - before < 40 * MEGABYTE
        assert answers(server)


def test_a_body_that_breaks_off_is_no_fault_and_the_server_goes_on(at_betos: Client) -> None:
    with serving(at_betos) as server:
        browser = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        browser.putrequest("POST", UPLOAD)
        browser.putheader("Cookie", server.cookies)
        browser.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        browser.putheader("Content-Length", str(4 * MEGABYTE))
        browser.endheaders()
        browser.send(bytes(MEGABYTE))
        browser.close()
        until(lambda: answers(server))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_killed_in_the_midst_of_a_confirmation_all_is_assigned_or_nothing(
    at_betos: Client, beto: Member, now: datetime, share: float
) -> None:
    """And with the server up again, confirming once more ends it."""
    table = rows_for([provider.code for provider in crowd(PROVIDERS, now)], timezone.localdate())
    upload = bulk_assigning.check_upload(
        table=files.read(as_csv(table)), account=beto.account(now), by=beto.actor, at=timezone.now()
    )
    before = counts()
    with serving(at_betos) as server:
        asking = Thread(target=lambda: broken_off(server, upload), daemon=True)
        asking.start()
        until(lambda: is_working(upload))
        time.sleep(share * seconds())
        server.kill()
        asking.join()
    until(nobody_else_is_here)
    upload.refresh_from_db()
    if upload.confirmed_at is None:
        assert counts() == before
        with serving(at_betos) as server:
            assert server.confirm(upload)[0] == 302
    assert counts() == (3 * PROVIDERS, 3 * PROVIDERS, 6 * PROVIDERS, PROVIDERS, PROVIDERS, 0)
    assert Event.objects.filter(name="credentials.bulk.assigned").count() == 1


def seconds() -> float:
    """About what the assignment takes on a slow machine."""
    return PROVIDERS * 3 * 2 / 2000


def broken_off(server: Server, upload: BulkUpload) -> None:
    try:
        server.confirm(upload)
    except (OSError, http.client.HTTPException):
        return


def is_working(upload: BulkUpload) -> bool:
    """Whether another transaction holds the upload."""
    with transaction.atomic():
        return not BulkUpload.objects.select_for_update(skip_locked=True).filter(id=upload.id).exists()


def counts() -> tuple[int, ...]:
    return (
        Credential.objects.count(),
        EntraClient.objects.count(),
        SealedSecret.objects.count(),
        Request.objects.filter(state="asignado").count(),
        Notice.objects.count(),
        BulkPart.objects.count(),
    )
