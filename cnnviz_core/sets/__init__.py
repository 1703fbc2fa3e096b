"""Sets of pictures."""
