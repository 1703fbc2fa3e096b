"""What one click changes, the link says at once: no link on the way holds a part of a choice."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
import servers
from looking import choose, go_to, open_page, settle
from playwright.sync_api import expect

RECORDER = """
window.links = [];
for (const name of ['pushState', 'replaceState']) {
    const original = history[name].bind(history);
    history[name] = (...given) => {
        original(...given);
        window.links.push(location.href);
    };
}
"""
"""Notes every link that the browser shows, however briefly."""
MONTAGE = ".js-plotly-plot:has(.imagelayer image) .nsewdrag"


@pytest.fixture(scope="module")
def made_up():
    """The address of a server whose engine makes its numbers up."""
    with servers.serving(stand_in=True) as (address, _):
        yield address


@pytest.fixture
def visitor(page, made_up):
    """Open a page and note its links from then on."""

    def opened(path):
        page.add_init_script(RECORDER)
        open_page(page, made_up, path)
        page.evaluate("window.links.length = 0")
        return page

    return opened


def choices(link):
    """Path and choices of a link."""
    parts = urlsplit(link)
    return parts.path, dict(parse_qsl(parts.query))


def links(page):
    """Path and choices of each link since the page was opened, once it is at rest."""
    settle(page)
    history = [choices(link) for link in page.evaluate("window.links")]
    assert history, "The link did not change."
    assert history[-1] == choices(page.url)
    return [link for link, before in zip(history, [None, *history], strict=False) if link != before]


def open_tile(page, column, row, columns):
    """Click a tile of the page's first montage."""
    montage = page.locator(MONTAGE).first
    montage.wait_for()
    tile = montage.bounding_box()["width"] / columns
    montage.click(position={"x": (column + 0.5) * tile, "y": (row + 0.5) * tile})


def test_a_tile_of_patterns_opens_one_filter(visitor):
    """Mode and channel come together, though the channel has no control before."""
    page = visitor("patterns?layer=stem_conv&seed=3&channel=2")
    open_tile(page, 2, 0, 11)
    expect(page.get_by_role("spinbutton", name="Channel")).to_be_visible()
    channel = page.get_by_role("spinbutton", name="Channel").input_value()
    chosen = {"layer": "stem_conv", "seed": "3", "mode": "One filter", "channel": channel}
    assert channel not in ("0", "2")
    assert links(page) == [("/patterns", chosen)]


def test_a_tile_of_kernels_opens_filter_and_input(visitor):
    """A grey tile is one input channel of one filter."""
    page = visitor("filters?layer=stage1_conv1&image=coffee")
    open_tile(page, 5, 3, 24)
    expect(page).to_have_url(re.compile("input="))
    opened = {"layer": "stage1_conv1", "image": "coffee", "channel": "3", "input": "5"}
    assert links(page) == [("/filters", opened)]


def test_a_class_of_the_best_takes_the_contrast_away(visitor):
    """A class that was compared with is explained alone, in one step."""
    page = visitor("class_activation?image=coffee&target=face&against=tulip")
    page.locator(".st-key-best-classes button", has_text="tulip").click()
    expect(page).to_have_url(re.compile("target=tulip"))
    assert links(page) == [("/class_activation", {"image": "coffee", "target": "tulip"})]


def test_a_model_of_shapes_brings_its_photo(visitor):
    """The browser itself writes the model; all that follows from it comes in one step."""
    page = visitor("class_activation?image=coffee&target=face&layer=stage1_conv1")
    choose(page, "Model", "shapes")
    kept = {"model": "shapes", "target": "face", "layer": "stage1_conv1"}
    expect(page).not_to_have_url(re.compile("image="))
    assert links(page) == [
        ("/class_activation", kept | {"image": "coffee"}),
        ("/class_activation", kept),
    ]


def test_another_layer_lets_go_of_the_channel(visitor):
    """The channel and the page of the layer before leave the link in one step."""
    page = visitor("filters?layer=stage1_conv1&channel=40&input=3&page=2")
    choose(page, "Layer", "stem_conv")
    expect(page).not_to_have_url(re.compile("channel="))
    ways = links(page)
    assert len(ways) <= 3
    assert not {"channel", "page"} & ways[-1][1].keys()


def test_a_channel_stays_with_its_layer(visitor):
    """On a page without that layer the first channel is shown; Back finds the one that was left."""
    page = visitor("activations?layer=stage1_conv1_relu&channel=7")
    channel = page.locator("[data-testid=stNumberInput] input").first
    expect(channel).to_have_value("7")
    go_to(page, "filters")
    expect(page.get_by_role("heading", name="Filters")).to_be_visible()
    expect(channel).to_have_value("0")
    expect(page).not_to_have_url(re.compile("channel="))
    while urlsplit(page.url).path != "/activations":
        page.go_back()
        settle(page)
    expect(page.get_by_role("heading", name="Activations")).to_be_visible()
    expect(channel).to_have_value("7")


def test_a_visit_to_another_page_loses_nothing(visitor):
    """Choices come back in one step, and the browser's Back finds the page as it was left."""
    left = {"mode": "One filter", "layer": "stem_conv", "channel": "7", "faces": "4"}
    page = visitor("patterns?mode=One+filter&layer=stem_conv&channel=7&faces=4")
    go_to(page, "architecture")
    expect(page.get_by_role("heading", name="Architecture")).to_be_visible()
    assert [path for path, _ in links(page)] == ["/architecture"] * len(links(page))
    assert links(page)[-1] == ("/architecture", {})
    page.evaluate("window.links.length = 0")
    go_to(page, "patterns")
    expect(page).to_have_url(re.compile("faces=4"))
    assert links(page) == [("/patterns", {}), ("/patterns", left)]
    while urlsplit(page.url).path != "/architecture":
        page.go_back()
        settle(page)
    while urlsplit(page.url).path != "/patterns":
        page.go_back()
        settle(page)
    assert choices(page.url) == ("/patterns", left)
    expect(page.get_by_role("spinbutton", name="Channel")).to_have_value("7")
