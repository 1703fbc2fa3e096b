"""Take the pictures that README shows, from the running app: `python docs/take_pictures.py`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.app import CHROMIUM, PICTURE  # noqa: E402, the root must be on the path first
from benchmarks.serving import served  # noqa: E402

PICTURES = {
    "start": "",
    "class-activation": "class_activation",
    "pixel-attribution": "pixel_attribution?pixel_method=Integrated+gradients",
    "localize": "localize?cutout=Dimmed",
    "faithfulness": "compare?section=Faithfulness",
    "cheats": ("which_cheats?scene_shape=star&scene_background=bricks&reveal=true"),
    "activations": "activations",
    "filters": "filters",
    "patterns": "patterns?mode=Whole+layer",
    "architecture": "architecture",
    "convolution": "convolution",
    "arithmetic": "activations?shown=Arithmetic",
}
"""File name to the page's link."""
OWN = ROOT / "models" / "lecture-binary" / "model.keras"
"""A model file such as a visitor brings."""


def main() -> None:
    """Open each page as a visitor would, wait until all is drawn, and save what is on screen."""
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    with served() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM)
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(address)
        page.wait_for_selector(PICTURE, timeout=300_000)
        for name, link in PICTURES.items():
            page.goto(f"{address}/{link}")
            page.wait_for_selector("h1", timeout=60_000)
            take(page, folder / f"{name}.png")
        page.goto(f"{address}/your_model?image=sunflower")
        page.locator("[data-testid=stFileUploaderDropzoneInput]").last.set_input_files(OWN)
        page.wait_for_selector("text=In use on every page", timeout=300_000)
        names = page.locator("[data-testid=stMain] textarea").first
        names.fill("daisy\nsunflower")
        names.blur()
        page.wait_for_timeout(1500)
        page.locator("h1").scroll_into_view_if_needed()
        take(page, folder / "your-model.png")
        browser.close()


def take(page: Page, path: Path) -> None:
    """Wait until all of a page is drawn, and save what is on screen."""
    for unfinished in ("stSkeleton", "stProgress", "stSpinner"):
        page.wait_for_timeout(1500)
        page.wait_for_selector(f"[data-testid={unfinished}]", state="detached", timeout=300_000)
    page.wait_for_timeout(2000)
    page.screenshot(path=path)


if __name__ == "__main__":
    main()
