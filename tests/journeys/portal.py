"""The demo as the journeys find it: its addresses, its table of image codes, and what it keeps and writes down."""

import zlib
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from llaves_demo import sockets
from llaves_demo.codes import SECONDS, Codes
from llaves_demo.database import ROLE
from llaves_demo.traces import trace_in
from tests.demo.running import Demo, until

from .registry import Registry

if TYPE_CHECKING:
    from playwright.sync_api import Cookie

PASSWORD = "Llaves-demo-2026"
"""Of every account that the demo opens by itself."""
OFFICIAL = "CC1010101010"
CARLA = "CC1030303030-940202020"
DIEGO = "CC1040404040-1040404040"
HOSPITAL, GROUP, MINISTRY = "940101010", "940202020", "900474727"
"""Organizations by their NIT: with one provider, with three, and with the officials."""
NEWCOMERS = """
    SELECT person.document_number, organization.nit, person.name, person.email, min(provider.code), min(provider.name)
    FROM providers_delegation AS delegation
    JOIN providers_person AS person ON person.id = delegation.person_id
    JOIN providers_organization AS organization ON organization.id = delegation.organization_id
    JOIN providers_provider AS provider ON provider.organization_id = organization.id AND provider.is_enabled
    WHERE person.document_type = 'CC' AND organization.nit <> '900474727'
      AND daterange(delegation.starts_on, delegation.ends_on, '[]') @> (now() AT TIME ZONE 'America/Bogota')::date
      AND NOT EXISTS (SELECT FROM identity_account AS account WHERE account.person_id = person.id)
    GROUP BY delegation.id, person.id, organization.id HAVING count(*) = 1
    ORDER BY person.name LIKE 'Alicia%' DESC, person.id LIMIT 1
"""
WAITING = """
    SELECT account.login, provider.code FROM credentials_request AS request
    JOIN identity_account AS account ON account.id = request.requested_by_id
    JOIN providers_provider AS provider ON provider.id = request.provider_id
    WHERE request.state = 'solicitado' AND account.person_id IN
      (SELECT person_id FROM identity_account GROUP BY person_id HAVING count(*) = 1)
      AND (SELECT count(*) FROM providers_provider AS own
           WHERE own.organization_id = provider.organization_id AND own.is_enabled) = 1
    ORDER BY request.requested_at LIMIT 1
"""

OF_ONE_PROVIDER = """
    SELECT account.login, person.document_number, organization.nit FROM identity_account AS account
    JOIN providers_person AS person ON person.id = account.person_id
    JOIN providers_organization AS organization ON organization.id = account.organization_id
    JOIN providers_delegation AS delegation
      ON (delegation.person_id, delegation.organization_id) = (person.id, organization.id)
    WHERE EXISTS (SELECT FROM credentials_request AS own WHERE own.requested_by_id = account.id
                  AND own.vendor_name = 'Programas Clínicos del Alba S.A.S.')
      AND account.activated_at IS NOT NULL AND account.suspended_at IS NULL
      AND person.document_type = 'CC' AND organization.nit NOT IN ('900474727', '940202020')
      AND daterange(delegation.starts_on, delegation.ends_on, '[]') @> (now() AT TIME ZONE 'America/Bogota')::date
      AND (SELECT count(*) FROM identity_account AS own WHERE own.person_id = person.id) = 1
      AND (SELECT count(*) FROM providers_provider AS own
           WHERE own.organization_id = organization.id AND own.is_enabled) = 1
    ORDER BY account.registered_at DESC LIMIT 1
"""


@dataclass(frozen=True)
class Newcomer:
    """A delegate whom the registry knows, before the registration."""

    document_number: str
    nit: str
    name: str
    email: str
    provider_code: str
    provider_name: str

    @property
    def login(self) -> str:
        return f"CC{self.document_number}-{self.nit}"


class Portal:
    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.url = f"http://localhost:{demo.port}"
        self.mailbox_url = f"http://localhost:{demo.page_port()}"
        self.registry = Registry(demo.folder / "registry")
        self.registry.is_open()
        self._used: dict[Codes, datetime] = {}
        self.officials_session: list[Cookie] = []

    def unused_code(self) -> str:
        """A code of the official's application."""
        return self.code_of(Codes((self.demo.folder / "official-totp").read_text()))

    def code_of(self, application: Codes) -> str:
        """A code that nobody has used, as soon as there is one: each serves once, the next half a minute before."""
        now, step = datetime.now(tz=UTC), timedelta(seconds=SECONDS)
        moment = max(now, self._used.get(application, now - step) + step)
        until(lambda: moment < datetime.now(tz=UTC) + step)
        self._used[application] = moment
        return application.shown(moment)

    @property
    def database_url(self) -> str:
        """The portal's own user and database."""
        trace = trace_in(self.demo.folder / "database" / "data")
        assert trace
        assert trace.socket
        return sockets.url(trace.socket, role=ROLE, database=ROLE)

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(question.encode(), values or None).fetchall()

    def operator(self, *words: str) -> str:
        """What a command says at the terminal, its lines as one."""
        done = self.demo.command(*words)
        assert done.returncode == 0, done.stderr
        return " ".join(done.stdout.split())

    def newcomer(self) -> Newcomer:
        """Somebody who may register and has not; Alicia, as long as she is one of them."""
        return Newcomer(*self.ask(NEWCOMERS)[0])

    def forgets_who_tried(self) -> None:
        """The journeys come from one address, faster than people do: its tries of this minute are forgotten."""
        self.ask("DELETE FROM web_cache RETURNING 1")

    def somebody_who_waits(self) -> tuple[str, str]:
        """The login of a delegate who has asked for keys, and the provider's code."""
        login, code = self.ask(WAITING)[0]
        return login, code

    def somebody_with_one_provider(self) -> tuple[str, str, str]:
        """A delegate whom the demo let in, with its password: the login, the document's number, the NIT."""
        login, document_number, nit = self.ask(OF_ONE_PROVIDER)[0]
        return login, document_number, nit

    def address_of(self, login: str) -> str:
        """The mail that the registry holds of an account's person."""
        mail = "SELECT email FROM providers_person AS own JOIN identity_account ON person_id = own.id WHERE login = %s"
        return str(self.ask(mail, login)[0][0])

    def image_code(self, key: str) -> str:
        """What a person reads in the image; tests have no eyes for it."""
        return str(self.ask("SELECT response FROM captcha_captchastore WHERE hashkey = %s", key)[0][0])

    def everything_kept(self) -> str:
        """A dump of the database, and what its sessions hold, which is stored compressed."""
        dump = self.demo.command("exec", "--", "pg_dump")
        assert dump.returncode == 0, dump.stderr
        sessions = [opened(data) for (data,) in self.ask("SELECT session_data FROM django_session")]
        return "\n".join([dump.stdout, *sessions])

    def everything_logged(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in (self.demo.folder / "log").iterdir())


def opened(session_data: str) -> str:
    """A session's content. `django.core.signing` writes payload:time:signature, with a dot before what is packed."""
    payload = session_data.split(":", maxsplit=1)[0]
    packed = payload.removeprefix(".")
    content = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    return (zlib.decompress(content) if payload.startswith(".") else content).decode()
