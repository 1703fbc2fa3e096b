"""One workflow a file: widgets, a request, a figure."""
