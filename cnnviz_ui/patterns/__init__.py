"""What the page of filter patterns is made of."""
