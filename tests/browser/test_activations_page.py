"""Activations and Filters: tiles by mouse and by keys, steps by arrow keys, any screen."""

import re

import pytest
import servers
from looking import open_page, settle
from playwright.sync_api import expect

MARKED = ".tiles button[aria-current]"
FOCUSED = """() => {
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    return focused.getAttribute('aria-label');
}"""


@pytest.fixture(scope="module")
def address(browser):
    """The app over made-up numbers."""
    with servers.serving(stand_in=True) as (served, _):
        yield served


def tiles(page):
    """The buttons of the page's tiles, drawn."""
    page.locator(".tiles[data-drawn]").first.wait_for()
    return page.locator(".tiles button")


def test_fast_clicks_end_on_the_last(page, address):
    """Two tiles a tenth of a second apart: large map, control, link and frame are the second's."""
    open_page(page, address, "activations")
    for first, last in ((3, 9), (12, 20), (30, 7), (7, 8)):
        tiles(page).nth(first).click()
        page.wait_for_timeout(100)
        tiles(page).nth(last).click()
        expect(page).to_have_url(re.compile(f"channel={last}$"))
        settle(page)
        expect(page.get_by_role("spinbutton", name="Channel")).to_have_value(str(last))
        expect(page.locator(MARKED)).to_have_attribute("aria-label", re.compile(f"channel {last},"))
        expect(page.get_by_text(f"stem_relu, channel {last},")).to_be_visible()


def test_arrow_keys_step_through_layers_and_channels(page, address):
    """After a click on a tile too; not while typing, nor with a modifier."""
    open_page(page, address, "activations?channel=4")
    layer = page.get_by_role("combobox", name="Layer")
    channel = page.get_by_role("spinbutton", name="Channel")
    tiles(page).nth(6).click()
    expect(channel).to_have_value("6")
    settle(page)
    for key, number in (("ArrowDown", "7"), ("ArrowDown", "8"), ("ArrowUp", "7")):
        page.keyboard.press(key)
        expect(channel).to_have_value(number)
        settle(page)
    page.keyboard.press("ArrowRight")
    expect(layer).to_have_value("stage1_relu1")
    settle(page)
    page.keyboard.press("Control+ArrowLeft")
    channel.focus()
    page.keyboard.press("ArrowLeft")
    settle(page)
    expect(layer).to_have_value("stage1_relu1")
    page.locator("h1").click()
    page.keyboard.press("ArrowLeft")
    expect(layer).to_have_value("stem_relu")
    expect(channel).to_have_value("7")


def test_tiles_are_walked_through_and_opened_by_keys(page, address):
    """One stop of Tab; arrows go by place, and are no keys of the page meanwhile."""
    open_page(page, address, "activations?channel=0")
    assert tiles(page).evaluate_all("all => all.filter(tile => tile.tabIndex === 0).length") == 1
    tiles(page).first.focus()
    for key, number in (("ArrowRight", 1), ("ArrowDown", 9), ("ArrowLeft", 8), ("End", 31)):
        page.keyboard.press(key)
        assert page.evaluate(FOCUSED).startswith(f"channel {number},")
    assert "channel=0" in page.url or "channel=" not in page.url
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("channel=8$"))
    settle(page)
    assert page.evaluate(FOCUSED).startswith("channel 8,")


@pytest.mark.parametrize(
    ("width", "height", "least", "across"),
    [(390, 844, 80, 4), (1280, 720, 70, 8), (1920, 1080, 100, 8)],
)
def test_tiles_can_be_seen_on_any_screen(page, address, width, height, least, across):
    """As many a row as fit; beside each other with photo and map where there is room."""
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, address, "activations")
    boxes = [tile.bounding_box() for tile in tiles(page).all()]
    assert min(box["width"] for box in boxes) >= least
    assert len({round(box["x"]) for box in boxes}) == across
    if width >= 1280:
        large = page.locator("[class*=st-key-channel-] .js-plotly-plot").bounding_box()
        assert large["y"] + large["height"] <= height
        assert boxes[across]["y"] + boxes[across]["height"] <= height


def test_a_layer_of_all_is_opened(page, address):
    """Its tile leads to its channels, in one step that Back undoes."""
    open_page(page, address, "activations?shown=All+layers")
    tiles(page).nth(1).click()
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("stage1_relu1")
    expect(page).to_have_url(re.compile("layer=stage1_relu1$"))
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"shown=All\+layers$"))
    settle(page)
    expect(tiles(page)).to_have_count(4)
