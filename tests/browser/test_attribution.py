"""Class activation, Pixel attribution and Localize in a real browser, over the real engine."""

import json
import re

import pytest
from looking import (
    ALERTS,
    IMAGES,
    PROGRESS,
    choose,
    go_to,
    main_picture,
    open_page,
    other_picture,
    pictures,
    settle,
)
from playwright.sync_api import expect

FACT = "dl.facts dd"


@pytest.mark.parametrize("path", ["class_activation", "pixel_attribution", "localize"])
def test_main_picture_is_on_the_screen(page, server, path):
    """The overlay is large, whole, described, and in sight without scrolling."""
    open_page(page, server[0], path)
    main_picture(page)
    picture = page.locator(IMAGES).first
    box = picture.bounding_box()
    assert box["width"] > 380
    assert box["y"] + box["height"] < 720
    assert page.locator(FACT).first.inner_text() in picture.get_attribute("alt")
    assert picture.evaluate("picture => picture.complete && picture.naturalWidth > 0")


def test_another_method_gives_another_picture(page, server):
    """Choosing a method, from the list or by its small picture, changes overlay and words."""
    open_page(page, server[0], "class_activation")
    first = main_picture(page)
    choose(page, "Method", "Eigen-CAM")
    page.get_by_text("Eigen-CAM at").wait_for()
    second = other_picture(page, first)
    page.get_by_role("button", name="LayerCAM", exact=True).click()
    page.get_by_text("LayerCAM at").first.wait_for()
    assert other_picture(page, second) != first
    expect(page).to_have_url(re.compile("method=LayerCAM"))


def test_link_names_no_method_that_the_page_does_not_offer(page, server):
    """A CAM goes from Localize to Class activation; what is not offered leaves the link."""
    for method, kept in (("LayerCAM", "LayerCAM"), ("Saliency", "Grad-CAM")):
        open_page(page, server[0], f"localize?method={method}")
        go_to(page, "Class activation")
        page.get_by_text(f"{kept} at").first.wait_for()
        settle(page)
        expect(page.get_by_role("combobox", name="Method")).to_have_value(kept)
        link = expect(page)
        check = link.to_have_url if kept == method else link.not_to_have_url
        check(re.compile("method="))


def test_a_click_on_a_class_explains_it(page, server):
    """The list of the best classes chooses the class."""
    open_page(page, server[0], "class_activation?image=flower")
    first = main_picture(page)
    page.locator(".st-key-best-classes button").nth(1).click()
    expect(page).to_have_url(re.compile("target="))
    other_picture(page, first)
    chosen = page.locator(".st-key-best-classes button[kind=secondary]").inner_text()
    assert chosen.startswith(page.locator(FACT).first.inner_text())


def test_contrast_is_another_question(page, server):
    """One class rather than another has its own map and names both classes."""
    open_page(
        page, server[0], "pixel_attribution?target=motorbike&pixel_method=Gradient+times+input"
    )
    alone = main_picture(page)
    choose(page, "Compared with", "rose")
    page.locator(FACT, has_text="motorbike rather than rose").wait_for()
    other_picture(page, alone)
    expect(page).to_have_url(re.compile("against=rose"))


def test_refused_method_leaves_the_page_whole(page, server):
    """CAM on a network with two dense layers is a sentence; the other methods still show."""
    open_page(page, server[0], "class_activation?model=lecture-binary&method=CAM")
    page.locator("[data-testid=stAlert]", has_text="CAM needs a network that ends in").wait_for()
    pictures(page, 5)


def test_many_passes_show_progress_and_a_growing_map(page, server):
    """RISE counts its masks, shows the map so far, stops when asked and keeps what it has."""
    page.goto(f"{server[0]}/pixel_attribution?pixel_method=RISE&amount=4000&seed=11")
    page.locator(PROGRESS, has_text="RISE: step").wait_for()
    page.locator("img.passing").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.locator(ALERTS, has_text="RISE: cancelled").wait_for()
    page.get_by_role("button", name="Run it").wait_for()
    settle(page)
    expect(page.locator("img.passing")).to_have_count(1)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_box_follows_the_threshold(page, server):
    """A link's threshold is the page's; a higher one gives a smaller box, in the JSON too."""
    areas = []
    for threshold in ("0.3", "0.8"):
        open_page(page, server[0], f"localize?image=flower&threshold={threshold}")
        assert len(set(pictures(page, 2))) == 2
        with page.expect_download() as download:
            page.get_by_role("button", name="JSON").click()
        document = json.loads(download.value.path().read_text(encoding="utf-8"))
        assert document["threshold"] == float(threshold)
        box = document["boxes"][0]
        areas.append(box["b_h"] * box["b_w"])
        assert 0 <= box["left"] < box["right"] <= document["width"]
    assert areas[1] < areas[0]
