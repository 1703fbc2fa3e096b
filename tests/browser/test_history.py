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


def test_a_tile_of_patterns_opens_one_filter(visitor):
    """Mode and channel come together, though the channel has no control before."""
    page = visitor("patterns?layer=stem_conv&seed=3&channel=2")
    page.get_by_role("button", name="filter 17: activation").click()
    expect(page.get_by_role("spinbutton", name="Channel")).to_be_visible()
    chosen = {"layer": "stem_conv", "seed": "3", "mode": "One filter", "channel": "17"}
    assert links(page) == [("/patterns", chosen)]


def test_a_tile_of_kernels_opens_filter_and_input(visitor):
    """A grey tile is one input channel of one filter."""
    page = visitor("filters?layer=stage1_conv1&image=coffee&tiles=Per+input+channel")
    page.locator(".tiles button").nth(3 * 24 + 5).click()
    expect(page).to_have_url(re.compile("input="))
    opened = {
        "layer": "stage1_conv1",
        "image": "coffee",
        "tiles": "Per input channel",
        "channel": "3",
        "input": "5",
    }
    assert links(page) == [("/filters", opened)]


def test_a_class_of_the_best_takes_the_contrast_away(visitor):
    """A class that was compared with is explained alone, in one step."""
    page = visitor("class_activation?image=coffee&target=face&against=tulip")
    page.locator(".st-key-best-classes button", has_text="tulip").click()
    expect(page).to_have_url(re.compile("target=tulip"))
    assert links(page) == [("/class_activation", {"image": "coffee", "target": "tulip"})]


def test_a_model_of_shapes_brings_its_photo(visitor):
    """All that follows from a model comes in one step, and Back undoes it whole."""
    page = visitor("class_activation?image=coffee&target=face&layer=stage1_conv1")
    choose(page, "Model", "shapes")
    expect(page).to_have_url(re.compile("model=shapes"))
    assert links(page) == [("/class_activation", {"model": "shapes"})]
    page.go_back()
    settle(page)
    left = {"image": "coffee", "target": "face", "layer": "stage1_conv1"}
    assert choices(page.url) == ("/class_activation", left)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("photos20")


def test_another_layer_has_a_channel_of_its_own(visitor):
    """The channel of the layer before leaves the link in the same step, and comes back with it."""
    page = visitor("filters?layer=stage1_conv1&channel=40&input=3")
    choose(page, "Layer", "stem_conv")
    expect(page).not_to_have_url(re.compile("channel="))
    assert links(page) == [("/filters", {})]
    choose(page, "Layer", "stage1_conv1")
    expect(page.get_by_role("spinbutton", name="Filter")).to_have_value("40")


def test_a_layer_stays_on_pages_of_its_kind(visitor):
    """One that is looked at is not carried to kernels or to what is explained, nor back."""
    page = visitor("class_activation?layer=stage1_conv1")
    layer = page.get_by_role("combobox", name="Layer")
    go_to(page, "Filters")
    expect(layer).to_have_value("stem_conv")
    assert choices(page.url) == ("/filters", {})
    go_to(page, "Activations")
    choose(page, "Layer", "stage2_add")
    go_to(page, "Class activation")
    expect(layer).to_have_value("stage1_conv1")
    page.get_by_role("button", name="Early layer: back to the last").click()
    expect(page).not_to_have_url(re.compile("layer="))
    expect(layer).to_have_value("stage2_add")


def test_back_undoes_one_choice_at_a_time(visitor):
    """Class by class, then the way between pages, in single steps; Forward does them again."""
    page = visitor("class_activation")
    choose(page, "Class", "tulip")
    expect(page).to_have_url(re.compile("target=tulip"))
    choose(page, "Class", "face")
    expect(page).to_have_url(re.compile("target=face"))
    go_to(page, "Activations")
    settle(page)
    for path, said in (
        ("/class_activation", {"target": "face"}),
        ("/class_activation", {"target": "tulip"}),
        ("/class_activation", {}),
    ):
        page.go_back()
        settle(page)
        assert choices(page.url) == (path, said)
        shown = said.get("target", "Most probable class")
        expect(page.get_by_role("combobox", name="Class")).to_have_value(shown)
    page.go_forward()
    settle(page)
    assert choices(page.url) == ("/class_activation", {"target": "tulip"})
    expect(page.get_by_role("combobox", name="Class")).to_have_value("tulip")


def test_a_class_comes_back_with_its_network(visitor):
    """What the link says is what the page shows, on the way to another network and back."""
    page = visitor("class_activation?target=tulip")
    choose(page, "Model", "shapes")
    expect(page).not_to_have_url(re.compile("target="))
    choose(page, "Model", "photos20")
    expect(page).to_have_url(re.compile("target=tulip"))
    expect(page.get_by_role("combobox", name="Class")).to_have_value("tulip")


def test_a_link_that_asks_for_the_unknown_is_told_so(visitor):
    """Class, layer, model: a sentence each, and what is shown in their place."""
    page = visitor("class_activation?target=unicorn&layer=conv9&model=vgg99")
    for unknown in ("unicorn", "conv9", "vgg99"):
        expect(page.get_by_text(f"“{unknown}”, which is not here")).to_be_visible()
    assert choices(page.url) == ("/class_activation", {})


def test_a_visit_to_another_page_loses_nothing(visitor):
    """Choices come back, and the browser's Back finds the page as it was left."""
    left = {"mode": "One filter", "layer": "stem_conv", "channel": "7", "faces": "4"}
    page = visitor("patterns?mode=One+filter&layer=stem_conv&channel=7&faces=4")
    go_to(page, "Architecture")
    settle(page)
    assert choices(page.url) == ("/architecture", {})
    page.go_back()
    settle(page)
    assert choices(page.url) == ("/patterns", left)
    expect(page.get_by_role("spinbutton", name="Channel")).to_have_value("7")
    go_to(page, "Architecture")
    go_to(page, "Patterns")
    expect(page).to_have_url(re.compile("faces=4"))
    settle(page)
    assert choices(page.url) == ("/patterns", left)
