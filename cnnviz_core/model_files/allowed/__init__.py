"""A configuration held against what is allowed: names, settings, shapes and costs."""
