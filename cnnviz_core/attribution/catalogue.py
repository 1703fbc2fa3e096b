"""Every attribution method by name, with what is known of it before it runs.

Light: pages and requests read it without TensorFlow. `attribution.explaining.explain` runs one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """One published method.

    Attributes:
        name: its function in `cnnviz_core`.
        title: its published name.
        family: "class activation", "gradient", "perturbation" or "superpixel".
        source: where it was published.
        summary: what it computes, in a sentence for people.
        progressive: it runs many passes, reports each step and can be stopped.
        seeded: it draws random numbers and takes a `seed`.
        amount: keyword of its number of samples, masks, steps or channels, if it has one.
        class_specific: whether its map depends on the target.
    """

    name: str
    title: str
    family: str
    source: str
    summary: str
    progressive: bool = False
    seeded: bool = False
    amount: str | None = None
    class_specific: bool = True

    @property
    def takes_layer(self) -> bool:
        """Whether it reads the maps of a layer."""
        return self.family == "class activation"


_ALL = (
    Method(
        "grad_cam",
        "Grad-CAM",
        "class activation",
        "arXiv:1610.02391",
        "Channels weighed by their mean gradient, summed, and what speaks for the class kept.",
    ),
    Method(
        "class_activation_map",
        "CAM",
        "class activation",
        "arXiv:1512.04150",
        "Channels weighed by the class's weights in the last layer; needs a mean and one dense "
        "layer at the end.",
    ),
    Method(
        "grad_cam_plus_plus",
        "Grad-CAM++",
        "class activation",
        "arXiv:1710.11063",
        "As Grad-CAM, with positive gradients weighed so that several objects count alike.",
    ),
    Method(
        "hires_cam",
        "HiResCAM",
        "class activation",
        "arXiv:2011.08891",
        "Activation times gradient, cell by cell: what the class's score is made of at this layer.",
    ),
    Method(
        "layer_cam",
        "LayerCAM",
        "class activation",
        "doi:10.1109/TIP.2021.3089943",
        "Each activation weighed by its own positive gradient; sharp at early layers too.",
    ),
    Method(
        "score_cam",
        "Score-CAM",
        "class activation",
        "arXiv:1910.01279",
        "Each channel masks the image; channels that keep the score alive weigh more. No gradient.",
        progressive=True,
        amount="top_channels",
    ),
    Method(
        "eigen_cam",
        "Eigen-CAM",
        "class activation",
        "arXiv:2008.00299",
        "What the layer responds to most, whatever the class.",
        class_specific=False,
    ),
    Method(
        "saliency",
        "Saliency",
        "gradient",
        "arXiv:1312.6034",
        "How much the score moves with each pixel: absolute gradient, strongest colour.",
    ),
    Method(
        "input_times_gradient",
        "Gradient times input",
        "gradient",
        "arXiv:1605.01713",
        "Gradient times pixel value: a first guess at what each pixel adds to the score.",
    ),
    Method(
        "smooth_grad",
        "SmoothGrad",
        "gradient",
        "arXiv:1706.03825",
        "The gradient averaged over noisy copies of the image.",
        progressive=True,
        seeded=True,
        amount="num_samples",
    ),
    Method(
        "guided_backpropagation",
        "Guided backpropagation",
        "gradient",
        "arXiv:1412.6806",
        "The gradient with negative parts cut off at every ReLU: sharp, hardly about the class.",
    ),
    Method(
        "integrated_gradients",
        "Integrated gradients",
        "gradient",
        "arXiv:1703.01365",
        "Gradients summed on the way from a black image: they add up to the change of the score.",
        progressive=True,
        amount="num_steps",
    ),
    Method(
        "occlusion",
        "Occlusion",
        "perturbation",
        "arXiv:1311.2901",
        "How far the class's probability falls when a patch is covered.",
        progressive=True,
    ),
    Method(
        "rise",
        "RISE",
        "perturbation",
        "arXiv:1806.07421",
        "The class's probability averaged over random masks that leave a pixel in sight.",
        progressive=True,
        seeded=True,
        amount="num_masks",
    ),
    Method(
        "lime",
        "LIME",
        "superpixel",
        "arXiv:1602.04938",
        "A linear model of which superpixels the class needs, fitted to random covers.",
        progressive=True,
        seeded=True,
        amount="num_samples",
    ),
    Method(
        "xrai",
        "XRAI",
        "superpixel",
        "arXiv:1906.02825",
        "Integrated gradients summed over regions of the image, best regions first.",
        progressive=True,
        amount="num_steps",
    ),
)

METHODS: dict[str, Method] = {method.name: method for method in _ALL}
"""Methods by name, in the order in which they are offered."""
