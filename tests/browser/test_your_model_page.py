"""The page Your model in a real browser, over the real engine and its sandbox."""

import re

import pytest
from looking import (
    ALERTS,
    IMAGES,
    TITLES,
    choose,
    go_to,
    main_picture,
    open_page,
    other_picture,
    settle,
    title,
)
from playwright.sync_api import expect

from tests.places import FIXTURES

KERAS_2 = FIXTURES / "keras2.2.4-partly-frozen.h5"
TEACHABLE_MACHINE = FIXTURES / "tf2.4-converted-keras.zip"
HOSTILE = FIXTURES / "keras2.2.4-lambda-layer.h5"
CLASSLESS = FIXTURES / "tf1.13-segmentation.h5"
FIELD = "[class*=st-key-_model_upload] [data-testid=stFileUploaderDropzoneInput]"
PICTURES = f"{IMAGES}, [data-testid=stMain] .js-plotly-plot"
OWN = re.compile("(?=.*model=own)(?=.*mine=[A-Za-z0-9_-]{32})")


def drop(page, address, content, name):
    """Open the page and drop a file on it."""
    open_page(page, address, "your_model")
    page.locator(FIELD).set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def drop_good(page, address, path, name=None):
    """Drop a file that can be opened and wait until the page is whole."""
    name = name or path.name
    drop(page, address, path.read_bytes(), name)
    page.locator(".part h2", has_text=name).wait_for()
    settle(page)


def test_a_keras_2_file_is_opened_and_used_on_every_page(page, server):
    """What it is and what was changed is said; then each page shows a picture of that model."""
    drop_good(page, server[0], KERAS_2)
    expect(page.locator("dl.facts")).to_contain_text("Keras 2.2.4")
    expect(page.get_by_role("heading", name="Repairs")).to_be_visible()
    expect(page).to_have_url(OWN)
    box = page.locator(IMAGES).first.bounding_box()
    assert box["y"] + box["height"] < 720
    expect(page.locator("ol.bars li")).to_have_count(3)
    for name in ("Start", "Activations", "Class activation", "Pixel attribution", "Localize"):
        go_to(page, name)
        expect(page.locator("[data-testid=stSidebar]")).to_contain_text(KERAS_2.name)
        expect(page.locator(ALERTS).filter(has_text="rror")).to_have_count(0)
        expect(page.locator(PICTURES).first).to_be_visible()


def test_a_teachable_machine_export_brings_its_class_names(page, server):
    """The zip is read as it is; names and preprocessing are there, and both can be changed."""
    drop_good(page, server[0], TEACHABLE_MACHINE)
    names = page.locator("textarea")
    expect(names).to_have_value(re.compile("Class 1"))
    expect(page.locator("ol.bars")).to_contain_text("Class 1")
    names.fill("cat\n**dog**\n<b>bird</b>")
    names.press("Control+Enter")
    expect(page.locator("ol.bars")).to_contain_text("**dog**")
    expect(page.locator("ol.bars")).to_contain_text("<b>bird</b>")
    before = main_picture(page)
    page.get_by_text("Try every preprocessing").click()
    expect(page.locator(".st-key-every-mode ol.bars")).to_have_count(5)
    page.get_by_role("button", name="BGR", exact=True).click()
    other_picture(page, before)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (HOSTILE.read_bytes(), "lambda.h5", "Lambda"),
        (KERAS_2.read_bytes()[:-2000], "cut.h5", "cut"),
        (b"\xff\xd8\xff\xe0 JFIF", "<img src=x onerror=alert(1)>.keras", "<img src=x"),
        (b"", "empty.model", "empty"),
    ],
    ids=["hostile", "broken", "picture", "empty"],
)
def test_a_refused_file_is_a_sentence(page, server, content, name, words):
    """Why, by name, as text; the model before it stays, and nothing of the file was run."""
    drop(page, server[0], content, name)
    refusal = page.locator(f"[data-testid=stMain] {ALERTS}")
    expect(refusal).to_contain_text(words)
    settle(page)
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_have_value("photos20")
    assert page.locator("img[src=x]").count() == 0
    page.get_by_text("What else can be done").click()
    expect(page.get_by_text("Save the whole model")).to_be_visible()


def test_a_model_without_classes_says_so_where_classes_are_asked_for(page, server):
    """A segmentation shows its channels; pages of classes say why they have nothing to show."""
    drop_good(page, server[0], CLASSLESS)
    go_to(page, "Class activation")
    expect(page.locator(f"[data-testid=stMain] {ALERTS}")).to_contain_text("not with class scores")
    go_to(page, "Activations")
    expect(page.locator(f"[data-testid=stMain] {ALERTS}")).to_have_count(0)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()


def test_a_reload_finds_ones_own_model_and_a_wrong_key_does_not(page, browser, server):
    """With its names and choices, the same picture; so does whoever has the link, nobody else."""
    drop_good(page, server[0], KERAS_2)
    page.locator("textarea").fill("ant\nbee\ncow")
    page.locator("textarea").press("Control+Enter")
    expect(page.locator("ol.bars")).to_contain_text("bee")
    before = main_picture(page)
    choose(page, "What its pixels go through", "BGR less ImageNet's mean (VGG, ResNet)")
    other_picture(page, before)
    chosen = main_picture(page)
    page.reload()
    settle(page)
    expect(page.locator("ol.bars")).to_contain_text("bee")
    expect(page.locator("textarea")).to_have_value("ant\nbee\ncow")
    assert main_picture(page) == chosen
    go_to(page, "Start")
    expect(page).to_have_url(OWN)
    link = page.url.split("/")[-1]
    friend = browser.new_page()
    open_page(friend, server[0], link)
    expect(friend.locator("[data-testid=stSidebar]")).to_contain_text(KERAS_2.name)
    expect(friend.locator("[data-testid=stMain]")).to_contain_text("bee")
    stranger = browser.new_page()
    open_page(stranger, server[0], re.sub("mine=.{32}", f"mine={'x' * 32}", link))
    assert title(stranger) == TITLES[""]
    expect(stranger.locator(ALERTS)).to_contain_text("no longer here")
    expect(stranger.locator("body")).not_to_contain_text(KERAS_2.name)
    expect(stranger).not_to_have_url(re.compile("mine="))
    friend.close()
    stranger.close()
