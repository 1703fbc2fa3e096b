"""A deep link as the first request to a fresh server: Streamlit runs the page's file alone."""

import pytest
import servers
from looking import TITLES, open_page, picture_sources, settle, title

PATHS = [path for path in TITLES if path]


@pytest.mark.parametrize("path", PATHS)
def test_first_request_is_a_deep_link(page, path):
    """It shows the page with its state, its neighbours and its pickers, not a page of its own."""
    with servers.serving(stand_in=True) as (address, _):
        open_page(page, address, f"{path}?image=coffee")
        assert title(page) == TITLES[path]
        assert page.locator("[role=dialog]").count() == 0
        links = page.locator("[data-testid=stTopNavLink]")
        assert links.count() == len(TITLES)
        assert page.locator("[role=radiogroup] input:checked").get_attribute("value") == "4"
        links.first.click()
        page.get_by_role("heading", name=TITLES[""]).wait_for()
        page.wait_for_function(
            "document.querySelectorAll('[data-testid=stImage] img').length === 3"
        )
        settle(page)
        assert len(picture_sources(page)) == 3
        assert page.locator("[role=radiogroup] input:checked").get_attribute("value") == "4"
        assert "image=coffee" in page.url
