"""A real browser, and the app it looks at."""

import shutil
from pathlib import Path

import pytest
import servers

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 180_000
"""Milliseconds that a cold, busy machine may take for anything at all, such as loading TensorFlow
and the first model."""


def pytest_collection_modifyitems(items):
    """Whatever lies in this folder drives a browser."""
    folder = Path(__file__).parent
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="module")
def browser():
    """Chromium without a screen."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if path is None:
        pytest.skip("No Chromium is installed: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(browser):
    """The app with its real engine, warm: its address and its web process.

    Its first request ever is a deep link.
    """
    with servers.serving() as (address, process):
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/class_activation?image=astronaut")
        page.wait_for_selector("[data-testid=stImage] img")
        page.close()
        yield address, process


@pytest.fixture
def page(browser):
    """A new visitor, on a projector's screen; a fault in the page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    faults = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    context.close()
    assert not faults
