"""What tests look for on a page.

A slow machine draws a page late and in parts, so nothing is read before what it depends on was
waited for: `settle` waits until a page is whole, `expect` of Playwright and `other_picture` until
what an action leads to is there.
"""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from cnnviz_ui.frame import shell
from tests.places import ROOT

FAULTS = "[data-testid=stException]"
ALERTS = "[data-testid=stAlert]"
PROGRESS = "[data-testid=stProgress]"
IMAGES = "[data-testid=stMain] [data-testid=stImage] img"
CHECKED = ".st-key-photo-picker [role=radiogroup] input:checked"
"""The photo that is chosen; pages may have radio buttons of their own."""
UNFINISHED = f"{PROGRESS}, [data-testid^=stSkeleton], [data-stale=true]"
WHOLE = """([unfinished, images]) => {
    const app = document.querySelector('[data-testid=stApp]')?.dataset;
    const drawn = app?.testConnectionState === 'CONNECTED'
        && app.testScriptState === 'notRunning'
        && document.querySelector('header.opening h1')
        && !document.querySelector(unfinished);
    const all = [...document.querySelectorAll(images)];
    if (!drawn || !all.every(image => image.complete && image.naturalWidth > 0)) return '';
    const places = all.map(image => [image.src, Object.values(image.getBoundingClientRect())]);
    return document.querySelector('[data-testid=stMain]').innerText + JSON.stringify(places);
}"""
"""What a page shows that is connected and idle, all work done and all pictures loaded; else ''."""
PATIENCE = 180.0


def _opens_with(name):
    """The title in the head of a page."""
    text = (ROOT / "pages" / f"{name}.py").read_text(encoding="utf-8")
    return re.search(r'opening\(\s*"([^"]+)"', text)[1]


TITLES = {name: _opens_with(name) for name, _, _ in shell.PAGES[1:]}
TITLES = {"": _opens_with(shell.PAGES[0][0])} | TITLES
"""Of every page, by its path."""
MENUS = {title: menu for menu, pages in shell.GROUPS.items() for _, title, _ in pages}
"""The menu that each page is in, by what it is called there; Start stands by itself."""


def open_page(page, address, path=""):
    """Open a page and wait until it is whole."""
    page.goto(f"{address}/{path}")
    settle(page)


def settle(page):
    """Wait until the page is whole: nothing runs, nothing is waited for, nothing moves."""
    deadline = time.monotonic() + PATIENCE
    before, now = "", page.evaluate(WHOLE, [UNFINISHED, IMAGES])
    while now == "" or now != before:
        assert time.monotonic() < deadline, f"{page.url} did not come to rest: {now[-500:]!r}"
        page.wait_for_timeout(300)
        before, now = now, page.evaluate(WHOLE, [UNFINISHED, IMAGES])
    assert page.locator(FAULTS).count() == 0


def go_to(page, name):
    """Follow the menus to a page as a visitor does; a page that is loaded is another session."""
    if MENUS[name]:
        page.get_by_test_id("stTopNavSection").filter(has_text=MENUS[name]).click()
        page.get_by_role("menuitem", name=name, exact=True).click()
    else:
        page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
    expect(page).to_have_title(f"{name} · cnnviz")
    settle(page)


def title(page):
    """The title of the page."""
    return page.inner_text("header.opening h1")


def pictures(page, count):
    """Where the pictures of a page with so many come from; another picture has another source."""
    images = page.locator(IMAGES)
    expect(images).to_have_count(count)
    settle(page)
    sources = images.evaluate_all("images => images.map(image => image.getAttribute('src'))")
    assert len(sources) == count
    return sources


def main_picture(page):
    """Where the page's first picture comes from, once the page is whole."""
    page.locator(IMAGES).first.wait_for()
    settle(page)
    return page.locator(IMAGES).first.get_attribute("src")


def other_picture(page, before, position=0):
    """Wait until another picture stands in the place of one, and give its source."""
    picture = page.locator(IMAGES).nth(position)
    expect(picture).not_to_have_attribute("src", before)
    settle(page)
    source = picture.get_attribute("src")
    assert source != before
    return source


def choose(page, label, option):
    """Choose from a list by typing, as one does with a thousand classes."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()
