"""Controls that the link knows, by their names in it, and how far a choice of each reaches."""

from __future__ import annotations

from enum import StrEnum


class Key(StrEnum):
    """Controls that the link knows, by their names in it."""

    MINE = "mine"
    MODEL = "model"
    IMAGE = "image"
    SECOND = "second"
    LAYER = "layer"
    CHANNEL = "channel"
    INPUT = "input"
    PAGE = "page"
    SEED = "seed"
    TARGET = "target"
    AGAINST = "against"
    OUTPUT = "output"
    METHOD = "method"
    PIXEL_METHOD = "pixel_method"
    AMOUNT = "amount"
    LOOK = "look"
    COLORMAP = "colormap"
    INTENSITY = "intensity"
    LECTURE_INTENSITY = "lecture_intensity"
    SCALE = "scale"
    COLOURS_BY = "colours_by"
    DETAIL = "detail"
    TILES = "tiles"
    SHOWN = "shown"
    EACH = "each"
    EVERY_LAYER = "every_layer"
    THRESHOLD = "threshold"
    REGIONS = "regions"
    CUTOUT = "cutout"
    MODE = "mode"
    ORDER = "order"
    PRESET = "preset"
    CLASS_PRESET = "class_preset"
    DIRECTION = "direction"
    FACES = "faces"
    PLACE = "place"
    OTHER = "other"
    DREAM = "dream"
    PLAY = "play"
    COMPARE = "compare"
    SOURCE = "source"
    SECTION = "section"
    METHODS = "methods"
    MEASURED = "measured"
    MEASURE = "measure"
    CHECK_METHOD = "check_method"
    DEPTH = "depth"
    TRUST = "trust"
    LESSON = "lesson"
    KERNEL = "kernel"
    WEIGHTS = "weights"
    NORMALIZED = "normalized"
    FLIPPED = "flipped"
    INPUT_OF = "from"
    PATCH = "patch"
    COLOUR = "colour"
    STRIDE = "stride"
    PADDING = "padding"
    DILATION = "dilation"
    WINDOW = "window"
    BACKWARDS = "backwards"
    SHADES = "shades"
    AT = "at"
    FREQUENCY = "frequency"
    THETA = "theta"
    SIGMA = "sigma"
    GABOR_INPUT = "gabor_on"
    BANK = "bank"
    PIXELS = "pixels"
    INTERPOLATION = "interpolation"
    UNIT = "unit"
    WALK = "walk"
    SCENE_SHAPE = "scene_shape"
    SCENE_BACKGROUND = "scene_background"
    SCENE_SEED = "scene_seed"
    SCENE_METHOD = "scene_method"
    REVEAL = "reveal"
    A_MODEL = "a_model"
    A_IMAGE = "a_image"
    A_METHOD = "a_method"
    A_TARGET = "a_target"
    A_AGAINST = "a_against"
    A_LAYER = "a_layer"
    B_MODEL = "b_model"
    B_IMAGE = "b_image"
    B_METHOD = "b_method"
    B_TARGET = "b_target"
    B_AGAINST = "b_against"
    B_LAYER = "b_layer"


class View(StrEnum):
    """Kinds of pages that look at layers: each keeps the layer that was chosen on it."""

    MAPS = "maps"
    KERNELS = "kernels"
    PATTERNS = "patterns"
    EXPLAINING = "explaining"


class Reach(StrEnum):
    """How far a choice reaches: the farther, the less it depends on."""

    EVERYWHERE = "everywhere"
    MODEL = "model"
    VIEW = "model and kind of page"
    LAYER = "model, kind of page and layer"


REACH = {
    Key.TARGET: Reach.MODEL,
    Key.AGAINST: Reach.MODEL,
    Key.OUTPUT: Reach.MODEL,
    Key.LAYER: Reach.VIEW,
    Key.TILES: Reach.VIEW,
    Key.CHANNEL: Reach.LAYER,
    Key.INPUT: Reach.LAYER,
    Key.PAGE: Reach.LAYER,
    Key.OTHER: Reach.LAYER,
    Key.PLACE: Reach.LAYER,
    Key.DREAM: Reach.LAYER,
    Key.UNIT: Reach.LAYER,
    Key.WALK: Reach.MODEL,
    Key.A_TARGET: Reach.MODEL,
    Key.A_AGAINST: Reach.MODEL,
    Key.A_LAYER: Reach.MODEL,
    Key.B_TARGET: Reach.MODEL,
    Key.B_AGAINST: Reach.MODEL,
    Key.B_LAYER: Reach.MODEL,
}
"""Of choices that do not reach everywhere."""
