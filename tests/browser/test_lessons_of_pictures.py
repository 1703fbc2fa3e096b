"""The lessons Gabor and "An image is numbers": a click gives a filter, and lines can be read."""

import pytest
import servers
from looking import IMAGES, main_picture, open_page, other_picture
from playwright.sync_api import expect

GABOR = "convolution?lesson=Gabor"
NUMBERS = "convolution?lesson=An+image+is+numbers"
LINES = {
    "Pixels": "row:row",
    "Grey": "COLOR_RGB2GRAY",
    "Resizing": "small_size",
    "Rotation": "IGNORE_ORIENTATION",
}


@pytest.fixture(scope="module")
def address(browser):
    """The app over an engine that makes its numbers up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


def test_a_learned_kernel_gives_its_filter_to_the_sliders(page, address):
    """A click, and by keys; the answer over the photo is that filter's, and so is the link."""
    open_page(page, address, GABOR)
    before = main_picture(page)
    tiles = page.locator(".tiles[data-drawn] button")
    tiles.nth(3).click()
    after = other_picture(page, before)
    angle = page.get_by_role("slider", name="Angle")
    expect(angle).to_have_value("45")
    expect(page.get_by_role("slider", name="Frequency")).to_have_value("0.2")
    assert "theta=45.0" in page.url
    tiles.nth(3).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    other_picture(page, after)
    expect(angle).to_have_value("60")


def test_a_filter_of_the_bank_opens_by_itself(page, address):
    """With its own frequency and angle; Back leads to the bank again."""
    open_page(page, address, f"{GABOR}&bank=Filter+bank&gabor_on=Digits")
    page.locator(".tiles.fixed[data-drawn] button").nth(6).click()
    expect(page.get_by_role("slider", name="Angle")).to_have_value("90")
    expect(page.get_by_role("slider", name="Frequency")).to_have_value("0.16")
    page.go_back()
    expect(page.locator(".tiles.fixed button")).to_have_count(12)


def test_pictures_and_their_lines_fit_the_projector(page, address):
    """At 1280 x 720 nobody scrolls to read the lines of OpenCV beside a picture."""
    open_page(page, address, NUMBERS)
    for topic in ("Pixels", "Grey", "Resizing", "Rotation"):
        page.get_by_test_id("stMain").get_by_text(topic, exact=True).click()
        expect(page.get_by_test_id("stCode")).to_contain_text(LINES[topic])
        main_picture(page)
        for part in page.locator(f"{IMAGES}, [data-testid=stCode]").all():
            box = part.bounding_box()
            assert box["y"] + box["height"] <= 720, topic
