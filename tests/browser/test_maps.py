"""Maps in a real browser: bars that can be read, pictures that grow, a scale that is held."""

import pytest
import servers
from looking import open_page, settle
from playwright.sync_api import expect

OVERLAY = ".st-key-growing-overlay img"
BAR = """() => {
    const box = query => [...document.querySelectorAll(query)]
        .map(element => element.getBoundingClientRect()).filter(box => box.width > 0);
    const ticks = box('.stPlotlyChart .cbaxis text');
    const [title] = box('.stPlotlyChart .annotation text');
    const [chart] = box('.stPlotlyChart .main-svg');
    return {lowest: Math.max(...ticks.map(tick => tick.bottom)), count: ticks.length,
        top: title.top, bottom: title.bottom, end: chart.bottom};
}"""
"""Where ticks and title of the map's colour bar lie, in pixels from the top."""


@pytest.fixture(scope="module")
def made_up():
    """The address of a server whose engine makes its numbers up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (390, 844)])
@pytest.mark.parametrize("path", ["class_activation", "pixel_attribution"])
def test_title_of_a_bar_lies_below_its_ticks(page, made_up, path, width, height):
    """On a projector and on a phone: ticks, then the units, all within the chart."""
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, made_up, path)
    bar = page.evaluate(BAR)
    assert bar["count"] >= 2
    assert bar["lowest"] <= bar["top"]
    assert bar["bottom"] <= bar["end"]


@pytest.mark.parametrize("path", ["class_activation", "pixel_attribution", "localize"])
def test_pictures_grow_with_the_window(page, made_up, path):
    """Half as wide again on a screen of 1920 x 1080; on one of 1280 x 720 still in sight."""
    picture = page.locator(".st-key-growing-boxes img" if path == "localize" else OVERLAY)
    open_page(page, made_up, path)
    small = picture.bounding_box()
    assert small["y"] + small["height"] <= 720
    page.set_viewport_size({"width": 1920, "height": 1080})
    settle(page)
    large = picture.bounding_box()
    assert large["width"] >= 1.4 * small["width"]
    assert large["y"] + large["height"] <= 1080
    proportion = small["width"] / small["height"]
    assert large["width"] / large["height"] == pytest.approx(proportion, rel=0.02)


def test_held_scale_outlives_class_and_reload(page, made_up):
    """One click holds it; another class and a reload keep it; Back lets it go."""
    open_page(page, made_up, "class_activation?target=face")
    page.locator("[data-testid=stButtonGroup] button", has_text="Hold").click()
    caption = page.get_by_text("The colour scale is held").last
    expect(caption).to_be_visible()
    held = page.locator(".cbaxis text").last.text_content()
    page.locator(".st-key-best-classes button", has_text="airplane").click()
    settle(page)
    expect(caption).to_be_visible()
    page.reload()
    settle(page)
    expect(caption).to_be_visible()
    assert page.locator(".cbaxis text").last.text_content() == held
    page.go_back()
    page.go_back()
    expect(caption).to_be_hidden()
