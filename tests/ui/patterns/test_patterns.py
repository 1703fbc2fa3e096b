"""Filter patterns: whole layers, single filters, classes and dreams."""

import io
import json
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest
import standin
import standin_patterns
from PIL import Image
from shown_tiles import tiles_of

from cnnviz_core import Channel, ClassLogit, Neuron
from cnnviz_core.images.frequencies import radial_power
from cnnviz_core.maximization import objectives
from cnnviz_engine import Progress
from cnnviz_engine.requests.patterns import MOST_PATTERN_PIXELS, DreamRequest, PatternsRequest
from cnnviz_ui.frame import photos, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.patterns import charts, growing, sheet, view, words
from cnnviz_ui.widgets import films, snippets

LAYER = "stage1_conv1"
STRUCTURE = standin.structure()


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def asked(engine):
    """The last request."""
    return engine.requests[-1]


def drawn_charts(app):
    """The page's charts as Plotly describes them."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def hover_texts(app):
    """What the tiles of the sheet say."""
    return tiles_of(app)[0]["names"]


def request(**options):
    """A request for a few filters."""
    default = {"model": "photos20", "layer": LAYER, "indices": (3, 5, 9), "size": 32}
    return PatternsRequest(**(default | options))


def grown(**options):
    """What such a request gives."""
    return standin_patterns.patterns(request(**options), standin.LABELS)


@pytest.fixture
def lines(monkeypatch):
    """Run a snippet over the library's own objectives: gives what the last call was given."""

    def run(code):
        calls = []

        def note(*arguments, **options):
            calls.append((arguments, options))
            return SimpleNamespace(images=None)

        library = SimpleNamespace(
            Channel=Channel,
            Neuron=Neuron,
            ClassLogit=ClassLogit,
            Layer=lambda name: ("layer", name),
            load_model=lambda name: name,
            read_image=lambda path: "image",
            maximize=note,
            deep_dream=note,
        )
        monkeypatch.setitem(__import__("sys").modules, "cnnviz_core", library)
        exec(code, {})
        return calls[-1]

    return run


@pytest.mark.parametrize(
    ("mode", "kind", "amount"),
    [("Whole layer", "patterns", 48), ("One filter", "patterns", 1), ("Class", "patterns", 1)],
)
def test_modes_ask_for_what_they_say(visit, engine, mode, kind, amount):
    """All filters of a layer, one of them, or a class."""
    app = visit("patterns", mode=mode, layer=LAYER)
    assert not app.exception
    assert asked(engine).kind == kind
    assert len(asked(engine).indices) == amount
    assert (asked(engine).layer is None) == (mode == "Class")


def test_a_link_to_a_former_mode_shows_the_whole_layer(visit, engine):
    """Links that said "First 64" still open a sheet."""
    app = visit("patterns", mode="First 64", layer=LAYER)
    assert not app.exception
    assert asked(engine).indices == tuple(range(48))


def test_the_sheet_is_what_is_shipped(visit, engine):
    """By default all is left at what the files of bundled models were made with."""
    visit("patterns", layer=LAYER)
    plain = PatternsRequest(model="photos20", layer=LAYER, indices=tuple(range(48)), size=96)
    assert asked(engine).key == plain.key


def test_wide_layers_have_several_sheets(visit, engine, monkeypatch):
    """A layer of 1100 channels has three sheets of 512 and less, and its own page in the link."""
    wide = [
        (name, kind, (*shape[:2], 1100) if name == LAYER else shape, *rest)
        for name, kind, shape, *rest in standin.LAYERS
    ]
    monkeypatch.setattr(standin, "LAYERS", wide)
    app = visit("patterns", layer=LAYER)
    assert asked(engine).indices == tuple(range(512))
    app.session_state[state.STATE].choices.choose({Key.PAGE: 3})
    app.run()
    assert asked(engine).indices == tuple(range(1024, 1100))
    assert "filters 1024 to 1099" in words_of(app)


def test_best_first_puts_the_silent_last(visit):
    """Tiles stand by the activation they reached; the silent filter is last and says so."""
    texts = hover_texts(visit("patterns", layer=LAYER))
    values = [float(text.split("activation ")[1].split(",")[0]) for text in texts]
    assert texts[-1].startswith(f"filter {standin_patterns.SILENT}: activation")
    assert texts[-1].endswith(", silent")
    assert values[:-1] == sorted(values[:-1], reverse=True)


def test_a_linear_layer_names_the_one_to_look_at(visit):
    """The mean of a convolution of the picture sees flat colours alone; its ReLU is named."""
    for mode in ("Whole layer", "One filter"):
        assert "Choose stem_relu to see" in words_of(
            visit("patterns", layer="stem_conv", mode=mode)
        )
        assert "Choose stem_relu" not in words_of(visit("patterns", layer=LAYER, mode=mode))


def test_by_number_is_by_number(visit):
    """The other order is that of the channels, and what is pointed at says the same values."""
    sorted_texts = hover_texts(visit("patterns", layer=LAYER))
    texts = hover_texts(visit("patterns", layer=LAYER, order="By number"))
    assert [int(text.split(":")[0].removeprefix("filter ")) for text in texts] == list(range(48))
    assert sorted(texts) == sorted(sorted_texts)


def test_order_asks_for_nothing_new(visit, engine):
    """Turning the sheet over is no new computation."""
    app = visit("patterns", layer=LAYER)
    before = asked(engine).key
    app.selectbox(key="order").select("By number").run()
    assert asked(engine).key == before


def test_a_tile_opens_its_own_filter():
    """The picture on the sheet's first tile is the pattern that its hover text names."""
    patterns = grown()
    ranks = sheet.ranking(patterns, "Best first")
    picture = sheet.sheet(patterns, ranks)
    best = int(np.where(patterns.alive, patterns.reached, -np.inf).argmax())
    tile = sheet.sheet(patterns, [best])
    np.testing.assert_array_equal(picture[:32, :32], tile)
    assert ranks[-1] == 1


def test_silent_filters_are_named(visit):
    """Never a dead picture without a sentence."""
    sentence = "1 filter stays silent: no picture near the start moves it: 5."
    assert sentence in words_of(visit("patterns", layer=LAYER))
    app = visit("patterns", mode="One filter", layer=LAYER, channel="5")
    assert "stays silent" in app.info[0].value
    assert "channel 5: the noise of its start" in words_of(app)
    assert not visit("patterns", mode="One filter", layer=LAYER, channel="6").info


def test_silent_sentences_count_and_end():
    """Several are named in the plural, and of very many the rest is counted."""
    dead = grown()
    few = SimpleNamespace(alive=np.array([False, True, False, False]))
    many = SimpleNamespace(alive=np.zeros(40, bool))
    assert words.silent_sentence(few, [4, 5, 17, 60], "filter") == (
        "3 filters stay silent: no picture near the start moves them: 4, 17, 60."
    )
    assert words.silent_sentence(many, range(40), "channel").endswith(", 22, 23 and 16 more.")
    assert words.silent_sentence(dead, [1, 2, 3], "filter") is not None
    half = SimpleNamespace(alive=np.array([True, False]))
    assert "face 2" in words.silent_alone(half, "filter")


def test_previews_of_any_size_make_a_sheet():
    """While it grows a sheet may be smaller than in the end; its tiles keep their places."""
    small, large = grown(size=32), grown(size=96)
    small_sheet, large_sheet = sheet.sheet(small), sheet.sheet(large)
    assert small_sheet.shape[1] / small_sheet.shape[0] == pytest.approx(
        large_sheet.shape[1] / large_sheet.shape[0], rel=0.02
    )


def test_controls_of_one_filter_change_the_request(visit, engine):
    """Each control says one thing in the request."""
    app = visit("patterns", mode="One filter", layer=LAYER, channel="7")
    plain = asked(engine)
    assert (plain.indices, plain.size, plain.frames) == ((7,), 192, 24)
    app.selectbox(key="other").select("9").run()
    assert asked(engine) == plain.model_copy(update={"against": 9})
    app.selectbox(key="preset").select("MACO").run()
    assert asked(engine).preset == "maco"
    app.number_input(key="seed").set_value(4).run()
    assert asked(engine).seed == 4
    assert not app.exception


@pytest.mark.parametrize(
    ("link", "changes"),
    [
        ({"direction": "Dislikes"}, {"direction": -1}),
        ({"faces": "4"}, {"faces": 4}),
        ({"place": "Centre cell"}, {"place": (16, 16), "size": None}),
        ({"other": "7"}, {}),
        ({"other": "12"}, {"against": 12}),
    ],
)
def test_links_of_one_filter(visit, engine, link, changes):
    """The link carries every control; a channel against itself is a channel."""
    visit("patterns", mode="One filter", layer=LAYER, channel="7")
    plain = asked(engine)
    app = visit("patterns", mode="One filter", layer=LAYER, channel="7", **link)
    assert not app.exception
    assert asked(engine) == plain.model_copy(update=changes)


def test_controls_of_a_class_change_the_request(visit, engine):
    """A class by its label, by MACO unless asked otherwise, alone or against another."""
    app = visit("patterns", mode="Class", target="tulip")
    assert (asked(engine).indices, asked(engine).preset) == ((5,), "maco")
    app.selectbox(key="against").select("face").run()
    assert asked(engine).against == 2
    app.selectbox(key="against").select("tulip").run()
    assert asked(engine).against is None
    app.selectbox(key="class_preset").select("Best").run()
    assert asked(engine).preset == "best"
    assert not app.exception


def test_a_dream_is_of_the_photo(visit, engine):
    """The photo beside its dream; of a layer, or of one channel."""
    app = visit("patterns", mode="DeepDream", layer=LAYER, image="coffee")
    assert not app.exception
    assert isinstance(asked(engine), DreamRequest)
    assert (asked(engine).index, asked(engine).layer) == (None, LAYER)
    assert asked(engine).image == photos.sample_photo("coffee").digest
    assert len(app.get("image")) == 2
    app.selectbox(key="dream").select("11").run()
    assert asked(engine).index == 11


@pytest.mark.parametrize("mode", ["One filter", "Class"])
def test_presets_side_by_side(visit, engine, mode):
    """Three presets, a job and a picture each, with what they reached."""
    app = visit("patterns", mode=mode, compare="true")
    assert not app.exception
    last = engine.requests[-3:]
    assert {sent.preset for sent in last} == {"best", "maco", "lecture"}
    assert len({sent.model_copy(update={"preset": "best"}).key for sent in last}) == 1
    assert len(app.get("image")) == 3
    assert words_of(app).count(" reached</dt>") == 3


@pytest.mark.parametrize("mode", ["Whole layer", "One filter", "Class", "DeepDream"])
@pytest.mark.parametrize("nonsense", ["", "-1", "1e999", "<b>x</b>", "99999", "nan", "[]", "4.5"])
def test_nonsense_in_a_link_shows_the_default(visit, mode, nonsense):
    """No value of any parameter makes a mode fail."""
    names = "channel direction faces place other against target order preset class_preset page play"
    link = dict.fromkeys([*names.split(), "compare", "dream", "seed", "layer"], nonsense)
    app = visit("patterns", mode=mode, **link)
    assert not app.exception
    assert not app.error
    assert app.get("image") or tiles_of(app)


def test_play_moves_the_picture(visit):
    """The film stands where the picture stood."""
    still = visit("patterns", mode="One filter", layer=LAYER)
    moving = visit("patterns", mode="One filter", layer=LAYER, play="true")
    assert "img class='film'" not in words_of(still)
    assert "img class='film' src='data:image/webp;base64," in words_of(moving)
    assert len(moving.get("image")) == len(still.get("image")) - 1


@pytest.mark.parametrize("faces", [1, 4])
def test_films_hold_every_frame(faces):
    """GIF and WebP have as many frames as were kept, of the picture's size, and repeat."""
    patterns = grown(indices=(3,), faces=faces, frames=12)
    frames = view.frames_of(patterns)
    height, width = view.picture(patterns).shape[:2]
    for content in (films.gif(frames), films.webp(f"test-{faces}", lambda: frames)):
        with Image.open(io.BytesIO(content)) as film:
            assert film.n_frames == 12
            assert film.size == (width, height)
            assert film.info["loop"] == 0
            film.seek(11)
            last = np.asarray(film.convert("RGB"), int)
            assert film.info["duration"] == films.LAST_MILLISECONDS
        assert np.abs(last - view.picture(patterns)).mean() < 12


def test_films_of_photos_are_reduced():
    """A large frame is brought to the longer side of a film."""
    frames = np.zeros((2, 300, 900, 3), np.uint8)
    with Image.open(io.BytesIO(films.gif(frames))) as film:
        assert film.size == (films.SIDE, round(300 * films.SIDE / 900))


def test_history_ends_where_the_image_settled(visit):
    """After the last step that changed the image there is no line."""
    steps = standin_patterns.STEPS["best"] - standin_patterns.SETTLED
    figure = go.Figure(charts.history_figure(grown(indices=(3, 9)).history, units="activation"))
    assert [len(line.x) for line in figure.data] == [steps, steps]
    assert max(figure.data[0].x) == steps - 1
    assert "at each of the 112 steps" in words_of(visit("patterns", mode="One filter"))
    whole = go.Figure(charts.history_figure(grown(preset="lecture").history, units="step"))
    assert len(whole.data[0].x) == standin_patterns.STEPS["lecture"]


def test_spectrum_chart_is_the_pictures_spectrum():
    """Logarithmic axes, in cycles per pixel, a line an image."""
    patterns = grown(indices=(3,))
    figure = go.Figure(charts.spectrum_figure(patterns.images))
    spectrum = radial_power(patterns.images[0])
    below = spectrum.frequency <= 0.5
    np.testing.assert_array_equal(figure.data[0].x, spectrum.frequency[below])
    np.testing.assert_array_equal(figure.data[0].y, spectrum.power[below])
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert figure.layout.xaxis.title.text == "spatial frequency (cycles per pixel)"


def test_a_flat_picture_has_no_spectrum():
    """Nothing is drawn where there is nothing, rather than the logarithm of 0."""
    figure = go.Figure(charts.spectrum_figure(np.full((1, 16, 16, 3), 0.5, np.float32)))
    assert len(figure.data[0].x) == 0


def test_values_of_what_is_lowered_keep_their_sign(visit):
    """The objective is the activation with its sign turned; the page says the activation."""
    down = request(indices=(3,), direction=-1)
    patterns = standin_patterns.patterns(down, standin.LABELS)
    assert words.values(patterns.reached, down).startswith("-")
    app = visit("patterns", mode="One filter", direction="Dislikes", channel="3")
    assert "lowers its activation" in words_of(app)


@pytest.mark.parametrize("side", [128, 224, 299, 600, 1200])
@pytest.mark.parametrize("faces", [1, 4, 6])
def test_frames_fit_what_may_be_held(side, faces):
    """Of a network with a large input fewer frames are asked for, and never too many."""
    structure = SimpleNamespace(input_size=(side, side))
    choice = SimpleNamespace(model="photos20")
    class_request = growing.class_request(
        choice, structure, 1, None, preset="maco", options=growing.Options(faces=faces)
    )
    assert class_request.frames == 0 or class_request.amount * side**2 <= MOST_PATTERN_PIXELS
    assert class_request.frames == growing.FRAMES or side > 224 or faces > 4


@pytest.mark.parametrize("side", [200, 800, 4000])
def test_films_of_large_photos_have_fewer_frames(side):
    """All frames of a dream are held at once, at the photo's size."""
    pixels = np.zeros((side, side, 3), np.uint8)
    choice = SimpleNamespace(
        model="photos20", photo=SimpleNamespace(pixels=pixels, digest="0" * 64)
    )
    dream_request = growing.dream_request(choice, LAYER, None, 0)
    assert dream_request.frames * side**2 <= MOST_PATTERN_PIXELS
    assert (dream_request.frames == growing.FRAMES) == (side == 200)
    assert (dream_request.frames == 0) == (side == 4000)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"indices": (4,), "seed": 3},
        {"indices": tuple(range(12)), "size": 96, "preset": "lecture"},
        {"indices": tuple(range(512, 515))},
        {"indices": (4,), "direction": -1, "faces": 4},
        {"indices": (4,), "against": 2},
        {"indices": (4,), "against": 2, "direction": -1},
        {"indices": (4,), "place": (7, 8), "size": None},
        {"layer": None, "indices": (2,), "size": None, "preset": "maco"},
        {"layer": "<b>'odd'</b>", "indices": (1,)},
    ],
)
def test_the_lines_ask_for_what_the_request_asks(lines, options):
    """Run, the snippet hands the library the very objectives that the worker does."""
    asked = request(**options)
    wanted = [asked.objective(index) for index in asked.indices]
    (model, goals), keywords = lines(snippets.code(asked, None))
    assert model == asked.model
    assert [objectives.terms(goal) for goal in goals] == [objectives.terms(goal) for goal in wanted]
    assert keywords["seed"] == asked.seed
    assert keywords["preset"] == asked.preset
    assert keywords.get("size") == asked.size
    assert keywords.get("faces", 1) == asked.faces


def test_the_lines_of_a_dream(lines):
    """Photo, layer or channel, seed, and steps where they are not the method's own."""
    own = photos.Photo("own", "mine.png", "", np.zeros((2, 2, 3), np.uint8), "0" * 64)
    plain = DreamRequest(model="photos20", image="0" * 64, layer=LAYER, seed=5)
    assert lines(snippets.code(plain, None, own)) == (
        ("photos20", "image", ("layer", LAYER)),
        {"seed": 5},
    )
    channel_request = plain.model_copy(update={"index": 3})
    assert lines(snippets.code(channel_request, None, own))[0][2] == Channel(LAYER, 3)
    longer = plain.model_copy(update={"steps": 4})
    assert lines(snippets.code(longer, None, own))[1] == {"steps": 4, "seed": 5}


def test_a_network_without_maps_says_so(visit, monkeypatch):
    """Where no layer has height and width there is a sentence, and classes still work."""
    flat = [layer for layer in standin.LAYERS if len(layer[2]) == 1 or layer[0] == "input"]
    monkeypatch.setattr(standin, "LAYERS", flat)
    app = visit("patterns")
    assert "no layer with height and width" in app.info[0].value
    assert visit("patterns", mode="Class").get("image")


def test_one_filter_opens_on_the_channel_that_the_photo_excites(visit, engine):
    """The channel that varies most over it, borders aside; until it is known nothing is grown."""
    app = visit("patterns", mode="One filter")
    request = next(request for request in engine.requests if request.kind == "activations")
    values = engine._activations(request)
    assert values.shape == (32, 32, 48)
    telling = int(values[4:-4, 4:-4].var(axis=(0, 1)).argmax())
    assert telling > 0
    assert app.number_input(key="channel").value == telling
    grown = [request for request in engine.requests if request.kind == "patterns"]
    assert {request.indices for request in grown} == {(telling,)}
    assert "channel" not in app.query_params


def test_class_opens_on_what_the_network_takes_the_photo_for(visit, engine):
    """The best class, by its name."""
    app = visit("patterns", mode="Class")
    request = next(request for request in engine.requests if request.kind == "predict")
    best = engine._predict(request)
    assert app.selectbox(key="target").value == best.labels[0]
    grown = [request for request in engine.requests if request.kind == "patterns"]
    assert {request.indices for request in grown} == {(best.indices[0],)}


@pytest.mark.parametrize("mode", ["One filter", "Class"])
def test_nothing_is_grown_before_it_is_known_what(visit, engine, mode):
    """A minute's work for a channel that is then left would stand before others'."""
    engine.stuck, engine.answered = (Progress(1, 20, None),), ("describe",)
    app = visit("patterns", mode=mode)
    assert not app.exception
    assert not [request for request in engine.requests if request.kind == "patterns"]
