"""Who waits, in which order, and who shares."""
