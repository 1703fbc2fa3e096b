"""Can a map be trusted? Checks of one map, their charts, and what they say in words."""
