"""Anybody's model file, from hostile bytes to a proved network; see `inspecting`."""
