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


def grave_and_lasting(page):
    """The serious findings that stay: what is being redrawn is faint, but for a moment."""
    looks = 40
    while (found := grave(page)) and (looks := looks - 1):
        page.wait_for_timeout(250)
    return found


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
    texts = page.locator(DRAWN).evaluate_all(CONTRASTS)
    assert [text for text in texts if text[1] < LEAST_CONTRAST] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_units_arithmetic_is_heard_and_read(visitors, made_up, scheme):
    """Its map, grids, numbers and way here, by axe's rules."""
    page = visitors[scheme]
    walk = "walk=0%2C0%2C5%2Cstage2_add&walk=0%2C0%2C7%2Cstage1_relu1"
    open_page(page, made_up, f"activations?shown=Arithmetic&layer=stage1_relu1&channel=7&{walk}")
    expect(page.locator(".trail button")).to_have_count(2)
    page.locator(".unit[data-drawn]").wait_for()
    assert grave(page) == []


def focused(page):
    """What the element with the focus is called."""
    return page.evaluate("""() => {
        let place = document;
        while (place.activeElement?.shadowRoot) place = place.activeElement.shadowRoot;
        return place.activeElement.getAttribute('aria-label');
    }""")


def test_tiles_are_stepped_through_and_opened_by_key(page, made_up):
    """One stop of the Tab key, arrows from tile to tile, and Enter opens, as a click does."""
    open_page(page, made_up, "activations?channel=3&layer=stem_relu")
    tiles = page.get_by_role("button", name=re.compile(r"^channel \d+"))
    expect(tiles).to_have_count(32)
    assert tiles.evaluate_all("all => all.filter(tile => tile.tabIndex === 0).length") == 1
    tiles.nth(3).focus()
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("channel 4,")
    page.keyboard.press("ArrowDown")
    below = focused(page)
    assert re.fullmatch(r"channel (1[0-9]|2[0-9]), .*", below)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"channel={re.findall(r'[0-9]+', below)[0]}"))
    settle(page)
    expect(tiles.and_(page.locator("[aria-current=true]"))).to_have_accessible_name(below)
    assert focused(page) == below


def test_values_of_a_map_are_read_by_key(page, made_up):
    """The largest first; each step says row, column and value, which Plotly's label shows too."""
    open_page(page, made_up, "class_activation")
    field = page.get_by_role("application").first
    said = page.locator(".chart-keys [role=status]").first
    field.focus()
    expect(said).to_have_text(re.compile(r"row (\d+), column (\d+), logit [0-9.]+"))
    first = said.text_content()
    page.keyboard.press("ArrowRight")
    expect(said).not_to_have_text(first)
    row, column, value = re.findall(r"[0-9.]+", said.text_content())
    before = re.findall(r"[0-9.]+", first)
    assert (row, int(column)) == (before[0], int(before[1]) + 1)
    assert float(value) <= float(before[2])
    expect(page.locator(".hoverlayer .hovertext").first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "last"),
    [("class_activation", 7), ("pixel_attribution", None), ("filters", 6), ("activations", 63)],
)
def test_the_cursor_stands_on_the_cell_that_is_read(page, made_up, path, last):
    """From corner to corner, of maps of any size and shape on the page."""
    open_page(page, made_up, path)
    said = page.locator(".chart-keys [role=status]").first
    page.get_by_role("application").first.focus()
    for key in ("Home", *["PageUp"] * 20):
        page.keyboard.press(key)
    expect(said).to_have_text(re.compile("^row 0, column 0, "))
    for key in ("End", *["PageDown"] * 20):
        page.keyboard.press(key)
    expect(said).to_have_text(re.compile(f"^row {last or '[0-9]+'}, column {last or '[0-9]+'}, "))


def test_results_are_announced_once(page, made_up):
    """What came of a choice is said in a live region, and not again when nothing is new."""
    open_page(page, made_up, "class_activation?target=face")
    region = page.get_by_role("status").and_(page.locator("#announcements"))
    expect(region).to_have_text(re.compile(r"Grad-CAM[^:]*: face, 25\.0\s%"))
    page.locator(".st-key-best-classes button", has_text="airplane").click()
    expect(region).to_have_text(re.compile("^Grad-CAM[^:]*: airplane"))
    settle(page)
    told = region.get_attribute("data-number")
    page.get_by_text("Options").click()
    page.get_by_role("slider").press("ArrowRight")
    settle(page)
    assert region.get_attribute("data-number") == told


def test_what_a_page_waits_for_is_announced(visitors, browser):
    """Where a job stands is said, in a live region; the page that waits has no serious fault."""
    with servers.serving(stand_in=True, waiting=True) as (address, _):
        page = visitors["dark"]
        page.emulate_media(reduced_motion="reduce")  # a fading caption is faint while it fades
        page.goto(f"{address}/class_activation")
        expect(page.get_by_role("progressbar").first).to_be_visible()
        region = page.locator("#announcements[role=status][aria-live=polite]")
        expect(region).to_have_text("Grad-CAM: step 3 of 10, about 4 seconds left")
        assert grave_and_lasting(page) == []
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Run it").wait_for()
        assert grave_and_lasting(page) == []


def test_a_box_of_the_graph_opens_the_maps_of_its_layer(page, made_up):
    """By key and by pointer, in the same session; Back finds the graph again."""
    open_page(page, made_up, "architecture?image=coffee")
    boxes = page.locator("g.node[role=button]")
    expect(boxes).to_have_count(5)
    expect(page.locator("g.node")).to_have_count(7)
    boxes.first.focus()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Open the maps of stem_conv"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    layer = page.get_by_role("combobox", name="Layer", exact=True)
    expect(layer).to_have_value("stage1_conv1")
    assert title(page) == TITLES["activations"]
    expect(page).to_have_url(re.compile("image=coffee"))
    page.go_back()
    boxes.filter(has_text="stage2_add").click()
    expect(layer).to_have_value("stage2_add")
