"""A network as it is looked into: its steps, its head, its compiled parts, and the proof of them."""
