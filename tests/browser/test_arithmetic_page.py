"""The arithmetic of a unit under the pointer: its sum, its keys, the way down, any screen."""

import re
import sys

import numpy as np
import pytest
import servers
from looking import open_page, settle
from playwright.sync_api import expect

from cnnviz_core.lab.combining import arithmetic_at
from cnnviz_engine.requests.arithmetic import WorkingsRequest
from tests.places import ROOT

sys.path.append(str(ROOT / "tests" / "ui"))
import standin

STEM = "activations?shown=Arithmetic&layer=stem_relu&channel=3"


@pytest.fixture(scope="module")
def address(browser):
    """The app over made-up numbers."""
    with servers.serving(stand_in=True) as (served, _):
        yield served


def opened(page, address, path):
    """Open a unit's arithmetic and wait until it is drawn."""
    open_page(page, address, path)
    drawn(page)


def drawn(page):
    """Wait until the page is whole and the numbers are those of its unit."""
    settle(page)
    page.locator(".unit[data-drawn]").wait_for()


def number(page, selector):
    """A number in full, as pointing at it tells."""
    return float(page.locator(selector).first.get_attribute("title"))


def point_at(page, y, x, shape):
    """Move the pointer to the middle of a pixel of the map."""
    box = page.locator(".map").bounding_box()
    page.mouse.move(
        box["x"] + (x + 0.5) * box["width"] / shape[1],
        box["y"] + (y + 0.5) * box["height"] / shape[0],
    )


def workings(layer, channel):
    """What the stand-in is made of."""
    request = WorkingsRequest(model="photos20", image="0" * 64, layer=layer, channel=channel)
    return standin.StandInEngine()._workings(request)


def test_pointing_adds_up_without_asking_anybody(page, address):
    """Sums, rest, bias and value are NumPy's, in the middle and where the window is padded."""
    frames = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))
    opened(page, address, "activations?shown=Arithmetic&layer=stage1_relu1&channel=3")
    found = workings("stage1_relu1", 3)
    shape = found.values.shape
    sent = len(frames)
    for y, x in ((0, 0), (7, 19), (31, 31), (16, 4)):
        point_at(page, y, x, shape)
        expect(page.locator(".place")).to_have_text(f"row {y}, column {x}")
        unit = arithmetic_at(found, y, x)
        assert number(page, ".result .total") == pytest.approx(unit.total, rel=1e-6)
        assert number(page, ".result .value") == pytest.approx(max(unit.total, 0), rel=1e-6)
        sums = [float(sum_.get_attribute("title")) for sum_ in page.locator(".term .sum b").all()]
        np.testing.assert_allclose(sums, [term.total for term in unit.terms[: len(sums)]], 1e-5)
        first = page.locator(".term").first
        cells = first.locator(".grid-of-numbers").nth(2).locator("span").all()
        products = [float(cell.get_attribute("title")) for cell in cells]
        np.testing.assert_allclose(products, unit.terms[0].products.ravel(), 1e-5)
        assert first.locator(".grid-of-numbers").first.locator(".padding").count() == np.sum(
            unit.padded
        )
        others = page.locator(".more .chip").last.inner_text()
        assert others.startswith(f"and {len(unit.terms) - 6} more channels: ")
    assert len(frames) == sent


def test_arrow_keys_move_the_pixel_and_enter_keeps_it(page, address):
    """They are no keys of the page meanwhile; what was found is said."""
    opened(page, address, f"{STEM}&unit=10,20")
    page.locator(".map").focus()
    for key, words in (("ArrowRight", "row 10, column 21"), ("ArrowUp", "row 9, column 21")):
        page.keyboard.press(key)
        expect(page.locator(".place")).to_have_text(words)
    expect(page.locator(".said")).to_have_text(re.compile("^Row 9, column 21: sum .*, value "))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"unit=9(,|%2C)21"))
    settle(page)
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("stem_relu")
    expect(page.get_by_role("spinbutton", name="Channel")).to_have_value("3")


def test_a_click_goes_down_and_back_comes_back(page, address):
    """To the pixel that gave most; by the crumb of the trail, and by the browser's Back."""
    opened(page, address, "activations?shown=Arithmetic&layer=stage1_relu1&channel=3&unit=7,19")
    unit = arithmetic_at(workings("stage1_relu1", 3), 7, 19)
    best = unit.terms[0]
    i, j = np.unravel_index(np.abs(best.products).argmax(), best.products.shape)
    page.locator(".term button").first.click()
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("stem_relu")
    expect(page.locator(".place")).to_have_text(f"row {unit.rows[i]}, column {unit.columns[j]}")
    drawn(page)
    channel = page.get_by_role("spinbutton", name="Channel")
    expect(channel).to_have_value(str(best.source.channel))
    crumbs = page.locator(".trail button")
    expect(crumbs).to_have_count(2)
    page.go_back()
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("stage1_relu1")
    drawn(page)
    expect(page.locator(".place")).to_have_text("row 7, column 19")
    expect(crumbs).to_have_count(0)
    page.go_forward()
    expect(crumbs).to_have_count(2)
    drawn(page)
    crumbs.first.click()
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("stage1_relu1")
    drawn(page)
    expect(page.locator(".place")).to_have_text("row 7, column 19")


def test_a_filter_leads_down_from_filters(page, address):
    """Its way goes on among the activations."""
    opened(page, address, "filters?shown=Arithmetic+on+the+photo&layer=stage1_conv1&channel=5")
    page.locator(".term button").first.click()
    expect(page).to_have_title("Activations · cnnviz")
    drawn(page)
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("stem_relu")
    expect(page.locator(".trail button")).to_have_count(2)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_fits_the_screen(page, address, width, height):
    """A phone shows the map first; a projector map, grids and value without scrolling."""
    page.set_viewport_size({"width": width, "height": height})
    opened(page, address, STEM)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = {name: page.locator(name).bounding_box() for name in (".map", ".terms", ".result")}
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes.values())
    grids = [grid.bounding_box() for grid in page.locator(".grid-of-numbers").all()]
    assert max(box["x"] + box["width"] for box in grids) <= width
    if width < height:
        assert boxes[".map"]["y"] + boxes[".map"]["height"] <= boxes[".terms"]["y"]
    else:
        assert boxes[".result"]["y"] + boxes[".result"]["height"] <= height
