"""The real portal, with its database, worker and mailbox, and people with real browsers."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.demo.running import PROJECT, Demo, processes_of, until

from .inspection import Eye, Guard
from .person import Person
from .portal import Portal

WIDE = (1280, 900)
NARROW = (360, 740)
PATIENCE_MS = 90_000
"""A busy machine is slower than any limit; what goes well never waits so long."""
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Enter = Callable[..., Person]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "journeys: whole journeys in a browser, against the running demo")
    expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def running_portal(*, waiting: int) -> Iterator[Portal]:
    """Start a demo in which so many wait for keys, and see at the end that nothing of it remains."""
    folder = Path(tempfile.mkdtemp(prefix="test-journeys-", dir="/tmp"))
    folder.chmod(0o711)  # the database's account must pass through
    demo = Demo(folder / "demo", environment={"PYTHONPATH": str(PROJECT / "src")})
    try:
        demo.start("--providers", "240", "--pending", str(waiting))
        yield Portal(demo)
        assert "Stopped." in demo.end()
    finally:
        demo.release()
        until(lambda: not processes_of(folder))
        shutil.rmtree(folder)


@pytest.fixture(scope="package")
def portal() -> Iterator[Portal]:
    """One demo for all journeys of a process; each journey takes people of its own."""
    with running_portal(waiting=45) as portal:  # many journeys take somebody who waits
        yield portal


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium for the journeys: while it runs, Django would take the whole process for an asynchronous one."""
    program = os.environ.get("LLAVES_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def entrance(browser: Browser, portal: Portal) -> Iterator[Enter]:
    """Give a browser of their own to each person who enters, and see at the end that no page misbehaved in it.

    Pictures of the pages are kept in the folder that LLAVES_SCREENSHOTS names.
    """
    folder = os.environ.get("LLAVES_SCREENSHOTS")
    guards = []

    def come(name: str = "somebody", screen: tuple[int, int] = WIDE, **options: Any) -> Person:
        size = {"width": screen[0], "height": screen[1]}
        # Contrast is measured of colours that have arrived, not of those on their way.
        known = {"locale": "es-CO", "timezone_id": "America/Bogota", "reduced_motion": "reduce"}
        context = browser.new_context(viewport=size, **known, **options)
        context.set_default_timeout(PATIENCE_MS)
        guards.append(Guard(context))
        return Person(context, portal, Eye(f"{screen[0]}-{name}", folder))

    try:
        yield come
    finally:
        for context in browser.contexts:
            context.close()
    assert [complaint for guard in guards for complaint in guard.complaints()] == []


@pytest.fixture
def enter(browser: Browser, portal: Portal) -> Iterator[Enter]:
    portal.forgets_who_tried()
    with entrance(browser, portal) as enter:
        yield enter


@pytest.fixture
def assigned(enter: Enter) -> tuple[str, str]:
    """The login of a delegate whose keys were assigned, and the ClientSecret of the first environment."""
    official = enter("assigning")
    official.is_official()
    login, values = official.assigns_to_somebody()
    return login, values["Desarrollo"].client_secret
