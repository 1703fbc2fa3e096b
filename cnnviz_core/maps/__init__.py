"""A finished map, without its network: boxes, outlines, comparison with maps and masks."""
