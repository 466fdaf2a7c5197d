"""What is asked of every page, whoever looks at it."""

from itertools import count
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError

HERE = {"localhost", "127.0.0.1"}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REFUSALS = {403, 404, 409, 410, 422}
"""Answers that the portal gives on purpose; the browser reports them as errors all the same."""
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"
CLIPPED = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const { overflowX, overflowY } = getComputedStyle(element);
  const cuts = overflowX !== "visible" || overflowY !== "visible" || element.matches("button, .button, .tag");
  const tooLong = element.scrollWidth > element.clientWidth + 1 && overflowX !== "auto";
  const tooHigh = element.scrollHeight > element.clientHeight + 1 && overflowY !== "auto";
  return cuts && element.clientWidth > 1 && element.textContent.trim() && (tooLong || tooHigh);
}).map((element) => element.outerHTML.slice(0, 160))"""


class Guard:
    """Notes what no page may do: ask another host, break its own policy, throw, or fail."""

    def __init__(self, context: BrowserContext) -> None:
        self._elsewhere: list[str] = []
        self._errors: list[tuple[str, str]] = []
        self._refused: set[str] = set()
        context.on("request", self._hear_request)
        context.on("response", self._hear_response)
        context.on("console", self._hear_console)
        context.on("weberror", self._hear_error)

    def complaints(self) -> list[str]:
        errors = [
            f"{text} ({url})"
            for text, url in self._errors
            if not (text.startswith("Failed to load resource") and urldefrag(url).url in self._refused)
        ]
        return self._elsewhere + errors

    def _hear_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "about"} and address.hostname not in HERE:
            self._elsewhere.append(f"asked {request.url}")

    def _hear_response(self, response: Response) -> None:
        # A form that a script sends gets the same answer as one that the browser sends.
        if response.request.resource_type in {"document", "fetch"} and response.status in REFUSALS:
            self._refused.add(urldefrag(response.url).url)

    def _hear_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._errors.append((message.text, message.location["url"]))

    def _hear_error(self, error: WebError) -> None:
        self._errors.append((str(error.error), error.page.url if error.page else ""))


class Eye:
    """Looks at pages one after the other, and keeps a picture of each where there is a folder for them."""

    def __init__(self, name: str, folder: str | None) -> None:
        self._name = name
        self._folder = Path(folder) if folder else None
        self._turn = count(1)

    def look(self, page: Page, picture: str) -> None:
        """No violation of WCAG 2.2 AA that a program can see, and nothing beyond the right edge or cut off."""
        self.keep(page, picture)
        assert page.evaluate(SIDEWAYS) <= 0, f"{picture} scrolls sideways"
        assert page.evaluate(CLIPPED) == [], f"{picture} cuts something off"
        report = Axe().run(page, options={"runOnly": STANDARDS, "resultTypes": ["violations"]})
        assert not report.violations_count, f"{picture}: {report.generate_report()}"

    def keep(self, page: Page, picture: str) -> None:
        """Keep a picture, once the page has its sheet and its letters: without them everything has other widths."""
        page.wait_for_load_state("load")
        page.evaluate("document.fonts.ready.then(() => null)")
        if self._folder is None:
            return
        # Hiding the caret, as is usual, writes a style into the page, which its policy refuses.
        name = f"{self._name}-{next(self._turn):02}-{picture}.png"
        page.screenshot(path=self._folder / name, full_page=True, caret="initial")
