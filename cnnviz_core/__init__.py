"""The science of cnnviz: pure functions of a model and an image.

`import cnnviz_core as cnnviz` is light; TensorFlow is loaded by the first function that needs it.
Images are RGB uint8 (height, width, 3) of any size; every function preprocesses for itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "images": ["rendering"],
        "looking.feature_maps": ["activations", "dead_channels", "sparsity"],
        "attribution.cam": [
            "class_activation_map",
            "eigen_cam",
            "grad_cam",
            "grad_cam_plus_plus",
            "hires_cam",
            "layer_cam",
        ],
        "attribution.catalogue": ["METHODS"],
        "attribution.explaining": ["explain"],
        "attribution.gradient": [
            "guided_backpropagation",
            "input_times_gradient",
            "integrated_gradients",
            "saliency",
            "smooth_grad",
        ],
        "attribution.perturbation": ["occlusion", "rise"],
        "attribution.score_weighted": ["score_cam"],
        "attribution.superpixel": ["lime", "xrai"],
        "trust.baselines": ["baseline_map"],
        "sets.drawn_shapes": ["shape_image", "shapes"],
        "trust.faithfulness": ["deletion", "insertion", "road"],
        "images.reading": ["read_image"],
        "looking.filters": ["kernels"],
        "zoo.loading": ["load_model"],
        "maps.localization": ["bounding_box", "bounding_boxes", "grabcut"],
        "maximization": ["Channel", "ClassLogit", "Layer", "Neuron", "deep_dream", "maximize"],
        "network.model": ["LoadedModel"],
        "model_files.inspecting": ["ModelFile", "inspect_model_file"],
        "looking.prediction": ["predict"],
        "looking.architecture": ["structure"],
        "trust.randomization": ["randomization_check"],
        "targets": ["Contrast"],
        "images.frequencies": ["Spectrum", "radial_power"],
        "zoo.cards": ["ModelCard", "available_models"],
    },
)
