"""Compare and trust in a real browser, over the real engine."""

import re

import pytest
from looking import IMAGES, choose, open_page, other_picture, pictures, title
from playwright.sync_api import expect

from cnnviz_core.zoo.cards import find_card
from cnnviz_ui.compare.which_cheats import NETWORKS

PAGE = "compare"
installed = all(find_card(name) for name in NETWORKS.values())


def section(name):
    """The address of a section."""
    return f"{PAGE}?section={name.replace(' ', '+').replace('?', '%3F')}"


def test_two_sides_and_their_difference_are_on_the_screen(page, server):
    """A, B and B - A stand side by side without scrolling; one scale is stated, and a number."""
    open_page(page, server[0], PAGE)
    pictures(page, 3)
    assert title(page) == "Compare"
    boxes = [image.bounding_box() for image in page.locator(IMAGES).all()]
    assert len(boxes) == 3
    assert boxes[0]["y"] < 340
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
    _, second, third = pictures(page, 3)
    choose(page, "B: method", "HiResCAM")
    page.get_by_text("B: HiResCAM").wait_for()
    other_picture(page, second, 1)
    other_picture(page, third, 2)
    pictures(page, 3)
    expect(page).to_have_url(re.compile("b_method=HiResCAM"))
    expect(page).to_have_url(re.compile("a_target=sunflower"))
    expect(page.get_by_text("methods or grids differ")).to_have_count(1)
    page.reload()
    page.get_by_text("B: HiResCAM").wait_for()
    pictures(page, 3)
    expect(page.get_by_role("combobox", name="B: method")).to_have_value("HiResCAM")


def test_a_is_what_was_looked_at(page, server):
    """From a page that explains, by the menu: its class and method are A's, in the link too."""
    open_page(page, server[0], "class_activation?target=sunflower&method=LayerCAM")
    pictures(page, 2 + 6)
    page.get_by_role("link", name="Hold it against another map").click()
    page.get_by_text("A: LayerCAM").wait_for()
    pictures(page, 3)
    expect(page.get_by_role("combobox", name="A: class")).to_have_value("sunflower")
    expect(page.get_by_role("combobox", name="B: class")).to_have_value("sunflower")
    expect(page).to_have_url(re.compile("a_method=LayerCAM"))
    page.reload()
    page.get_by_text("A: LayerCAM").wait_for()
    pictures(page, 3)


def test_a_map_is_checked_where_it_stands(page, server):
    """Opened below the map, both checks say what they found; a reload finds them open."""
    open_page(page, server[0], "class_activation")
    page.get_by_text("Can this map be trusted?").click()
    page.get_by_text("Kept on the way").wait_for()
    page.get_by_text("Similarity: Spearman").wait_for()
    expect(page).to_have_url(re.compile("trust=true"))
    expect(page.locator("[data-testid=stAlert]")).to_have_count(2)
    page.reload()
    page.get_by_text("Kept on the way").wait_for()


def test_many_methods_fill_the_grid(page, server):
    """Six quick methods, each with a picture and what it costs."""
    open_page(page, server[0], section("Many methods"))
    pictures(page, 6)
    expect(page.get_by_text("(one pass)")).to_have_count(6)
    first_row = page.locator(IMAGES).first.bounding_box()
    assert first_row["y"] + first_row["height"] < 720


def test_faithfulness_fills_row_by_row(page, server):
    """Two quick methods and three baselines are measured; curves and words follow."""
    link = f"{section('Faithfulness')}&measured=Grad-CAM&measured=Eigen-CAM&measure=ROAD"
    open_page(page, server[0], link)
    page.get_by_text("Beside the best baseline").wait_for()
    pictures(page, 2)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    table = page.locator("[data-testid=stDataFrame]").bounding_box()
    plot = page.locator(".js-plotly-plot").bounding_box()
    assert table["y"] + table["height"] < 720
    assert plot["y"] + plot["height"] < 720
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(5)
    expect(page.locator(".js-plotly-plot .xtitle")).to_have_text("share of pixels removed (%)")
    expect(page.get_by_text("noise")).to_have_count(1)


def test_randomization_slider_moves(page, server):
    """A further layer gives another map beside the same original, and the link follows."""
    open_page(page, server[0], f"{section('Randomization')}&check_method=Saliency&depth=2")
    slider = page.get_by_role("slider", name="Layers randomized from the top")
    slider.wait_for()
    original, changed = pictures(page, 2)
    expect(slider).to_have_value("2")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("depth=3"))
    other_picture(page, changed, 1)
    assert pictures(page, 2)[0] == original
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(2)


@pytest.mark.skipif(not installed, reason="The two networks of the story are not installed")
def test_only_the_cheat_changes_its_answer(page, server):
    """On the usual background both are right; on another one the second network alone is wrong."""
    open_page(page, server[0], "which_cheats")
    pictures(page, 3)
    boxes = [image.bounding_box() for image in page.locator(IMAGES).all()]
    assert len(boxes) == 3
    assert all(box["y"] + box["height"] < 720 for box in boxes)
    answers = page.locator("dl.facts dd")
    expect(answers).to_have_text([re.compile(": right")] * 2)
    page.get_by_role("button", name="Switch background").click()
    page.get_by_text("A disc on checks").wait_for()
    expect(answers).to_have_text([re.compile("disc"), re.compile("wrong")])
    pictures(page, 3)
    expect(answers).to_have_text([re.compile("disc"), re.compile("wrong")])
    expect(page.get_by_text("shapes-biased")).to_have_count(0)
    page.get_by_text("Reveal").click()
    page.get_by_text("The second network cheats").wait_for()
    expect(page).to_have_url(re.compile("reveal=true"))
