"""Every page fits every screen, and every page is reached without a mouse; over made-up numbers."""

import pytest
import servers
from looking import MENUS, TITLES, choose, main_picture, open_page, other_picture, settle
from playwright.sync_api import expect

from cnnviz_ui.frame import shell

PHONE = {"width": 390, "height": 844}
PICTURES = (
    "[data-testid=stMain] :is([data-testid=stImage] img, .js-plotly-plot, "
    "[data-testid=stGraphVizChart] svg, .tiles[data-drawn], .sliding[data-drawn])"
)
CONTROLS = "[data-testid=stMain] :is([role=combobox], [role=spinbutton], [role=slider])"
WIDER = """[document.scrollingElement, document.querySelector('[data-testid=stMain]')]
    .map(place => place.scrollWidth - place.clientWidth)"""
"""How much wider the page is than what is seen of it."""


@pytest.fixture(scope="module")
def made_up():
    """The address of a server whose engine makes its numbers up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


def test_every_page_is_reached_with_keys_alone(page, made_up):
    """Enter opens a menu, arrows go through it, Enter goes to the page; every menu is in sight."""
    open_page(page, made_up)
    for menu, pages in shell.GROUPS.items():
        for position, (name, label, _) in enumerate(pages):
            if menu:
                button = page.get_by_test_id("stTopNavSection").filter(has_text=menu)
                expect(button).to_be_in_viewport()
                button.focus()
                page.keyboard.press("Enter")
                expect(page.get_by_role("menuitem").first).to_be_focused()
                for _ in range(position):
                    page.keyboard.press("ArrowDown")
            else:
                page.get_by_test_id("stTopNavLink").filter(has_text=label).focus()
            page.keyboard.press("Enter")
            expect(page).to_have_title(f"{label} · cnnviz")
            expect(page.locator("h1")).to_have_text(TITLES[name if menu else ""])
            if menu:
                expect(button).to_have_css("font-weight", "650")


def test_arrows_stay_out_of_what_is_covered(page, made_up):
    """They open a menu, and below a picture that fills the screen nothing is pressed."""
    open_page(page, made_up, "activations")
    at_first = page.url
    page.get_by_test_id("stTopNavSection").filter(has_text="Explain").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fullscreen").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Close fullscreen")).to_be_visible()
    page.keyboard.press("ArrowRight")
    settle(page)
    assert page.url == at_first


def test_arrows_in_an_open_menu_are_the_menus(page, made_up):
    """They go through it, and press none of the buttons that they press on the page."""
    open_page(page, made_up, "activations")
    at_first = page.url
    page.get_by_test_id("stTopNavSection").filter(has_text="See").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem").nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    settle(page)
    assert page.url == at_first
    page.evaluate("document.activeElement.blur()")  # with the focus on it an arrow opens the menu
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**channel=*")


@pytest.mark.parametrize("path", TITLES)
def test_a_phone_shows_the_picture_first(page, made_up, path):
    """Nothing is wider than the screen, and no list, number or slider stands above the picture."""
    page.set_viewport_size(PHONE)
    open_page(page, made_up, path)
    assert page.evaluate(WIDER) == [0, 0]
    top = page.locator(PICTURES).first.bounding_box()["y"]
    assert top < PHONE["height"] - 100
    shown = [control for control in page.locator(CONTROLS).all() if control.is_visible()]
    assert [control for control in shown if control.bounding_box()["y"] < top] == []


def test_the_drawer_opens_with_keys_and_leaves_the_picture_in_sight(page, made_up):
    """It stays open while one chooses, and what was chosen is shown above it."""
    page.set_viewport_size(PHONE)
    open_page(page, made_up, "class_activation")
    before = main_picture(page)
    expect(page.get_by_role("combobox", name="Class")).to_be_hidden()
    page.locator(".handle summary").focus()
    page.keyboard.press("Enter")
    choose(page, "Class", "tulip")
    other_picture(page, before)
    expect(page.get_by_role("combobox", name="Class")).to_have_value("tulip")
    drawer = page.locator(".st-key-drawer").bounding_box()
    picture = page.locator(PICTURES).first.bounding_box()
    assert picture["y"] + picture["height"] / 2 < drawer["y"]


def test_a_phone_finds_the_pages_in_the_menu(page, made_up):
    """The menu holds every page under its group, with model and photo."""
    page.set_viewport_size(PHONE)
    open_page(page, made_up)
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(len(MENUS))
    for label in MENUS:
        link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=label, exact=True)
        expect(link).to_be_visible()
    expect(page.get_by_role("combobox", name="Model")).to_be_visible()
