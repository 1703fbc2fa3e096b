"""Filter patterns in a real browser, over patterns that are made up at once."""

import re

import pytest
import servers
from looking import PROGRESS, open_page, settle
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def made_up():
    """The address of a server whose engine makes its patterns up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


def test_a_tile_opens_its_filter_and_the_link_says_so(page, made_up):
    """The filter that the pointer names is the one a click opens, and a reload keeps it."""
    open_page(page, made_up, "patterns?layer=stem_conv&seed=3")
    tile = page.locator(".tiles[data-drawn] button").nth(4)
    index = re.match(r"filter (\d+): activation", tile.get_attribute("aria-label")).group(1)
    tile.click()
    expect(page).to_have_url(re.compile(rf"[?&]channel={index}(&|$)"))
    page.reload()
    expect(page.get_by_role("spinbutton", name="Channel")).to_have_value(index)
    expect(page.get_by_text(f"stem_conv, channel {index}: an input")).to_be_visible()


def test_the_film_moves(page, made_up):
    """Played, the picture is an animated file that the browser can show."""
    open_page(page, made_up, "patterns?mode=One+filter&layer=stem_conv&channel=7")
    page.get_by_text("Play how it grew").click()
    film = page.locator("img.film")
    film.wait_for()
    expect(page).to_have_url(re.compile("play=true"))
    frames = """async image => {
        const data = await (await fetch(image.src)).arrayBuffer();
        const decoder = new ImageDecoder({ data, type: 'image/webp' });
        await decoder.tracks.ready;
        return [decoder.tracks.selectedTrack.frameCount, image.naturalWidth];
    }"""
    assert film.evaluate(frames) == [24, 192]


def test_the_first_rows_are_on_a_projectors_screen(page, made_up):
    """Without scrolling one sees where the sheet begins, three rows of it at least."""
    open_page(page, made_up, "patterns?layer=stem_conv")
    expect(page.locator(PROGRESS)).to_have_count(0)
    settle(page)
    third_row = page.locator(".tiles[data-drawn] button").nth(2 * 11).bounding_box()
    assert third_row["y"] + third_row["height"] <= 720
