"""A network's layers on the page: overview, feature maps, kernels, and what can be shown."""
