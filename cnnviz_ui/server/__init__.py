"""The web process itself: its memory, and the files that arrive in it."""
