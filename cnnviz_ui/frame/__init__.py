"""The frame around every page: set-up, navigation, pickers, results, and who is there."""
