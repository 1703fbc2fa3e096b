"""Maps that say how much each place of an image counts for a class, one family a file."""
