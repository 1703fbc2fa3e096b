"""Compare and trust in a real browser, over the real engine."""

import pytest
from looking import choose, open_page, picture_sources, settle, title

from cnnviz_core.zoo import find_card
from cnnviz_ui.story import NETWORKS

PAGE = "compare"
IMAGES = "[data-testid=stMain] [data-testid=stImage] img"
installed = all(find_card(name) for name in NETWORKS.values())


def wait_for_images(page, count):
    """Wait until so many pictures are on the page, and loaded."""
    page.wait_for_function(
        "([path, count]) => {const all = [...document.querySelectorAll(path)];"
        "return all.length >= count && all.every(one => one.complete && one.naturalWidth > 0)}",
        arg=[IMAGES, count],
        timeout=90_000,
    )
    settle(page)


def section(name):
    """The address of a section."""
    return f"{PAGE}?section={name.replace(' ', '+').replace('?', '%3F')}"


def test_two_sides_and_their_difference_are_on_the_screen(page, server):
    """A, B and B - A stand side by side without scrolling; one scale is stated, and a number."""
    open_page(page, server[0], PAGE)
    wait_for_images(page, 3)
    assert title(page) == "Compare and trust"
    boxes = [image.bounding_box() for image in page.locator(IMAGES).all()]
    assert len(boxes) == 3
    assert boxes[0]["y"] < 300
    for box in boxes:
        assert box["width"] > 250
        assert box["y"] + box["height"] < 720
    assert len({round(box["y"]) for box in boxes}) == 1
    scale = page.get_by_text("One colour scale").bounding_box()
    assert scale["y"] + scale["height"] < 720
    number = page.locator("dl.facts dd").last
    assert -1 <= float(number.inner_text()) <= 1
    assert all(image.get_attribute("alt") for image in page.locator(IMAGES).all())


def test_another_method_changes_one_side_alone(page, server):
    """Another method for B changes B's and the difference, and the link."""
    open_page(page, server[0], f"{PAGE}?a_target=sunflower&b_target=sunflower")
    wait_for_images(page, 3)
    _, second, third = picture_sources(page)
    choose(page, "Method of B", "HiResCAM")
    page.get_by_text("B: HiResCAM").wait_for()
    wait_for_images(page, 3)
    assert "b_method=HiResCAM" in page.url
    assert "a_target=sunflower" in page.url
    after = picture_sources(page)
    assert after[1] != second
    assert after[2] != third
    assert page.get_by_text("methods or grids differ").count() == 1
    page.reload()
    page.get_by_text("B: HiResCAM").wait_for()
    wait_for_images(page, 3)
    assert page.get_by_role("combobox", name="Method of B").input_value() == "HiResCAM"


def test_many_methods_fill_the_grid(page, server):
    """Six quick methods, each with a picture and what it costs."""
    open_page(page, server[0], section("Many methods"))
    wait_for_images(page, 6)
    assert page.locator(IMAGES).count() == 6
    assert page.get_by_text("(one pass)").count() == 6
    first_row = page.locator(IMAGES).first.bounding_box()
    assert first_row["y"] + first_row["height"] < 720


def test_faithfulness_fills_row_by_row(page, server):
    """Two quick methods and three baselines are measured; curves and words follow."""
    link = f"{section('Faithfulness')}&measured=Grad-CAM&measured=Eigen-CAM&measure=ROAD"
    open_page(page, server[0], link)
    wait_for_images(page, 2)
    page.get_by_text("Beside the best baseline").wait_for(timeout=180_000)
    settle(page)
    assert page.get_by_role("button", name="Cancel").count() == 0
    table = page.locator("[data-testid=stDataFrame]").bounding_box()
    plot = page.locator(".js-plotly-plot").bounding_box()
    assert table["y"] + table["height"] < 720
    assert plot["y"] + plot["height"] < 720
    assert page.locator(".js-plotly-plot .scatterlayer .trace").count() == 5
    axis = page.locator(".js-plotly-plot .xtitle").text_content()
    assert axis == "share of pixels removed (%)"
    assert page.get_by_text("noise").count() == 1


def test_randomization_slider_moves(page, server):
    """A further layer gives another map beside the same original, and the link follows."""
    open_page(page, server[0], f"{section('Randomization')}&check_method=Saliency&depth=2")
    slider = page.get_by_role("slider", name="Layers randomized from the top")
    slider.wait_for(timeout=180_000)
    wait_for_images(page, 2)
    assert slider.input_value() == "2"
    original, changed = picture_sources(page)[:2]
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**depth=3*")
    page.wait_for_function(
        "([path, before]) => document.querySelectorAll(path)[1]?.src.indexOf(before) < 0",
        arg=[IMAGES, changed],
    )
    wait_for_images(page, 2)
    assert picture_sources(page)[0] == original
    assert page.locator(".js-plotly-plot .scatterlayer .trace").count() == 2


@pytest.mark.skipif(not installed, reason="The two networks of the story are not installed")
def test_only_the_cheat_changes_its_answer(page, server):
    """On the usual background both are right; on another one the second network alone is wrong."""
    open_page(page, server[0], section("Which one cheats?"))
    wait_for_images(page, 3)
    boxes = [image.bounding_box() for image in page.locator(IMAGES).all()]
    assert len(boxes) == 3
    assert all(box["y"] + box["height"] < 720 for box in boxes)
    answers = page.locator("dl.facts dd")
    assert all(": right" in words for words in answers.all_inner_texts())
    page.get_by_role("button", name="Switch the background").click()
    page.get_by_text("A disc on checks").wait_for()
    wait_for_images(page, 3)
    first, second = answers.all_inner_texts()
    assert "disc" in first
    assert "wrong" in second
    assert page.get_by_text("shapes-biased").count() == 0
    page.get_by_text("Reveal").click()
    page.get_by_text("The second network cheats").wait_for()
    assert "reveal=true" in page.url
