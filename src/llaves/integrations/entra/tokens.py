"""Our own token for Microsoft Graph: by certificate, by somebody else's assertion, or by secret. msal keeps it."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import msal

from llaves.integrations.entra.faults import Denied, TryLater

_TIMEOUT = 15.0


@dataclass(frozen=True, slots=True)
class Provisioner:
    """The application as which the portal acts in a tenant. Its text form shows no secret."""

    client_id: str
    credential: Callable[[], str | Mapping[str, Any]]
    """What msal takes; a callable, so that no representation shows it."""
    ends: bool = True
    """Whether the credential has an end at all: whom a federated issuer vouches for holds none."""
    ends_on: date | None = None
    """Its last day as the operator has written it down, for where Entra does not let the portal look."""


def by_secret(client_id: str, secret: str) -> Provisioner:
    """With a secret: what Microsoft advises against."""
    return Provisioner(client_id, lambda: secret)


def by_certificate(client_id: str, certificate: str, key: str) -> Provisioner:
    """With a certificate and its private key, both as PEM text."""
    return Provisioner(client_id, lambda: {"private_key": key, "public_certificate": certificate})


def by_assertion(client_id: str, file: Path) -> Provisioner:
    """With an assertion of a federated issuer, whose file is read anew for each token."""
    said = {"client_assertion": lambda: file.read_text(encoding="ascii").strip()}
    return Provisioner(client_id, lambda: said, ends=False)


class _Http:
    """What msal asks through: our own client, so that no proxy or authority of the machine's environment counts."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> httpx2.Response:
        return _heard(self._client.get(url, params=params, headers=headers), also={HTTPStatus.TOO_MANY_REQUESTS})

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any) -> httpx2.Response:
        # An assertion comes as bytes, which a form of httpx would spell out as Python does.
        form = {name: value.decode() if isinstance(value, bytes) else value for name, value in (data or {}).items()}
        return _heard(self._client.post(url, params=params, data=form, headers=headers))

    def close(self) -> None:
        self._client.close()


def _heard(answer: httpx2.Response, *, also: Collection[int] = ()) -> httpx2.Response:
    """An answer of Entra's own. Of a server's fault or some proxy's page msal would say that we are refused.

    :param also: statuses that msal does not know for those of a busy server.
    :raises TryLater: it is none.
    """
    if answer.is_server_error or answer.status_code in also or not _is_json(answer):
        raise TryLater(f"token: HTTP {answer.status_code}")
    return answer


def _is_json(answer: httpx2.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


class Tokens:
    """Gives the token that is in force; asks for one when there is none."""

    def __init__(
        self, client: httpx2.Client, *, authority: str, tenant: str, provisioner: Provisioner, scope: str
    ) -> None:
        self._http = _Http(client)
        self._authority, self._provisioner, self._scopes = f"{authority.rstrip('/')}/{tenant}", provisioner, [scope]
        self._application: msal.ConfidentialClientApplication | None = None
        self._lock = threading.Lock()

    def current(self) -> str:
        """The token.

        :raises TryLater: the token endpoint cannot be reached, or is busy.
        :raises Denied: our own credential was refused.
        """
        with self._lock:
            answer = self._asked()
        if token := answer.get("access_token"):
            return str(token)
        codes = answer.get("error_codes") or [answer.get("error", "no token")]
        if answer.get("error") == "temporarily_unavailable":
            raise TryLater("token: temporarily_unavailable")
        raise Denied(f"token: AADSTS{codes[0]}" if str(codes[0]).isdecimal() else f"token: {codes[0]}")

    def renew(self) -> None:
        """Forget the token: Graph has refused it."""
        with self._lock:
            self._application = None

    def _asked(self) -> Mapping[str, Any]:
        try:
            if self._application is None:
                self._application = self._connected()
            answer: Mapping[str, Any] = self._application.acquire_token_for_client(scopes=self._scopes)
        except TryLater:
            raise
        except (httpx2.HTTPError, OSError) as fault:
            raise TryLater(f"token: {type(fault).__name__}") from None
        except ValueError:
            # What msal says when the tenant's own description cannot be had, or our certificate cannot be read.
            raise Denied("token: the tenant or our credential is unknown there") from None
        except Exception as fault:  # noqa: BLE001 - msal and PyJWT name no common class
            raise Denied(f"token: {type(fault).__name__}") from None
        return answer

    def _connected(self) -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            self._provisioner.client_id,
            client_credential=self._provisioner.credential(),
            authority=self._authority,
            instance_discovery=False,  # the authority is the operator's own choice; nobody else is asked about it
            http_client=self._http,
        )
