"""Requests: every computation that a page can want, as data."""
