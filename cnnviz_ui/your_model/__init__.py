"""What the page Your model is made of."""
