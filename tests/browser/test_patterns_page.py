"""Filter patterns in a real browser, over patterns that are made up at once."""

import re

import pytest
import servers
from looking import PROGRESS, open_page, settle
from playwright.sync_api import expect

FRAMES = """async image => {
    const data = await (await fetch(image.src)).arrayBuffer();
    const decoder = new ImageDecoder({ data, type: 'image/webp' });
    await decoder.tracks.ready;
    return [decoder.tracks.selectedTrack.frameCount, image.naturalWidth];
}"""
"""Pictures in a film, and how wide they are."""


@pytest.fixture(scope="module")
def made_up():
    """The address of a server whose engine makes its patterns up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


def test_a_tile_opens_its_filter_and_the_link_says_so(page, made_up):
    """The filter that a tile names is the one a click opens, and a reload keeps it."""
    open_page(page, made_up, "patterns?layer=stem_conv&seed=3")
    tile = page.get_by_role("button", name="filter 17: activation")
    expect(tile).to_have_accessible_name(re.compile("filter 17: activation [0-9.]+"))
    tile.click()
    expect(page).to_have_url(re.compile(r"[?&]channel=17(&|$)"))
    page.reload()
    expect(page.get_by_role("spinbutton", name="Channel")).to_have_value("17")
    expect(page.get_by_text("stem_conv, channel 17: an input")).to_be_visible()


def test_the_film_moves(page, made_up):
    """Played, the picture is an animated file that the browser can show."""
    open_page(page, made_up, "patterns?mode=One+filter&layer=stem_conv&channel=7")
    page.get_by_text("Play how it grew").click()
    film = page.locator("img.film:visible")
    film.wait_for()
    expect(page).to_have_url(re.compile("play=true"))
    assert film.evaluate(FRAMES) == [24, 192]


def test_a_film_stands_still_for_whoever_asked_for_less_motion(page, made_up):
    """It is the last picture alone, of the same size."""
    page.emulate_media(reduced_motion="reduce")
    open_page(page, made_up, "patterns?mode=One+filter&layer=stem_conv&channel=7&play=true")
    film = page.locator("img.film:visible")
    film.wait_for()
    assert film.evaluate(FRAMES) == [1, 192]


def test_the_first_rows_are_on_a_projectors_screen(page, made_up):
    """Without scrolling one sees where the sheet begins, three rows of it at least."""
    open_page(page, made_up, "patterns?layer=stem_conv")
    expect(page.locator(PROGRESS)).to_have_count(0)
    settle(page)
    tiles = page.get_by_role("button", name=": activation")
    expect(tiles).to_have_count(32)
    boxes = [tile.bounding_box() for tile in tiles.all()]
    rows = sorted({box["y"] for box in boxes if box["y"] + box["height"] < 720})
    assert len(rows) >= 3
    assert boxes[0]["width"] >= 70
