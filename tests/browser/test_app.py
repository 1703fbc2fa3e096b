"""The whole product in a real browser, over the real engine."""

import re
from pathlib import Path

import numpy as np
import pytest
from looking import (
    ALERTS,
    CHECKED,
    IMAGES,
    PATIENCE,
    PROGRESS,
    TITLES,
    choose,
    main_picture,
    open_page,
    other_picture,
    pictures,
    settle,
    title,
)
from PIL import Image
from playwright.sync_api import expect

import cnnviz_core as cnnviz
from cnnviz_core.images.preprocessing import resize
from cnnviz_engine.requests.arithmetic import WorkingsRequest
from cnnviz_ui.frame import photos
from cnnviz_ui.lab import unit_export

PICTURE = (
    "[data-testid=stMain] :is([data-testid=stImage] img, .js-plotly-plot, "
    "[data-testid=stGraphVizChart] svg, .tiles[data-drawn], .sliding[data-drawn])"
)
HOSTILE = "?model=<script>&image=../x&layer=../../x&target=99999&seed=abc&channel=1e999&mode=%00"


def test_start_shows_everything_without_a_click(page, server):
    """Photo, overlay, channels and prediction are there, and all of them on the screen."""
    open_page(page, server[0])
    pictures(page, 3)
    for image in page.locator(IMAGES).all():
        box = image.bounding_box()
        assert box["width"] > 200
        assert box["y"] + box["height"] < 720
        assert image.get_attribute("alt")
        assert image.evaluate("picture => picture.complete && picture.naturalWidth > 0")
    expect(page.locator("ol.bars li")).to_have_count(5)
    expect(page.locator("ol.bars .value").first).to_have_text(re.compile("%$"))


@pytest.mark.parametrize("path", TITLES)
def test_every_page_shows_its_main_picture_on_the_screen(page, server, path):
    """Every page opens with a picture that needs no click and no scrolling."""
    open_page(page, server[0], path)
    main = page.locator(PICTURE).first
    main.wait_for()
    settle(page)
    box = main.bounding_box()
    assert box["y"] < 350
    assert box["height"] > 100
    assert title(page) == TITLES[path]


def test_another_class_changes_the_overlay(page, server):
    """Choosing a class by its name gives another overlay and names that class."""
    open_page(page, server[0], "class_activation?image=astronaut")
    before = main_picture(page)
    choose(page, "Class", "sunflower")
    page.locator("dl.facts dd", has_text="sunflower").wait_for()
    other_picture(page, before)
    expect(page).to_have_url(re.compile("target=sunflower"))


def test_click_on_a_tile_opens_its_channel(page, server):
    """The channel under the click becomes the one that is shown large."""
    open_page(page, server[0], "activations?channel=0")
    channel = page.get_by_role("spinbutton")
    expect(channel).to_have_value("0")
    page.locator(".tiles button").nth(5).click()
    expect(channel).to_have_value("5")
    page.get_by_text("channel 5,").first.wait_for()
    expect(page).to_have_url(re.compile("channel=5"))
    settle(page)


def test_upload_is_shown_and_seen(page, server, tmp_path):
    """A photo made here becomes the photo of the page, by its own name, as text."""
    y, x = np.mgrid[0:240, 0:320]
    pixels = np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype(np.uint8)
    path = tmp_path / "my *own* photo.png"
    Image.fromarray(pixels).save(path)
    open_page(page, server[0])
    before = main_picture(page)
    _upload(page, path)
    page.get_by_text("my *own* photo.png").last.wait_for()
    other_picture(page, before)
    expect(page).to_have_url(re.compile("image=own-[0-9a-f]{12}"))


def test_bad_upload_is_a_sentence(page, server, tmp_path):
    """A file that is no picture is refused in words; the photo stays."""
    path = tmp_path / "photo.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n but not really")
    open_page(page, server[0], "?image=coffee")
    _upload(page, path)
    expect(page.locator(f"[data-testid=stSidebar] {ALERTS}")).to_contain_text("picture")
    settle(page)
    expect(page.locator(CHECKED)).to_have_accessible_name(re.compile("cup of coffee"))


def test_several_photos_stand_side_by_side(page, server, tmp_path):
    """Two of three files are photos: both are taken and compared, the third is named."""
    paths = [tmp_path / f"{name}.png" for name in ("first", "bad", "second")]
    for value, path in zip((60, 0, 200), paths, strict=True):
        Image.fromarray(np.full((40, 40, 3), value, np.uint8)).save(path)
    paths[1].write_bytes(b"no picture")
    open_page(page, server[0], "class_activation")
    _upload(page, *paths)
    expect(page.locator(f"[data-testid=stSidebar] {ALERTS}")).to_contain_text("bad.png")
    tiles = page.locator(".st-key-own-strip").get_by_role("button")
    expect(tiles).to_have_count(2)
    expect(page).to_have_url(re.compile("image=own-"))
    first = page.url
    settle(page)
    page.get_by_role("button", name="Open second.png").click()
    expect(page).not_to_have_url(first)
    expect(page.locator(CHECKED)).to_have_accessible_name(re.compile("second"))
    settle(page)


def test_cancel_of_a_long_job(page, server):
    """A long job shows progress and stops when asked; it runs again when asked."""
    page.goto(f"{server[0]}/patterns?mode=Whole+layer&seed=77&preset=Best")
    cancel = page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    expect(page.locator(PROGRESS)).to_have_count(1)
    cancel.click()
    page.get_by_text("cancelled").wait_for()
    page.get_by_role("button", name="Run it").wait_for()
    expect(cancel).to_have_count(0)


def test_closed_tab_frees_the_slot(page, browser, server):
    """A long job whose visitor left does not keep the next one waiting."""
    link = f"{server[0]}/patterns?mode=Whole+layer&seed=501&preset=Best"
    left = browser.new_page()
    left.goto(link)
    left.get_by_role("button", name="Cancel").wait_for(timeout=PATIENCE * 1000)
    left.close()
    page.goto(f"{server[0]}/patterns?mode=One+filter&seed=502")
    page.locator("dl.facts dd").first.wait_for()
    expect(page.get_by_text("ahead")).to_have_count(0)
    page.goto(link)  # what was done would be there at once
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("cancelled").wait_for()


def test_refresh_finds_the_job_again(page, server):
    """A page that is loaded anew goes on where its job is."""
    step = "[...document.querySelectorAll('[data-testid=stProgress]')].map(bar => bar.innerText)"
    page.goto(f"{server[0]}/patterns?mode=Whole+layer&seed=503&preset=Best")
    page.wait_for_function(f"/step [1-9]/.test({step}.join())")
    page.reload()
    first = page.wait_for_function(f"/step|starting/.exec({step}.join())?.[0]")
    assert first.json_value() == "step"
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("cancelled").wait_for()


@pytest.mark.parametrize("path", TITLES)
def test_hostile_link_is_harmless(page, server, path):
    """A link full of nonsense shows each page with its defaults, and says what is not here."""
    open_page(page, server[0], f"{path}{HOSTILE}")
    assert title(page) == TITLES[path]
    told = page.locator(ALERTS).all_inner_texts()
    assert "The link asks for the model “<script>”, which is not here." in " ".join(told)
    assert all("which is not here" in sentence for sentence in told)
    expect(page.locator(CHECKED)).to_have_attribute("value", "0")


def test_photos_are_chosen_with_the_keyboard(page, server):
    """An arrow key moves from one photo to the next."""
    open_page(page, server[0])
    page.locator(CHECKED).focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("image="))
    settle(page)
    expect(page.locator(CHECKED)).to_have_attribute("value", "1")


def test_nothing_comes_from_another_host(page, server):
    """Fonts, scripts and pictures all come from this server: it works without a network."""
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    for path in ("", "architecture", "activations"):
        open_page(page, server[0], path)
        page.wait_for_load_state("networkidle")
    assert hosts == {server[0].removeprefix("http://")}


def test_web_process_never_loads_tensorflow(page, server):
    """After pages were served, the process that serves them has mapped no TensorFlow."""
    maps = Path(f"/proc/{server[1].pid}/maps")
    if not maps.exists():
        pytest.skip("This system does not say which libraries a process has loaded")
    open_page(page, server[0], "class_activation")
    loaded = maps.read_text(encoding="utf-8")
    assert "libtensorflow" not in loaded
    assert "tensorflow" not in loaded
    assert "numpy" in loaded


def _upload(page, *paths):
    page.get_by_text("Use your own photos").click()
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(
        [
            {"name": path.name, "mimeType": "image/png", "buffer": path.read_bytes()}
            for path in paths
        ]
    )


def test_one_walks_from_a_score_to_the_photos_pixels(page, server):
    """Each value on the way is the network's own."""
    address, _ = server
    model, photo = cnnviz.load_model("photos20"), photos.sample_photo("flower").pixels
    open_page(page, address, "class_activation?image=flower")
    page.get_by_role("button", name="From this score to the pixels").click()
    maps, best = cnnviz.activations(model, photo), cnnviz.predict(model, photo, top=1)
    walked = []
    page.locator(".unit[data-drawn]").wait_for()
    while not page.locator(".colours").count():
        layer = page.get_by_role("combobox", name="Layer").input_value()
        channel = int(page.get_by_role("spinbutton", name="Channel").input_value())
        if layer == "predictions":
            assert channel == best.indices[0]
            own = best.probabilities[0]
        elif layer == "global_pool":
            own = maps["stage3_block2_relu"][..., channel].mean()
        else:
            y, x = _place(page)
            own = maps[layer][y, x, channel]
        assert _number(page.locator(".result .value")) == pytest.approx(own, rel=1e-4)
        walked.append(layer)
        unit = page.locator(".unit")
        before = unit.get_attribute("data-drawn")
        page.locator(".term button").first.click()
        expect(unit).not_to_have_attribute("data-drawn", before)
        expect(page.get_by_role("combobox", name="Layer")).not_to_have_value(layer)
    assert walked[0] == "predictions"
    assert len(set(walked)) == len(walked) > 5
    y, x = _place(page)
    shown = [_number(cell) for cell in page.locator(".colours td").all()]
    np.testing.assert_array_equal(shown[::2], resize(photo, *model.input_size)[y, x].ravel())
    np.testing.assert_allclose(shown[1::2], model.preprocess(photo)[0, y, x], rtol=1e-6)


def test_python_gives_a_unit_again():
    """The lines that leave, run with the library itself."""
    model, photo = cnnviz.load_model("photos20"), photos.sample_photo("flower")
    request = WorkingsRequest(
        model="photos20", image=photo.digest, layer="stage1_conv1_relu", channel=3
    )
    found = cnnviz.workings(model, photo.pixels, request.layer, request.channel)
    given = {}
    exec(unit_export.code(request, (20, 30), found, photo), given)
    own = cnnviz.activations(model, photo.pixels, [request.layer])[request.layer]
    assert given["value"] == pytest.approx(own[20, 30, 3], rel=1e-5)


def _number(shown):
    """A number in full, as pointing at it tells."""
    return float(shown.get_attribute("title"))


def _place(page):
    """Row and column of the pixel that is shown."""
    return map(int, re.findall(r"\d+", page.locator(".place").inner_text()))
