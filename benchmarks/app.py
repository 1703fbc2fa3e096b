"""The running app: the start page, a change of class and a sheet of patterns, on a warm server.

Starts the app as its user would, looks at it in Chromium, and times the engine beside it.
"""

from __future__ import annotations

import shutil
import statistics
import time
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from benchmarks.serving import served
from cnnviz_core import load_model, read_image
from cnnviz_engine import connect, image_digest
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_ui.frame import samples, shell

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROUNDS = 5
PICTURE = "img[alt^='Heat map over the photo']"
SHEET = ".st-key-sheet [data-drawn]"
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def run() -> None:
    """Print seconds to first paint and to the Grad-CAM picture, and milliseconds for a class."""
    change_of_class()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("First paint was not measured: there is no Chromium on this machine.")
        return
    with served() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        visits = [visit(browser, address) for _ in range(ROUNDS + 1)][1:]
        clicks = class_clicks(browser, address)
        sheets = [sheet(browser, address) for _ in range(ROUNDS + 1)][1:]
        pages = page_clicks(browser, address)
        browser.close()
    paint, picture = (statistics.median(times) for times in zip(*visits, strict=True))
    print(f"Start page, warm: first contentful paint {paint:.2f} s   (under 2)")
    print(f"Start page, warm: Grad-CAM on screen     {picture:.2f} s")
    middle, worst = (1000 * seconds for seconds in (statistics.median(clicks), max(clicks)))
    print(f"Change of class, click to overlay, warm: median {middle:.0f} ms, worst {worst:.0f} ms")
    clicked, opened = (statistics.median(times) for times in zip(*sheets, strict=True))
    print(f"Patterns, warm: click on the page to its sheet on screen {clicked:.2f} s (under 1)")
    print(f"Patterns, warm: link opened afresh to its sheet          {opened:.2f} s")
    for name, times in pages.items():
        middle = 1000 * statistics.median(times)
        print(f"Click on {name} in the menu to its first picture, warm: median {middle:.0f} ms")


def change_of_class() -> None:
    """Time from request to result for one class after another, through the engine."""
    engine = connect()
    while not engine.ready:
        time.sleep(0.2)
    path = samples.OF_PACKAGES[0].path()
    if path is None:
        print("A change of class was not measured: the sample photo is missing.")
        return
    image = read_image(path)
    seconds = []
    for target in range(len(load_model("photos20").labels)):
        request = AttributionRequest(model="photos20", image=image_digest(image), target=target)
        began = time.perf_counter()
        engine.submit(request, image).result(timeout=60)
        seconds.append(time.perf_counter() - began)
    engine.close()
    first, rest = seconds[0], seconds[1:]
    print(
        f"Change of class, request to result, warm: median {statistics.median(rest) * 1000:.0f} ms,"
        f" worst {max(rest) * 1000:.0f} ms   (under 150); first on the image {first * 1000:.0f} ms"
    )


CLICK = """
async place => {
  const button = document.querySelectorAll("[class*=st-key-best] button")[place];
  const words = `the class ${button.innerText.split("\\n")[0]}`;
  const there = () => [...document.images].some(i => i.alt.endsWith(words) && i.complete);
  const began = performance.now();
  button.click();
  while (!there()) await new Promise(resolve => setTimeout(resolve, 4));
  return (performance.now() - began) / 1000;
}
"""


def class_clicks(browser: Browser, address: str) -> list[float]:
    """Seconds from a click on another class until its overlay is there, on Class activation."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{address}/class_activation")
    page.wait_for_selector("[class*=st-key-best] button", timeout=120_000)
    seconds = []
    for place in (1, 2, 3, 4, 0, 2, 1):
        page.wait_for_timeout(2500)
        seconds.append(page.evaluate(CLICK, place))
    page.close()
    return seconds[1:]


TO_SHEET = """
async () => {
  const there = () => [...document.querySelectorAll(".st-key-sheet *")]
    .some(node => node.shadowRoot?.querySelector("[data-drawn]"));
  const began = performance.now();
  document.querySelector("a[href$='/patterns']").click();
  while (!there()) await new Promise(resolve => setTimeout(resolve, 4));
  return (performance.now() - began) / 1000;
}
"""


def sheet(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds to the sheet of a whole layer of the bundled model on the patterns page.

    From a click on the page's name on the start page, and from opening its link afresh. Shipped
    patterns are on disk; where there are none yet, the first round grows them.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    began = time.perf_counter()
    page.goto(f"{address}/patterns")
    page.wait_for_selector(SHEET, timeout=600_000)
    opened = time.perf_counter() - began
    page.goto(address)
    page.wait_for_selector(PICTURE, timeout=120_000)
    page.wait_for_timeout(2500)
    clicked = page.evaluate(TO_SHEET)
    page.close()
    return clicked, opened


OPEN = """
async title => {
  const named = (selector, text) =>
    [...document.querySelectorAll(selector)].find(node => node.textContent.trim().endsWith(text));
  const there = () => document.querySelector("header.opening h1")?.textContent === title &&
    [...document.querySelectorAll(".stMain :is(img, .js-plotly-plot, canvas)")].some(
      node => !node.closest("[data-stale=true]") && node.complete !== false);
  const link = named("[role=menuitem]", title);
  const began = performance.now();
  link.click();
  while (!there()) await new Promise(resolve => setTimeout(resolve, 4));
  return (performance.now() - began) / 1000;
}
"""


def page_clicks(browser: Browser, address: str) -> dict[str, list[float]]:
    """Seconds from a click on a page in its menu until its first picture, by pages."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(address)
    page.wait_for_selector(PICTURE, timeout=120_000)
    seconds: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for menu, pages in shell.GROUPS.items():
            for _, title, _ in pages if menu else ():
                page.get_by_test_id("stTopNavSection").filter(has_text=menu).click()
                page.wait_for_timeout(1500)
                seconds.setdefault(title, []).append(page.evaluate(OPEN, title))
                page.wait_for_timeout(1500)
    page.close()
    return {title: times[1:] for title, times in seconds.items()}


def visit(browser: Browser, address: str) -> tuple[float, float]:
    """Open the start page afresh: seconds to first contentful paint, and to its Grad-CAM."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(PICTURE, timeout=120_000)
    picture = time.perf_counter() - began
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.close()
    return paint / 1000, picture


if __name__ == "__main__":
    run()
