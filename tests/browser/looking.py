"""What tests look for on a page."""

from __future__ import annotations

TITLES = {
    "": "What a trained network sees",
    "architecture": "Architecture",
    "activations": "Activations",
    "filters": "Filters",
    "patterns": "Filter patterns",
    "class_activation": "Class activation",
    "pixel_attribution": "Pixel attribution",
    "localize": "Localize",
    "compare": "Compare and trust",
}
FAULTS = "[data-testid=stException]"


def open_page(page, address, path=""):
    """Open a page and wait until it has drawn itself."""
    page.goto(f"{address}/{path}")
    settle(page)


def settle(page):
    """Wait until the page has its title and no run of it is under way."""
    page.wait_for_selector("header.opening h1")
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
    assert page.locator(FAULTS).count() == 0


def title(page):
    """The title of the page."""
    return page.inner_text("header.opening h1")


def picture_sources(page):
    """Where the pictures of the page come from: another picture has another source."""
    images = page.locator("[data-testid=stImage] img")
    return [image.get_attribute("src") for image in images.all()]


def choose(page, label, option):
    """Choose from a list by typing, as one does with a thousand classes."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)
