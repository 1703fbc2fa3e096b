"""A network as it is looked into: its steps, head and compiled parts, and the proof of them."""
