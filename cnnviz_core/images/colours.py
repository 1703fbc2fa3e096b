"""Numbers about colour that several methods agree on. RGB order."""

LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in grey (ITU-R BT.601), which Pillow's "convert to grey" takes."""
IMAGENET_MEAN = (0.485, 0.456, 0.406)
"""Mean colour of ImageNet's photos, in [0, 1]."""
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""Standard deviations of the colours of ImageNet's photos, of levels in [0, 1]."""
