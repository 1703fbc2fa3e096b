"""The lesson on sizes in a real browser: one pixel is as large everywhere, and all is in sight."""

import pytest
import servers
from looking import FAULTS, open_page
from playwright.sync_api import expect

LESSON = "convolution?lesson=Sizes+and+pooling"
PIXELS = """() => [...document.querySelectorAll('.sizes img')].map(image => {
    const box = image.getBoundingClientRect();
    return [box.width / image.naturalWidth, box.height / image.naturalHeight];
})"""
"""How large a pixel of each picture is on the screen, across and down."""
CELLS = """() => [...document.querySelectorAll('.windows > span')].map(grid => {
    const boxes = [...grid.querySelectorAll('i')].map(cell => cell.getBoundingClientRect());
    const frame = grid.querySelector('u.first')?.getBoundingClientRect();
    return {cell: boxes[0].width, columns: new Set(boxes.map(box => Math.round(box.x))).size,
        frame: frame?.width};
})"""


@pytest.fixture(scope="module")
def made_up():
    """The address of a server whose engine makes its numbers up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (390, 844)])
def test_pixels_are_as_large_in_every_picture(page, made_up, width, height):
    """So half as many look half as large; nothing is cut at the side, all is in sight."""
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, made_up, f"{LESSON}&padding=2&dilation=2")
    expect(page.locator(".sizes img")).to_have_count(4)
    expect(page.locator(FAULTS)).to_have_count(0)
    sizes = [size for pair in page.evaluate(PIXELS) for size in pair]
    assert sizes == pytest.approx([sizes[0]] * 8, rel=0.02)
    grid, result = page.evaluate(CELLS)
    assert (grid["columns"], result["columns"]) == (11, 7)
    assert grid["cell"] == pytest.approx(result["cell"])
    assert grid["frame"] == pytest.approx(5 * grid["cell"], rel=0.01)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    last = page.locator(".sizes figcaption").last.bounding_box()
    assert last["x"] + last["width"] <= width
    if width > 1000:
        assert page.locator(".stMain").evaluate("main => main.scrollHeight") <= height
