"""Every page fits every screen, and every page is reached without a mouse; over made-up numbers."""

import pytest
import servers
from looking import TITLES, open_page
from playwright.sync_api import expect

from cnnviz_ui.frame import shell

PICTURE = (
    "[data-testid=stMain] :is([data-testid=stImage] img, .js-plotly-plot, "
    "[data-testid=stGraphVizChart] svg)"
)
HANDLE = ".handle summary"


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
