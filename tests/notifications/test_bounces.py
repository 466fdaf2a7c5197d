"""Reports that a letter came back: the shapes of Postfix and Exchange, and what strangers may send instead."""

from datetime import datetime
from time import process_time
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llaves.audit.events import Actor, ActorKind
from llaves.audit.models import Event
from llaves.notifications import bounces, outbox
from llaves.notifications.bounces import Bounce
from llaves.notifications.examples import EXAMPLES
from llaves.notifications.letters import LetterName
from llaves.notifications.models import Notice
from llaves.notifications.refusals import Fault, Refusal
from tests.races import who_wins

SERVER = Actor(kind=ActorKind.OPERATOR, name="postfix letters bounce")
ID = UUID("3b241101-e2bb-4255-8caf-4136c566a962")

POSTFIX = """\
Return-Path: <>
Received: by mail.ministerio.example (Postfix) id 4D2F31C0A7; Mon, 23 Nov 2026 09:00:03 -0500 (-05)
Date: Mon, 23 Nov 2026 09:00:03 -0500 (-05)
From: MAILER-DAEMON@mail.ministerio.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: llaves-ihce@ministerio.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="9A1B2C.1763906403/mail.ministerio.example"
Message-Id: <20261123140003.4D2F31C0A7@mail.ministerio.example>

This is a MIME-encapsulated message.

--9A1B2C.1763906403/mail.ministerio.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<lina@hospital.example>: host mx.hospital.example[192.0.2.7] said: 550 5.1.1
    User unknown (in reply to RCPT TO command)

--9A1B2C.1763906403/mail.ministerio.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.ministerio.example
X-Postfix-Queue-ID: 9A1B2C
Arrival-Date: Mon, 23 Nov 2026 09:00:01 -0500 (-05)

Final-Recipient: rfc822; lina@hospital.example
Original-Recipient: rfc822;lina@hospital.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.hospital.example
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--9A1B2C.1763906403/mail.ministerio.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <llaves-ihce@ministerio.example>
Subject: Usted figura como =?utf-8?b?bMOtZGVy?=
From: llaves-ihce@ministerio.example
To: lina@hospital.example
Message-ID: <3b241101-e2bb-4255-8caf-4136c566a962@llaves-ihce>
Auto-Submitted: auto-generated

--9A1B2C.1763906403/mail.ministerio.example--
"""

EXCHANGE = """\
From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@clinica.example>
To: <llaves-ihce@ministerio.example>
Date: Mon, 23 Nov 2026 14:00:05 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="6f2c-1"
Content-Language: es-CO
Message-ID: <a1b2c3@BN8.prod.outlook.com>
In-Reply-To: <3b241101-e2bb-4255-8caf-4136c566a962@llaves-ihce>
Subject: No se puede entregar: Usted figura
Auto-Submitted: auto-replied
MIME-Version: 1.0

--6f2c-1
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="6f2c-2"

--6f2c-2
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to lina@clinica.example couldn't be delivered.

--6f2c-2
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body>Your message couldn't be delivered.</body></html>

--6f2c-2--

--6f2c-1
Content-Type: message/delivery-status

Reporting-MTA: dns;BN8.prod.outlook.com
Received-From-MTA: dns;mail.ministerio.example
Arrival-Date: Mon, 23 Nov 2026 14:00:04 +0000

Final-Recipient: rfc822;lina@clinica.example
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver;
 QuotaExceededException.MapiExceptionShutoffQuotaExceeded

--6f2c-1
Content-Type: message/rfc822

Received: from mail.ministerio.example (192.0.2.1) by BN8.prod.outlook.com
From: llaves-ihce@ministerio.example
To: lina@clinica.example
Message-ID:
\t<3b241101-e2bb-4255-8caf-4136c566a962@llaves-ihce>
Content-Type: multipart/alternative; boundary="x"
MIME-Version: 1.0

--x
Content-Type: text/plain

Buen día.
--x--
--6f2c-1--
"""


def as_sent(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("report", "fault"),
    [(POSTFIX, Fault(Refusal.NO_MAILBOX, "5.1.1")), (EXCHANGE, Fault(Refusal.MAILBOX_FULL, "5.2.2"))],
)
def test_a_report_names_the_letter_and_why_it_came_back(report: str, fault: Fault, line_end: str) -> None:
    assert bounces.read(report.replace("\n", line_end).encode()) == Bounce(ID, fault)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("Status: 4.4.7", Refusal.NO_ANSWER),
        ("Status: 5.4.4 (unable to route)", Refusal.NO_DOMAIN),
        ("status:5.7.1", Refusal.POLICY),
        ("Status: 5.0.0", Refusal.OTHER),
        ("Status: nonsense", Refusal.OTHER),
        ("X-Status: 5.1.1", Refusal.OTHER),
    ],
)
def test_the_reason_is_the_statuss(status: str, refusal: Refusal) -> None:
    bounce = bounces.read(as_sent(POSTFIX.replace("Status: 5.1.1", status)))
    assert bounce
    assert bounce.fault.refusal is refusal


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("Action: failed", "Action: delayed"),
        ("Action: failed", "Action: delivered"),
        ("Action: failed", "Action: relayed"),
        ("Action: failed", ""),
        ("multipart/report; report-type=delivery-status", "multipart/mixed"),
        ("Content-Type: message/delivery-status", "Content-Type: message/disposition-notification"),
        ("@llaves-ihce>", "@elsewhere.example>"),
        ("3b241101-e2bb", "'; DROP TABLE-"),
        ("3b241101", "3b24110g"),
        ("Message-ID: <3b", "> Message-ID: <3b"),
        ("\n\nThis is a MIME", "\nThis is a MIME"),
    ],
)
def test_any_other_mail_is_none(there: str, instead: str) -> None:
    assert there in POSTFIX
    text = POSTFIX.replace(there, instead)
    if instead.startswith("\nThis"):
        text = text.replace("\n\n", "\n")  # nothing but headers
    assert bounces.read(as_sent(text)) is None


def test_a_letter_of_the_portal_itself_is_no_report() -> None:
    assert bounces.read(as_sent(POSTFIX.partition("text/rfc822-headers\n\n")[2])) is None


HEAD = b"Content-Type: multipart/report; boundary=a\r\n\r\n"
STATUS = b"--a\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0" * 10_000,
        HEAD,
        HEAD + STATUS,
        HEAD * 20_000,
        STATUS * 15_000,
        b"\r\n\r\n" * 250_000,
        HEAD + b"message-id:" * 90_000,
        HEAD + STATUS + b"message-id:\r\n \r\n" * 60_000,
        HEAD + STATUS + b"Message-ID:" + b"\r\n" * 500_000,
        b"".join(b"--%d\r\nContent-Type: multipart/report; boundary=%d\r\n\r\n" % (n, n + 1) for n in range(20_000)),
        b"Content-Type:" + b" " * 1_000_000,
        b"Content-Type: multipart/report" + b";a=b" * 250_000,
    ],
    ids=range(13),
)
def test_what_is_made_to_cost_much_costs_little(message: bytes) -> None:
    begun = process_time()
    assert bounces.read(message) is None
    assert process_time() - begun < 1


def test_what_stands_beyond_the_first_mebibyte_is_not_looked_at() -> None:
    padding = b"X: " + b"x" * bounces.MOST_BYTES + b"\r\n"
    assert bounces.read(padding + as_sent(POSTFIX)) is None


@given(st.binary() | st.lists(st.sampled_from(as_sent(POSTFIX).split(b"\r\n")) | st.binary()).map(b"\r\n".join))
def test_nothing_at_all_is_a_fault(message: bytes) -> None:
    bounce = bounces.read(message)
    assert bounce is None or bounce.notice_id == ID


@pytest.fixture
def letter(now: datetime) -> Notice:
    about = EXAMPLES[LetterName.LEAD_NAMED]
    return Notice.objects.create(
        letter="lead_named", recipient="lina@hospital.example", about=about, posted_at=now, sent_at=now
    )


def take_back(letter_id: UUID, at: datetime) -> bool:
    return outbox.take_back(Bounce(letter_id, Fault(Refusal.NO_MAILBOX, "5.1.1")), by=SERVER, at=at)


@pytest.mark.django_db
def test_a_letter_that_came_back_is_marked_once(letter: Notice, now: datetime) -> None:
    assert take_back(letter.id, now)
    assert not take_back(letter.id, now)
    letter.refresh_from_db()
    assert (letter.sent_at, letter.refused_at, letter.refusal) == (now, now, "no_mailbox")
    event = Event.objects.get(name="notifications.notice.refused")
    assert (event.actor_kind, event.actor) == ("operator", SERVER.name)
    assert event.details == {
        "notice": str(letter.id),
        "letter": "lead_named",
        "reason": "no_mailbox",
        "status": "5.1.1",
    }


@pytest.mark.django_db
def test_a_letter_that_never_was_changes_nothing(letter: Notice, now: datetime) -> None:
    events = Event.objects.count()
    assert not take_back(uuid4(), now)
    letter.refresh_from_db()
    assert (letter.refused_at, Event.objects.count()) == (None, events)


@pytest.mark.django_db
def test_a_return_of_which_no_event_can_be_written_is_not_marked(
    letter: Notice, now: datetime, broken_trail: None
) -> None:
    with pytest.raises(RuntimeError, match="the trail"):
        take_back(letter.id, now)
    letter.refresh_from_db()
    assert letter.refused_at is None


class TooLate(Exception):
    """Another report was faster."""


@pytest.mark.django_db(transaction=True)
def test_of_two_reports_at_once_one_marks_the_letter(letter: Notice, now: datetime) -> None:
    def attempt(letter_id: UUID) -> None:
        if not take_back(letter_id, now):
            raise TooLate

    assert who_wins(attempt, [letter.id, letter.id], loses_with=TooLate) == [False, True]
    assert Event.objects.filter(name="notifications.notice.refused").count() == 1
