"""What a network shows by itself: structure, feature maps, kernels, predictions."""
