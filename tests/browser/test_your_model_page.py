"""The page Your model in a real browser, over the real engine and its sandbox."""

import re

import pytest
from looking import (
    ALERTS,
    IMAGES,
    TITLES,
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
OWN = re.compile("model=Your(%20|[+])model")


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


def test_a_link_to_somebodys_model_opens_the_default_one(page, browser, server):
    """The model is in its own session alone: another visitor reads that, and sees a picture."""
    drop_good(page, server[0], KERAS_2)
    go_to(page, "Start")
    stranger = browser.new_page()
    open_page(stranger, server[0], page.url.split("/")[-1])
    assert title(stranger) == TITLES[""]
    expect(stranger.locator(ALERTS)).to_contain_text("stayed in its own browser session")
    expect(stranger.locator("[data-testid=stSidebar]")).not_to_contain_text(KERAS_2.name)
    stranger.close()
