"""Where models come from: cards, weights, and loading by name or path."""
