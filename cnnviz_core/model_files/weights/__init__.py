"""Which array of a file lands in which variable."""
