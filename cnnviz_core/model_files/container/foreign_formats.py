"""Sentences for files that are no Keras model: what each is, and how to come to one."""

from __future__ import annotations

_SAVE = "model.save('model.keras')"

EMPTY = "This file is empty: the upload or download broke off. Upload the model file again."
ZEROS = (
    "This file holds nothing but zeros or blanks, as an unfinished download leaves it. Download it "
    "again and upload that."
)
GIT_LFS = (
    "This is a Git LFS pointer: a note of a few lines that stands in for the model. Run "
    "`git lfs pull` in the repository, or use the download button of the file's page, and upload "
    "the file itself."
)
WEB_PAGE = (
    "This is a web page that was saved in place of the model. Use the page's download button or "
    "its raw link and upload the file it gives."
)
PYTORCH = (
    "This is a PyTorch file, which can run any program when it is opened, so it is not read here. "
    "Convert the model where it was made, for instance with nobuco.pytorch_to_keras(...), save the "
    "result with save('model.h5') and upload that."
)
PICKLE = (
    "This is a Python pickle (also joblib writes them), which can run any program when it is "
    f"opened, so it is not read here. Load it where it was made and save the model with {_SAVE}."
)
NUMPY = (
    "These are NumPy arrays without the network they belong to. Rebuild the model in Keras, set "
    f"its weights from them and save it with {_SAVE}."
)
SAFETENSORS = (
    "This is a safetensors file: weights without the network they belong to. Rebuild the model in "
    f"Keras, set its weights from them and save it with {_SAVE}."
)
ONNX = (
    "This is an ONNX model. Upload the Keras file it was exported from, or convert it with "
    "`onnx2tf -i model.onnx -oh5` and upload the .h5 file."
)
TFLITE = (
    "This is a TensorFlow Lite model, made for phones, which cannot be turned back into Keras "
    "layers. Upload the .h5 or .keras file it was converted from; in Teachable Machine, export "
    "again and choose Tensorflow, then Keras."
)
SAVED_MODEL = (
    "This is a TensorFlow SavedModel, or a part of one: it holds a program and no list of layers. "
    "In TensorFlow 2.15 or older, run model = tf.keras.models.load_model(folder), then "
    "model.save('model.h5'), and upload that file."
)
FROZEN_GRAPH = (
    "This is a TensorFlow graph (.pb), which holds a program and no list of layers. Upload the "
    f"Keras model it was made from, saved with {_SAVE}."
)
TENSORFLOW_JS = (
    "This is a TensorFlow.js model, made for web pages. Upload the Keras file it was converted "
    "from; in Teachable Machine, export again and choose Tensorflow, then Keras."
)
CHECKPOINT = (
    "This is a part of a TensorFlow checkpoint: weights without the network they belong to. Build "
    f"the model in code, run model.load_weights(checkpoint) and save it with {_SAVE}."
)
CORE_ML = (
    "This is a Core ML model, made for Apple devices, which cannot be turned back into Keras "
    "layers. Upload the Keras file it was converted from."
)
GGUF = (
    "This is a GGUF file, which holds a language model. Only Keras models of images are shown here."
)
ARCHIVE = (
    "This is a packed folder (tar, gzip, 7z, rar or the like). Unpack it and upload the one .keras "
    "or .h5 file in it; a SavedModel folder has to be saved again with model.save('model.h5')."
)
ZIP = (
    "This zip archive holds no Keras model. Upload a .keras or .h5 file, or the zip that Teachable "
    "Machine exports under Tensorflow, Keras."
)
UNPACKED_KERAS = (
    "This zip archive holds a .keras file that was unpacked. Upload the .keras file as Keras saved "
    "it, or pack its three files again without a folder around them."
)
OFFICE = "This is an office document. Upload a .keras or .h5 file of a model."
PICTURES = (
    "This zip archive holds pictures and no model. Upload a .keras or .h5 file here; pictures go "
    "where a photo is asked for."
)
PICTURE = "This is a picture. Upload it as a photo; here a .keras or .h5 file of a model is needed."
PDF = "This is a PDF document. Upload a .keras or .h5 file of a model."
SOURCE = (
    "This is Python source or a notebook: the recipe, without the trained weights. Run it, save "
    f"the trained model with {_SAVE} and upload that file."
)
ARCHITECTURE = (
    "This is the architecture of a model as JSON, without its trained weights. Save both in one "
    f"file with {_SAVE} and upload that."
)
JSON = "This is a JSON file without a model in it. Upload a .keras or .h5 file of a model."
TEXT = "This is a text file. Upload a .keras or .h5 file of a model."
UNKNOWN = (
    "This is no file that Keras writes: it is neither HDF5 (.h5) nor a .keras archive. Save the "
    f"model with {_SAVE} and upload that file."
)

MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x93NUMPY", NUMPY),
    (0, b"GGUF", GGUF),
    (4, b"TFL3", TFLITE),
    (0, b"%PDF", PDF),
    (0, b"\xff\xd8\xff", PICTURE),
    (0, b"\x89PNG\r\n\x1a\n", PICTURE),
    (0, b"GIF8", PICTURE),
    (0, b"II*\0", PICTURE),
    (0, b"MM\0*", PICTURE),
    (4, b"ftypheic", PICTURE),
    (4, b"ftypavif", PICTURE),
    (0, b"\x1f\x8b", ARCHIVE),
    (257, b"ustar", ARCHIVE),
    (0, b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (0, b"Rar!\x1a\x07", ARCHIVE),
    (0, b"BZh", ARCHIVE),
    (0, b"\xfd7zXZ\0", ARCHIVE),
    (0, b"\x28\xb5\x2f\xfd", ARCHIVE),
    (0, b"\x04\x22\x4d\x18", ARCHIVE),
)
"""Bytes that a kind of file has at an offset."""
