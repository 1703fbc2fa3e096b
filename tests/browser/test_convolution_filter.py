"""The lesson on filters in a real browser: pointing, pinning, stepping; the server is not asked."""

import re

import numpy as np
import pytest
import servers
from looking import open_page, settle
from playwright.sync_api import expect
from scipy.signal import convolve2d, correlate2d
from sklearn.datasets import load_digits

from cnnviz_core.lab.hand_kernels import KERNELS

DIGIT = "convolution?from=Digit+3&kernel=Sobel+x"
KERNEL = KERNELS["Sobel x"].weights
PIXELS = load_digits().images[3]
RESULT = correlate2d(PIXELS, KERNEL, mode="valid")
MINUS = "\N{MINUS SIGN}"
NUMBERS = (
    f"grid => [...grid.children].map(cell => Number(cell.textContent.replace('{MINUS}', '-')))"
)
FOCUS = (".sliding", "data-focus")
"""Where what is written out is told."""
PICTURE = "canvas => canvas.toDataURL()"


@pytest.fixture(scope="module")
def made_up():
    """The address of a server whose engine makes its numbers up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


@pytest.fixture
def sent(page):
    """What the page sends to the server, as it is sent."""
    frames = []

    def listen(socket):
        socket.on("framesent", lambda frame: frames.append(frame))

    page.on("websocket", listen)
    return frames


def canvas(page, side):
    """Input or result, once it is drawn."""
    page.locator(".sliding[data-focus]").wait_for()
    return page.locator(f"[data-side={side}] canvas")


def point(page, side, row, column, shape):
    """Move the pointer to the middle of a pixel."""
    box = canvas(page, side).bounding_box()
    x = box["x"] + (column + 0.5) * box["width"] / shape[1]
    y = box["y"] + (row + 0.5) * box["height"] / shape[0]
    page.mouse.move(x, y)


def expect_focus(page, place):
    """Wait until a place is written out."""
    expect(page.locator(FOCUS[0])).to_have_attribute(FOCUS[1], place)


def numbers(page, which):
    """The numbers of a grid that is written out."""
    return page.locator(f".equation .{which} .grid-of-numbers").evaluate(NUMBERS)


def test_pointing_writes_out_every_sum_and_asks_nobody(page, made_up, sent):
    """Window times kernel is products, their sum is NumPy's, for each pixel of the result."""
    open_page(page, made_up, DIGIT)
    canvas(page, "result")
    page.mouse.move(5, 5)
    before = len(sent)
    for row, column in np.ndindex(*RESULT.shape):
        point(page, "result", row, column, RESULT.shape)
        expect_focus(page, f"result,{row},{column}")
        window = PIXELS[row : row + 3, column : column + 3]
        assert numbers(page, "first") == window.ravel().tolist()
        assert numbers(page, "second") == KERNEL.ravel().tolist()
        assert numbers(page, "third") == (window * KERNEL).ravel().tolist()
        total = f"{RESULT[row, column]:.0f}".replace("-", MINUS)
        assert page.locator(".sum").inner_text() == f"Sum {total}"
    page.locator(".equation .third .grid-of-numbers > span").nth(2).hover()
    expect(page.locator(".written")).to_have_text(re.compile(r"^(\d+) . 1 = \1$"))
    assert len(sent) == before


def test_pointing_at_the_input_shows_all_that_use_it(page, made_up):
    """Forwards the results whose windows hold the pixel; backwards those it is laid down on."""
    open_page(page, made_up, DIGIT)
    point(page, "input", 3, 4, PIXELS.shape)
    expect_focus(page, "input,3,4")
    assert numbers(page, "first") == [PIXELS[3, 4]]
    assert numbers(page, "third") == (PIXELS[3, 4] * KERNEL[::-1, ::-1]).ravel().tolist()
    expect(page.locator(".written")).to_contain_text("used by 9 results")
    point(page, "input", 0, 7, PIXELS.shape)
    expect(page.locator(".written")).to_contain_text("used by 1 result:")
    open_page(page, made_up, f"{DIGIT}&backwards=true")
    point(page, "input", 0, 4, PIXELS.shape)
    expect_focus(page, "input,0,4")
    assert numbers(page, "third") == (PIXELS[0, 4] * KERNEL).ravel().tolist()
    full = convolve2d(PIXELS, KERNEL)
    point(page, "result", 2, 6, full.shape)
    expect_focus(page, "result,2,6")
    assert sum(numbers(page, "third")) == full[2, 6]


def test_a_pin_is_kept_by_the_link_and_moved_by_keys(page, made_up):
    """A click pins, arrows move, Escape lets go; the link opens the same pixel."""
    open_page(page, made_up, DIGIT)
    point(page, "result", 2, 2, RESULT.shape)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile("at=2%2C2"))
    page.mouse.move(5, 5)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect_focus(page, "result,3,3")
    page.wait_for_url(re.compile("at=3%2C3"))
    settle(page)
    page.reload()
    expect_focus(page, "result,3,3")
    canvas(page, "result").focus()
    page.keyboard.press("End")
    expect_focus(page, "result,5,5")
    page.wait_for_url(re.compile("at=5%2C5"))
    expect(page.locator("[aria-live=polite]", has_text="Result at row 5")).to_have_count(1)
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("^((?!at=).)*$"))


@pytest.mark.parametrize("backwards", ["", "&backwards=true"])
def test_play_goes_through_all_steps_and_ends(page, made_up, backwards):
    """The result grows by a place, or by a kernel that is laid down; with the last it is whole."""
    open_page(page, made_up, f"{DIGIT}{backwards}")
    count, steps = page.locator(".steps output"), PIXELS.size if backwards else RESULT.size
    expect(count).to_have_text(f"{steps} of {steps}")
    whole, most = canvas(page, "result").evaluate(PICTURE), page.get_attribute(*FOCUS)
    slider = page.get_by_role("slider", name="Step")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(count).to_have_text(f"1 of {steps}")
    expect_focus(page, "input,0,0" if backwards else "result,0,0")
    assert canvas(page, "result").evaluate(PICTURE) != whole
    page.get_by_label("Speed").select_option("fast")
    canvas(page, "result").focus()
    page.keyboard.press("Space")
    expect(count).to_have_text(f"{steps} of {steps}")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect_focus(page, most)
    assert canvas(page, "result").evaluate(PICTURE) == whole


@pytest.mark.parametrize(
    ("width", "height", "query"),
    [
        (1280, 720, ""),
        (1280, 720, "image=astronaut&kernel=Gaussian+5+x+5&colour=Colours%2C+apart"),
        (1280, 720, "from=Patch+of+16+x+16&backwards=true"),
        (390, 844, "from=Patch+of+12+x+12"),
    ],
)
def test_the_lesson_fits_the_screen(page, made_up, width, height, query):
    """A projector shows all of it without scrolling; nothing is wider than a phone."""
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, made_up, f"convolution?{query}")
    canvas(page, "result")
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth") <= width
    sliding = page.locator(".sliding")
    assert sliding.evaluate("root => root.scrollWidth - root.clientWidth") <= 0
    if width > 1000:
        assert main.evaluate("main => main.scrollHeight") <= height


def test_weights_are_typed_into_the_grid(page, made_up):
    """A cell of the kernel in use; result and link follow, and Options show what the link says."""
    open_page(page, made_up, f"{DIGIT}&flipped=true")
    point(page, "result", 3, 3, RESULT.shape)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile("at=3%2C3"))
    page.get_by_role("button", name="Weights").click()
    grid = page.get_by_test_id("stDataFrame")
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 30, box["y"] + 50)
    page.keyboard.press("5")
    expect(page.locator("#portal .gdg-input")).to_have_value("5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("weights=5%2C0%2C1%3B"))
    page.keyboard.press("Escape")
    turned = KERNEL.copy()
    turned[0, 0] = 5
    last = page.locator(".equation .second .grid-of-numbers > span").last
    expect(last).to_have_text("5")
    assert numbers(page, "second") == turned[::-1, ::-1].ravel().tolist()
    page.get_by_role("button", name="Options").click()
    expect(page.get_by_role("switch", name="Turn the kernel")).to_be_checked()
