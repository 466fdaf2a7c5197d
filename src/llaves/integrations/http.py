"""Questions over HTTPS to one system outside: bounded in time, size, tries and number at once; says no secret."""

import logging
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx2

TRY_AGAIN = frozenset({429, 502, 503, 504})

# It writes every address down, and an address names a person.
logging.getLogger("httpx2").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds, and how much to take."""

    connect: float = 2.0
    read: float = 3.0
    queue: float = 1.0
    """For one of the connections that may be open at once."""
    budget: float = 5.0
    """For one question with all its tries."""
    tries: int = 3
    first_pause: float = 0.2
    most_bytes: int = 1_000_000
    at_once: int = 4
    """So that a slow system never holds all the threads that serve pages."""
    rest: float = 20.0
    """After a failure, so long is nobody kept waiting for the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status and the whole body."""

    status: int
    body: bytes
    retry_after: float | None


class NoAnswer(Exception):
    """Nothing usable came in time; says why, in words without address, header or body."""


class Busy(NoAnswer):
    """Too many were asking already; that says nothing of the system itself."""


class OutOfBounds(Exception):
    """The answer is larger than any right one, or packed so that its size cannot be known."""


class Asker:
    """Asks one system. Certificates are checked, redirects not followed, proxies and .netrc of the machine not used."""

    def __init__(
        self,
        base_url: str,
        token: str = "",
        *,
        certificates: str = "",
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Describe the system.

        :param token: for systems that want one from whoever asks.
        :param certificates: PEM text of the only authorities to be trusted; empty trusts those of the machine.
        :raises ssl.SSLError: `certificates` holds none.
        """
        self._limits = limits or Limits()
        self._clock, self._sleep = clock, sleep
        self._rests_until = float("-inf")
        # Compressed answers could grow without end once they are unpacked.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._client = httpx2.Client(
            base_url=base_url.rstrip("/") + "/",
            headers={**headers, "Authorization": f"Bearer {token}"} if token else headers,
            # No question is tied to an earlier one.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            verify=ssl.create_default_context(cadata=certificates or None),
            follow_redirects=False,
            trust_env=False,
            limits=httpx2.Limits(max_connections=self._limits.at_once),
        )

    def close(self) -> None:
        """Let go of the connections that are kept for the next question."""
        self._client.close()

    def get(self, path: str) -> Answer:
        """Ask, and ask again while there is time and hope.

        :raises NoAnswer: see there.
        :raises OutOfBounds: see there.
        """
        return self._ask("GET", path, None)

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Ask what a form asks for; like `get`, so only what may be asked twice.

        :raises NoAnswer: see there.
        :raises OutOfBounds: see there.
        """
        return self._ask("POST", path, form)

    def _ask(self, method: str, path: str, form: Mapping[str, str] | None) -> Answer:
        if self._clock() < self._rests_until:
            raise NoAnswer("it did not answer a moment ago")
        deadline = self._clock() + self._limits.budget
        try:
            return self._patiently(method, path, form, deadline)
        except Busy:
            raise
        except NoAnswer:
            self._rests_until = self._clock() + self._limits.rest
            raise

    def _patiently(self, method: str, path: str, form: Mapping[str, str] | None, deadline: float) -> Answer:
        pause = self._limits.first_pause
        for left in reversed(range(self._limits.tries)):
            answer, fault = self._once(method, path, form, deadline)
            if answer and answer.status not in TRY_AGAIN:
                return answer
            wait = pause * random.uniform(0.5, 1.5)  # noqa: S311 - so that many do not come back at one moment
            wait = max(wait, answer.retry_after or 0.0) if answer else wait
            if not left or self._clock() + wait >= deadline:
                if answer:
                    return answer
                raise NoAnswer(fault)
            self._sleep(wait)
            pause *= 2
        raise NoAnswer("no try was allowed")

    def _once(
        self, method: str, path: str, form: Mapping[str, str] | None, deadline: float
    ) -> tuple[Answer | None, str]:
        """One try: an answer, or the fault after which another may help."""
        left, limits = max(deadline - self._clock(), 0.001), self._limits
        read = min(limits.read, left)
        timeout = httpx2.Timeout(connect=min(limits.connect, left), read=read, write=read, pool=limits.queue)
        try:
            with self._client.stream(method, path, data=form, timeout=timeout) as response:
                return self._taken(response, deadline), ""
        except httpx2.PoolTimeout:
            raise Busy("too many are asking") from None
        except httpx2.HTTPError as fault:
            # The class alone: the library's own words may quote the address, which names a person.
            return None, type(fault).__name__

    def _taken(self, response: httpx2.Response, deadline: float) -> Answer:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise OutOfBounds
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > self._limits.most_bytes:
                raise OutOfBounds
            if self._clock() > deadline:
                raise NoAnswer("its answer took too long")
        return Answer(response.status_code, bytes(body), _seconds(response.headers.get("Retry-After", "")))


def is_plain_https(url: str) -> bool:
    """Whether a text is https://host/path and nothing else: no user, question mark or fragment."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and parts.port != 0
            and (not parts.query and not parts.fragment)
        )
    except ValueError:
        return False


def _seconds(text: str) -> float | None:
    """Retry-After in seconds; its other form, a date, is not looked at."""
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None  # noqa: PLR2004 - three years
