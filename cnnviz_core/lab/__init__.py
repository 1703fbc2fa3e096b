"""Convolution by hand, and the arithmetic of any unit of a network."""
