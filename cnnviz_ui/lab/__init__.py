"""What the page Convolution is made of, and the arithmetic of a unit under the pointer."""
