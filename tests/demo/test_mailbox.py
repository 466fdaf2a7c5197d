"""The demo's mailbox: every letter is kept, shown as text, and shown on this computer alone."""

import http.client
import json
import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from llaves_demo.codes import Codes
from llaves_demo.letters import Letterbox
from llaves_demo.mailbox_pages import application

from .running import SECONDS_OF_PATIENCE, free_port, until

PORTAL = "http://localhost:8000"


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self.smtp_port, self.page_port = free_port(), free_port()
        ports = map(str, (self.smtp_port, self.page_port))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "llaves_demo.mailbox", folder, *ports, PORTAL],
            env={**os.environ, "LLAVES_DEMO": "1"},
        )

    def post(self, subject: str, text: str, to: str = "alicia@hospital.example", bcc: str = "") -> None:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = "llaves@minsalud.example", to, subject
        letter.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as smtp:
            smtp.send_message(letter, to_addrs=[to, *([bcc] if bcc else [])])

    def get(self, address: str, host: str = "localhost") -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.page_port, timeout=SECONDS_OF_PATIENCE)
        connection.request("GET", address, headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    def listed(self) -> list[dict[str, str]]:
        letters: list[dict[str, str]] = json.loads(self.get("/?format=json")[1])
        return letters

    def is_up(self) -> bool:
        try:
            return self.get("/")[0].status == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path_factory.mktemp("mail") / "letters")
    until(mailbox.is_up)
    yield mailbox
    mailbox.process.terminate()
    mailbox.process.wait(SECONDS_OF_PATIENCE)


def test_it_refuses_outside_a_demo(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "LLAVES_DEMO"}
    words = [
        sys.executable,
        "-m",
        "llaves_demo.mailbox",
        tmp_path,
        str(free_port()),
        str(free_port()),
        PORTAL,
    ]

    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "for the demo alone" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_letter_is_listed_and_shown(mailbox: Mailbox) -> None:
    mailbox.post("Activación de su cuenta", "Niño, abra el enlace.", bcc="copia@hospital.example")

    listed = mailbox.listed()[0]

    assert listed["subject"] == "Activación de su cuenta"
    assert listed["to"] == "alicia@hospital.example, copia@hospital.example"
    assert listed["text"].strip() == "Niño, abra el enlace."
    assert "Activación de su cuenta" in mailbox.get("/")[1]
    assert "Niño, abra el enlace." in mailbox.get(f"/carta/{listed['id']}")[1]


def test_the_newest_comes_first(mailbox: Mailbox) -> None:
    mailbox.post("Primera", "1")
    mailbox.post("Segunda", "2")

    assert [letter["subject"] for letter in mailbox.listed()[:2]] == ["Segunda", "Primera"]


def test_whatever_a_letter_holds_is_text(mailbox: Mailbox) -> None:
    mailbox.post("<script>alert(1)</script>", "<img src=x onerror=alert(2)> & \"'")

    letter = mailbox.get(f"/carta/{mailbox.listed()[0]['id']}")[1]

    for page in (letter, mailbox.get("/")[1]):
        assert "<script" not in page
        assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in letter
    assert "&lt;img src=x onerror=alert(2)&gt; &amp; " in letter


def test_web_addresses_become_links_and_nothing_else_does(mailbox: Mailbox) -> None:
    address = "http://localhost:8000/activar/a-b_c?x=1&y=2"
    mailbox.post("Enlace", f'Abra ({address}). No javascript:alert(1) ni http://a"onmouseover="b')

    letter = mailbox.get(f"/carta/{mailbox.listed()[0]['id']}")[1]

    escaped = address.replace("&", "&amp;")
    assert f'<a href="{escaped}" rel="noopener">{escaped}</a>)' in letter
    assert 'href="javascript' not in letter
    assert '"onmouseover' not in letter


def test_a_letter_without_text_or_in_an_unknown_alphabet_does_not_break_the_page(mailbox: Mailbox) -> None:
    for head in ("Content-Type: text/html", "Content-Type: text/plain; charset=klingon"):
        with smtplib.SMTP("127.0.0.1", mailbox.smtp_port) as smtp:
            smtp.sendmail("a@b.example", ["c@d.example"], f"Subject: rara\r\n{head}\r\n\r\n<b>Qu\xe9</b>\r\n".encode())
        assert mailbox.get(f"/carta/{mailbox.listed()[0]['id']}")[0].status == 200


def test_another_sites_name_reads_no_letters(mailbox: Mailbox) -> None:
    answer, body = mailbox.get("/", host="evil.example")

    assert answer.status == 400
    assert "hospital" not in body


def test_no_script_or_foreign_content_may_run_on_its_pages(mailbox: Mailbox) -> None:
    answer, body = mailbox.get("/")

    assert "default-src 'none'; style-src 'self'" in (answer.getheader("Content-Security-Policy") or "")
    assert "style=" not in body
    assert mailbox.get("/style.css")[0].getheader("Content-Type") == "text/css; charset=utf-8"


def test_a_letter_that_is_not_there_and_a_path_out_of_the_box_are_not_found(mailbox: Mailbox) -> None:
    assert mailbox.get("/carta/nothing")[0].status == 404
    assert mailbox.get("/carta/..%2F..%2Fsecret-key")[0].status == 404


def test_the_officials_code_is_shown_with_its_end_and_the_next_one(tmp_path: Path) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: SHA-1
    codes = Codes(secret)
    assert codes.shown(datetime.fromtimestamp(59, tz=UTC)) == "287 082"
    assert codes.shown(datetime.fromtimestamp(1111111109, tz=UTC)) == "081 804"
    assert codes.end(datetime.fromtimestamp(59, tz=UTC)) == datetime.fromtimestamp(60, tz=UTC)
    letters = Letterbox(tmp_path / "letters")
    letters.put(b"Subject: Hola\r\n\r\nHola", to=["alguien@example.co"])
    with TestClient(application(letters, portal=PORTAL, codes=codes), base_url="http://localhost") as page:
        before = codes.shown(datetime.now(tz=UTC))
        text = page.get("/").text
        assert before in text or codes.shown(datetime.now(tz=UTC)) in text
        assert "Cada código sirve una sola vez" in text


def test_without_an_official_no_code_is_shown(mailbox: Mailbox) -> None:
    assert "Código de Beto" not in mailbox.get("/")[1]
