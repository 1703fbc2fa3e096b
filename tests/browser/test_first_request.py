"""A deep link as the first request to a fresh server: Streamlit runs the page's file alone."""

import re

import pytest
import servers
from looking import CHECKED, TITLES, go_to, open_page, pictures, title
from playwright.sync_api import expect

from cnnviz_ui.frame import shell

PATHS = [path for path in TITLES if path]


@pytest.mark.parametrize("path", PATHS)
def test_first_request_is_a_deep_link(page, path):
    """It shows the page with its state, its neighbours and its pickers, not a page of its own."""
    with servers.serving(stand_in=True) as (address, _):
        open_page(page, address, f"{path}?image=coffee")
        assert title(page) == TITLES[path]
        expect(page.locator("[role=dialog]")).to_have_count(0)
        expect(page.get_by_test_id("stTopNavSection")).to_have_count(len(shell.GROUPS) - 1)
        expect(page.locator(CHECKED)).to_have_accessible_name(re.compile("cup of coffee"))
        go_to(page, "Start")
        pictures(page, 3)
        expect(page.locator(CHECKED)).to_have_accessible_name(re.compile("cup of coffee"))
        expect(page).to_have_url(re.compile("image=coffee"))
