"""Measured comparisons. Each module prints ratios of times taken in one run on one machine."""
