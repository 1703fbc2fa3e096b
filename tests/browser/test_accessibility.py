"""Every page without a mouse and without good eyes: axe-core's rules, contrast, keys, what is said.

axe-core finds what rules can find. It does not look into drawings, so their contrast is reckoned
here, and what keys reach is tried.
"""

import re

import pytest
import servers
from axe_playwright_python.sync_playwright import Axe
from looking import TITLES, open_page, settle, title
from playwright.sync_api import expect

WHOLE_PAGE = {"width": 1280, "height": 2400}
GRAVE = {"serious", "critical"}
LEAST_CONTRAST = 4.5
DRAWN = ".js-plotly-plot text, [data-testid=stGraphVizChart] g.node text"
CONTRASTS = """texts => {
    const light = colour => {
        const [red, green, blue] = colour.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const page = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor;
    return texts.filter(text => text.textContent.trim() && !text.closest('.heatmaplayer'))
        .map(text => {
            const box = text.closest('g.node')?.querySelector('path, polygon');
            const label = text.closest('g.hovertext')?.querySelector('path');
            const below = box ?? label;
            const pair = [getComputedStyle(text).fill,
                below ? getComputedStyle(below).fill : page].map(light);
            const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            return [text.textContent, ratio, text.getBoundingClientRect().height];
        });
}"""
"""Text, contrast with what lies below it, and height in pixels of each text in a drawing."""


@pytest.fixture(scope="module")
def made_up():
    """The address of a server whose engine makes its numbers up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


@pytest.fixture(scope="module")
def visitors(browser):
    """A tab in light and one in dark, so tall that all of a page is in sight."""
    contexts = {
        scheme: browser.new_context(viewport=WHOLE_PAGE, color_scheme=scheme)
        for scheme in ("light", "dark")
    }
    yield {scheme: context.new_page() for scheme, context in contexts.items()}
    for context in contexts.values():
        context.close()


def grave(page):
    """The serious findings of axe-core: rule, element, and what is amiss."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        (rule["id"], node["target"], node["failureSummary"])
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", TITLES)
def test_axe_finds_nothing_serious(visitors, made_up, path, scheme):
    """Names, roles, landmarks, order of headings, contrast: on every page, in light and in dark."""
    page = visitors[scheme]
    open_page(page, made_up, path)
    assert title(page) == TITLES[path]
    assert grave(page) == []
    faint = [text for text in page.locator(DRAWN).evaluate_all(CONTRASTS) if text[1] < LEAST_CONTRAST]
    assert faint == []
