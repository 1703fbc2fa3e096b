"""The page Your model, and every other page with a model of one's own."""

import pytest
import standin_uploads as files

from cnnviz_core.errors import WeightsUnavailableError
from cnnviz_engine import Progress, UploadedModel
from cnnviz_ui.frame import links, own_model, shell, sidebar, state
from cnnviz_ui.frame.own import Own
from cnnviz_ui.your_model import arriving, choices, pretrained

PAGES = [name for name, *_ in shell.PAGES]
ABOUT_IT = [name for name in PAGES if name not in links.OF_ITSELF]
HOSTILE_NAME = "<img src=x onerror=alert(1)> *bold* \u202e.h5"


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def said(app):
    """What stands in boxes, as a reader sees it."""
    boxes = [*app.error, *app.info, *app.warning]
    return " ".join(element.value.replace("\\", "") for element in boxes)


def uploader(app, label):
    """A control that takes a file, by what it says."""
    return next(element for element in app.get("file_uploader") if label in element.label)


@pytest.fixture
def drop(visit):
    """Open the page and drop a file on it."""

    def dropped(content=files.GOOD, name="pets.h5", app=None, **query):
        app = app or visit("your_model", **query)
        uploader(app, "Drop a model file").upload(name, content, "application/octet-stream").run()
        assert not app.exception
        return app

    return dropped


def test_without_a_file_the_page_says_what_can_be_dropped(visit):
    """Where files come from, what happens to them, and a picture of what preprocessing does."""
    app = visit("your_model")
    assert "model.save" in words_of(app)
    assert "never written to disk" in words_of(app)
    assert len(app.get("image")) == 5


def test_a_good_file_is_chosen_on_every_page(drop):
    """What it is stands there, and the picker has changed."""
    app = drop()
    assert app.session_state["model"] == own_model.OWN
    assert app.selectbox(key="model").options[0] == "pets.h5 (yours)"
    for part in ("Sequential", "61,000", "Keras 2.4.0", "128 \u00d7 128 \u00d7 3", "2.3 MB, HDF5"):
        assert part in words_of(app)
    assert "groups was left out of &lt;b&gt;dw_1&lt;/b&gt;" in words_of(app)
    assert "In use on every page." in words_of(app)


@pytest.fixture
def open_with(visit):
    """Open a page in a session that has a model of its own."""

    def opened(name, content=files.GOOD, file_name="pets.h5"):
        upload = UploadedModel(content, file_name)
        own = Own(upload, files.summary(upload))
        app = visit(name, own=own)
        assert not app.exception
        return app

    return opened


def test_a_model_in_use_leads_to_every_other_page():
    """In the order of the pages, but for those that are about networks of their own."""
    assert [*arriving.ONWARD, "your_model"] == ABOUT_IT


@pytest.mark.parametrize("name", ABOUT_IT)
def test_every_page_works_with_it(open_with, engine, name):
    """No page fails or names the model by its digest, and requests carry the upload."""
    app = open_with(name)
    assert not app.error
    assert app.session_state["model"] == own_model.OWN
    assert "upload-" not in words_of(app)
    asked = [request for request in engine.requests if request.kind != "inspect"]
    assert bool(asked) == (name != "convolution")  # which needs no network
    assert all(request.model.startswith("upload-") for request in asked)


@pytest.mark.parametrize("name", ABOUT_IT)
def test_a_model_without_classes_is_a_sentence_where_classes_are_needed(open_with, name):
    """Pages that need a class say why there is nothing, and link on; the others work."""
    app = open_with(name, files.CLASSLESS)
    assert not app.error
    if name not in (*links.WITHOUT_CLASSES, "your_model"):
        assert files.CLASSLESS_SENTENCE in said(app)
        assert any("kernels" in link.proto.label for link in app.get("page_link"))
    else:
        assert files.CLASSLESS_SENTENCE not in said(app)


@pytest.mark.parametrize("name", ABOUT_IT)
def test_a_model_of_other_channels_works_where_no_photo_is_needed(open_with, name):
    """Pages that need a photo say the library's sentence once; the others work."""
    app = open_with(name, files.SPECTRAL)
    if name == "start" or name not in arriving.WITHOUT_PHOTOS:
        assert "takes images of 5 channels" in said(app)


def test_the_meaning_of_numbers_can_be_chosen(drop):
    """Guessed with its reason; said otherwise the model has no classes, and none to name."""
    app = drop()
    meaning = next(
        element for element in app.get("button_group") if element.label == "Its numbers are"
    )
    assert "Guessed: class scores. It ends in softmax." in words_of(app)
    meaning.set_value("Measures, no classes").run()
    assert not app.exception
    assert app.session_state[state.STATE].own.mine.upload.classes is False
    assert "measures, as you said" in words_of(app)
    assert "Class names" not in words_of(app)
    assert "<dt>Classes</dt><dd>none</dd>" in words_of(app)
    meaning = next(
        element for element in app.get("button_group") if element.label == "Its numbers are"
    )
    meaning.set_value("Class scores").run()
    assert app.session_state[state.STATE].own.mine.upload.classes is None
    assert "Class names" in words_of(app)


def test_patterns_of_a_class_are_not_offered_without_classes(open_with):
    """Channels can be driven, classes that are not there cannot."""
    app = open_with("patterns", files.CLASSLESS)
    modes = next(element for element in app.get("button_group") if element.label == "Show")
    assert modes.options == ["Whole layer", "One filter", "DeepDream"]


def test_a_refused_file_is_a_sentence_and_the_model_before_stays(drop):
    """Why it is refused, what else can be done, and what is in use still."""
    app = drop()
    app = drop(files.BROKEN, "cat.keras", app)
    assert f"cat.keras: {files.REFUSAL}" in said(app)
    assert "The model before it stays: pets.h5" in words_of(app)
    assert "Save the whole model" in words_of(app)
    assert app.session_state["model"] == own_model.OWN


def test_a_first_file_that_is_refused_leaves_the_default_model(drop):
    """Nothing is chosen that is not there."""
    app = drop(files.BROKEN)
    assert files.REFUSAL in said(app)
    assert app.session_state["model"] == "photos20"
    assert not any("yours" in name for name in app.selectbox(key="model").options)


def test_hostile_names_are_text(drop):
    """Markup in a file's name or labels is shown letter by letter; no sign turns a line around."""
    app = drop(files.LABELLED, HOSTILE_NAME)
    assert "<img src=x" not in words_of(app)
    assert "&lt;img src=x onerror=alert(1)&gt; *bold* .h5" in words_of(app)
    assert "\u202e" not in words_of(app)
    assert "<i>cat" not in words_of(app)
    app = drop(files.BROKEN, HOSTILE_NAME, app)
    assert r"\<img src\=x onerror\=alert\(1\)\>" in app.error[0].value


def test_class_names_are_taken_once_they_are_as_many_as_the_classes(drop, engine):
    """Too few or too many are counted, and those before stay in use."""
    app = drop()
    field = app.text_area[0]
    field.set_value("cat\ndog").run()
    assert "2 names for 3 classes: 1 is missing." in said(app)
    assert app.session_state[state.STATE].own.mine.upload.labels is None
    app.text_area[0].set_value("cat, dog, bird, cow").run()
    assert "4 names for 3 classes: 1 too many." in said(app)
    app.text_area[0].set_value("{'dog': 1, 'cat': 0, 'bird': 2}").run()
    assert not app.warning
    assert app.session_state[state.STATE].own.mine.upload.labels == ("cat", "dog", "bird")
    assert engine.requests[-1].model == app.session_state[state.STATE].own.mine.upload.name


def test_class_names_come_from_a_file(drop):
    """The lines of a labels file are put into the field, and taken."""
    app = drop()
    content = b"0 Cat\n1 Dog\n2 Bird\n"
    uploader(app, "labels.txt").upload("labels.txt", content, "text/plain").run()
    assert app.text_area[0].value == "Cat\nDog\nBird"
    assert app.session_state[state.STATE].own.mine.upload.labels == ("Cat", "Dog", "Bird")


def test_labels_in_the_file_are_there_already(drop):
    """They need not be typed, and are not sent a second time."""
    app = drop(files.LABELLED)
    assert app.text_area[0].value.splitlines() == ["<i>cat</i>", "**dog**", "$x$"]
    assert app.session_state[state.STATE].own.mine.upload.labels is None


def test_as_many_classes_as_imagenets_get_its_names(drop, monkeypatch):
    """Where the list is on this machine; the page says that it guessed, and other names count."""
    names = ("tench", "goldfish", "shark")
    for module in (own_model, choices):
        monkeypatch.setattr(module, "imagenet_labels_here", lambda: names)
    app = drop()
    assert app.session_state[state.STATE].own.mine.upload.labels == names
    assert "Guessed: ImageNet&#x27;s names" in words_of(app)
    app.text_area[0].set_value("cat, dog, bird").run()
    assert app.session_state[state.STATE].own.mine.upload.labels == ("cat", "dog", "bird")
    assert "Guessed: ImageNet" not in words_of(app)


def test_names_in_the_file_count_before_imagenets(drop, monkeypatch):
    """A file that brings names keeps them, however many there are."""
    monkeypatch.setattr(own_model, "imagenet_labels_here", lambda: ("a", "b", "c"))
    assert drop(files.LABELLED).session_state[state.STATE].own.mine.upload.labels is None


def test_preprocessing_is_guessed_with_its_reason_and_can_be_changed(drop, engine):
    """The guess is marked; another choice is another model for the engine, the guess none."""
    app = drop()
    picker = next(element for element in app.selectbox if "pixels" in element.label)
    assert [option for option in picker.options if "(guessed)" in option] == [picker.options[2]]
    assert "Teachable Machine trains on pixels" in words_of(app)
    before = app.session_state[state.STATE].own.mine.upload
    picker.select("unit").run()
    after = app.session_state[state.STATE].own.mine.upload
    assert (before.preprocessing, after.preprocessing) == (None, "unit")
    assert engine.requests[-1].model == after.name != before.name
    next(element for element in app.selectbox if "pixels" in element.label).select("tf").run()
    assert app.session_state[state.STATE].own.mine.upload.name == before.name


def test_every_preprocessing_side_by_side_answers_for_itself(drop, engine):
    """One prediction for each, of the same file, and a button that takes one of them."""
    app = drop()
    assert len(app.get("image")) == 1
    app.toggle(key="_every_mode").set_value(True).run()
    assert len(app.get("image")) == 6
    modes = {upload.preprocessing for upload in engine.uploads.values()}
    assert modes == {None, "raw", "unit", "torch", "caffe"}
    assert len({id(upload.content) for upload in engine.uploads.values()}) == 1
    next(element for element in app.button if element.label == "0 to 1").click().run()
    assert app.session_state[state.STATE].own.mine.upload.preprocessing == "unit"


def test_a_grey_model_has_no_preprocessing_made_for_colours(drop):
    """Those that need three channels are not offered."""
    app = drop(files.GREY)
    picker = next(element for element in app.selectbox if "pixels" in element.label)
    assert len(picker.options) == 3
    assert len(app.get("image")) == 1


def test_values_of_another_input_are_set_one_by_one(drop):
    """Zeros until they are set; then every page uses them."""
    app = drop(files.VECTOR)
    fields = [element for element in app.number_input if element.label.startswith("Value")]
    assert [element.value for element in fields] == [0.0, 0.0]
    fields[1].set_value(1.5).run()
    assert app.session_state[state.STATE].own.mine.upload.inputs == {"age *and* size": (0.0, 1.5)}
    assert "age *and* size" in words_of(app)


def test_many_values_are_pasted(drop):
    """Their number is checked, and what is no number is said."""
    app = drop(files.LONG_VECTOR)
    field = app.text_area[-1]
    field.set_value("1, 2 3").run()
    assert "3 numbers for 40 values" in said(app)
    assert app.session_state[state.STATE].own.mine.upload.inputs == {}
    app.text_area[-1].set_value("one").run()
    assert "Not everything here is a number" in said(app)
    app.text_area[-1].set_value("[" + " ".join(map(str, range(40))) + "]").run()
    assert not app.warning
    numbers = app.session_state[state.STATE].own.mine.upload.inputs["age *and* size"]
    assert numbers == tuple(map(float, range(40)))


@pytest.mark.parametrize("linked", ["Your model", "own", "upload-" + "0" * 64])
@pytest.mark.parametrize("name", ["start", "your_model"])
def test_a_link_to_somebody_elses_model_is_a_sentence(visit, linked, name):
    """It is not here; the default one is shown."""
    app = visit(name, model=linked)
    assert not app.exception
    assert sidebar.LOST in said(app)
    assert app.session_state["model"] == "photos20"


def test_a_model_can_be_removed(drop):
    """The default model is back, and the page is as at first."""
    app = drop()
    next(element for element in app.button if element.label == "Remove it").click().run()
    assert app.session_state["model"] == "photos20"
    assert app.session_state[state.STATE].own.mine is None
    assert "Where to get a file" in words_of(app)


def test_another_model_can_be_chosen_and_ones_own_taken_again(drop):
    """The picker leads away from it, a button on the page back."""
    app = drop()
    app.selectbox(key="model").select("photos20").run()
    assert "In use on every page." not in words_of(app)
    next(
        element for element in app.button if element.label == "Use this model on every page"
    ).click().run()
    assert app.session_state["model"] == own_model.OWN


def test_the_page_waits_for_the_sandbox_in_words(drop, engine, visit):
    """While a file is looked into, the page says so."""
    engine.ready = False
    app = visit("your_model")
    uploader(app, "Drop a model file").upload("pets.h5", files.GOOD, "").run()
    assert not app.exception
    assert "The network is starting" in said(app)
    engine.ready = True
    app.run()
    assert app.session_state["model"] == own_model.OWN


def test_reading_a_model_into_the_sandbox_is_said(open_with, engine):
    """The first picture of an own model takes seconds: the page says what it waits for."""
    engine.stuck = (None,)
    app = open_with("architecture")
    assert "is being read into its sandbox" in app.get("progress")[0].proto.text


@pytest.mark.parametrize(
    ("step", "total", "words"),
    [
        (3, 20, "step 3 of 20"),
        (30_000_000, 98_000_000, "30.0 of 98.0 MB downloaded"),
        (30_000_000, 0, "30.0 MB downloaded"),
    ],
)
def test_a_download_is_told_in_megabytes(visit, engine, step, total, words):
    """Steps of a method are counted, bytes of weights are not."""
    engine.stuck = (Progress(step, total, None),)
    app = visit("architecture", model="resnet50")
    assert app.get("progress")[0].proto.text == f"The network: {words}"


def test_pretrained_networks_are_listed(visit):
    """Every network of keras.applications with its size, and whether its weights are here."""
    app = visit("your_model", source="Pretrained networks")
    assert not app.exception
    table = app.dataframe[0].value
    assert len(table) > 15
    assert {"Network", "File, MB", "Parameters", "Top 1, %", "Top 5, %", "Weights"} <= set(table)
    assert set(table["Weights"]) <= {"on this machine", "to download"}


def test_the_architecture_says_that_there_are_no_classes(open_with):
    """A regression has none to count."""
    app = open_with("architecture", files.CLASSLESS)
    assert "<dt>Classes</dt><dd>none</dd>" in words_of(app)


def test_a_choice_for_the_file_before_does_not_fall_on_the_next(drop, monkeypatch):
    """Controls know which file they were drawn for; a late one of the former changes nothing."""
    app = drop()
    former = app.session_state[state.STATE].own.mine
    latter = drop(files.VECTOR, "next.h5", app).session_state[state.STATE].own.mine
    monkeypatch.setattr(own_model, "own", lambda: latter)
    assert own_model.still(latter.mark) is latter
    assert own_model.still(former.mark) is None


def test_a_removed_model_leaves_an_empty_control_and_no_notice(drop):
    """The file is out of the control as well, and no link is said to be another's."""
    app = drop(model="photos20")
    key = uploader(app, "Drop a model file").key
    next(element for element in app.button if element.label == "Remove it").click().run()
    assert uploader(app, "Drop a model file").key != key
    assert sidebar.LOST not in said(app)


@pytest.fixture
def weights_here(monkeypatch):
    """Of all networks of keras.applications one has its weights here."""
    for module in (own_model, pretrained):
        monkeypatch.setattr(module, "weights_present", lambda: frozenset({"mobilenet"}))


@pytest.mark.usefixtures("weights_here")
def test_networks_whose_weights_are_not_here_are_marked(visit, monkeypatch):
    """In each list of models and in the table; not where workers are elsewhere."""
    app = visit("compare")
    for picker in (app.selectbox(key="model"), app.selectbox(key="a_model")):
        assert {"mobilenet", "photos20", "vgg16 (no weights)"} <= set(picker.options)
    assert not app.exception
    app.selectbox(key="model").select("vgg16").run()
    assert app.query_params["model"] == "vgg16"
    monkeypatch.setenv("CNNVIZ_SCHEDULER", "tcp://elsewhere:8786")
    assert "vgg16" in visit("compare").selectbox(key="model").options
    table = visit("your_model", source="Pretrained networks").dataframe[0].value
    assert list(table[table["Weights"] == "on this machine"]["Network"]) == ["mobilenet"]


@pytest.mark.usefixtures("weights_here")
def test_missing_weights_are_a_sentence_for_a_student(visit, engine):
    """What to choose in its place; what whoever runs the server can do is folded away, as text."""
    engine.failure = WeightsUnavailableError("Fetch *it* and put it into models/weights.")
    app = visit("start", model="vgg16")
    assert not app.exception
    (sentence,) = {error.value.replace("\\", "") for error in app.error}
    assert sentence.startswith("This network's weights are not on this server. Choose another")
    assert sentence.endswith("such as photos20, lecture-binary, shapes, shapes-biased, mobilenet.")
    folded = [each for each in app.expander if "runs this server" in each.label]
    assert "Fetch *it* and put it into models/weights." in folded[0].get("html")[0].value
    assert not folded[0].proto.expanded
