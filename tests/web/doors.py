"""How tests come to a page, and how they read what it answers."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from captcha.models import CaptchaStore
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.html import Element, parse_html
from django.urls import reverse
from django.utils import timezone

from llaves import identity
from llaves.audit.events import Actor, ActorKind
from llaves.identity import consent
from llaves.identity.actors import OPENED_AT
from llaves.identity.agreements import AgreementKind
from llaves.identity.models import Agreement
from llaves.notifications import outbox
from llaves.notifications.models import Notice
from llaves.web.threshold import PASSED
from tests.people import PASSWORD, Member

TEXTS = Path(identity.__file__).parent / "texts"


class Page:
    """An answer's HTML, as its reader finds it. Parsing fails where tags are not closed as they were opened."""

    def __init__(self, response: HttpResponse) -> None:
        self.html = response.content.decode()
        self.root = parse_html(self.html)

    def all(self, tag: str = "", /, **attributes: str) -> list[Element]:
        """Elements by tag and attributes; `class_` and `data_x` stand for `class` and `data-x`."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            element
            for element in (self.root, *walk(self.root))
            if (not tag or element.name == tag) and all(_has(element, *pair) for pair in wanted.items())
        ]

    def one(self, tag: str = "", /, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × {tag} {attributes}"
        return found[0]

    @property
    def text(self) -> str:
        return text_of(self.root)

    @property
    def title(self) -> str:
        return text_of(self.one("title"))

    def error_beside(self, field: str) -> str:
        """What the field's own container says is wrong; empty when nothing is."""
        container = self._container(field)
        errors = [element for element in walk(container) if _has(element, "class", "field__error")]
        assert bool(errors) == _has(container, "class", "field--invalid")
        return " ".join(text_of(error) for error in errors)

    def value(self, field: str) -> str:
        """What stands in a field."""
        control = next(element for element in walk(self.root) if _has(element, "name", field))
        if control.name == "select":
            chosen = [option for option in walk(control) if "selected" in dict(option.attributes)]
            return str(dict(chosen[0].attributes)["value"]) if chosen else ""
        return str(dict(control.attributes).get("value") or "")

    def is_checked(self, field: str) -> bool:
        return any("checked" in dict(element.attributes) for element in self.all("input", name=field))

    def _container(self, field: str) -> Element:
        holders = [
            element for element in self.all(class_="field") if any(_named(inner, field) for inner in walk(element))
        ]
        assert len(holders) == 1, f"{len(holders)} containers of {field}"
        return holders[0]


def walk(element: Any) -> Iterator[Element]:
    for child in element.children:
        if isinstance(child, Element):
            yield child
            yield from walk(child)


def text_of(element: Any) -> str:
    pieces = (child if isinstance(child, str) else text_of(child) for child in element.children)
    return " ".join(" ".join(pieces).split())


def _has(element: Element, attribute: str, value: str) -> bool:
    found = dict(element.attributes).get(attribute)
    return value in (found or "").split() if attribute == "class" else found == value


def _named(element: Element, field: str) -> bool:
    # An image code has two controls, its key and what is typed: `image_code_0` and `image_code_1`.
    return dict(element.attributes).get("name") in {field, f"{field}_1"}


def solve(challenge: str) -> str:
    """The proof of work that the page's script would find, from the page's `data-challenge`."""
    given = json.loads(challenge)
    number = next(
        number
        for number in range(given["max_number"] + 1)
        if sha256(f"{given['salt']}{number}".encode()).hexdigest() == given["challenge"]
    )
    answer = {key: given[key] for key in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**answer, "number": number}).encode()).decode()


def proof_of_work(response: HttpResponse) -> str:
    """The solved proof of work of a page that was opened."""
    box = Page(response).one("div", class_="proof-of-work")
    return solve(str(dict(box.attributes)["data-challenge"]))


def image_code(response: HttpResponse) -> dict[str, str]:
    """What somebody types who sees the page's image."""
    key = Page(response).value("image_code_0")
    return {"image_code_0": key, "image_code_1": CaptchaStore.objects.get(hashkey=key).challenge}


def box(kind: str) -> str:
    """What the box «Acepto …» sends for version 1 of a text: the text's SHA-256."""
    return sha256((TEXTS / f"{kind}-1.txt").read_bytes()).hexdigest()


def published(kind: str, text: str) -> Agreement:
    """A new version of a text, in force from now on."""
    ana = Actor(kind=ActorKind.OPERATOR, name="ana")
    return consent.publish(kind=AgreementKind(kind), content=text.encode(), by=ana, at=timezone.now())


def log_in(client: Client, login: str, password: str = PASSWORD, address: str = "", **fields: str) -> Any:
    """Through the page, as people do."""
    address = address or reverse("login")
    proof = proof_of_work(client.get(address))
    return client.post(address, {"login": login, "password": password, "proof_of_work": proof, **fields})


def force(member: Member, at: datetime, **options: Any) -> Client:
    """The member's browser, logged in without the page and past the threshold."""
    client = Client(**options)
    client.force_login(member.account(at))
    session = client.session
    session[OPENED_AT] = session[PASSED] = timezone.now().timestamp()
    session.save()
    return client


def letters(at: datetime) -> list[EmailMessage]:
    """Every letter of the outbox, delivered."""
    for notice in Notice.objects.filter(sent_at__isnull=True).order_by("posted_at"):
        outbox.send(notice.id, at=at)
    return mail.outbox


OWN_TABLES = "(audit|credentials|identity|notifications|providers|vault|procrastinate)_%"


def everything() -> dict[str, str]:
    """A fingerprint of every table that holds more than sessions, challenges and counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename SIMILAR TO %s ORDER BY 1", [OWN_TABLES])
        tables = [name for (name,) in cursor.fetchall()]
        fingerprint = (
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(row::text, '|' ORDER BY row::text)), '') FROM {} row"
        )
        found = {}
        for table in tables:
            cursor.execute(fingerprint.format(connection.ops.quote_name(table)))
            found[table] = cursor.fetchone()[0]
    return found
